"""Claims: each delivery is one claimer's at a time, whoever crashes, stops or comes late."""

import asyncio
import time
from collections import Counter
from uuid import UUID

import pytest

from alarmd.core.delivery import Delivery, Outcome
from alarmd.db import outbox
from alarmd.db.outbox import Result
from alarmd.db.pool import Pool

TAKEN = Outcome(204, 1.0)
FAILED = Outcome(500, 1.0, "answered 500")


@pytest.fixture
async def owed(registry: Pool) -> Pool:
    """A hundred alerts, each owed to two endpoints."""
    await registry.execute(
        """
        INSERT INTO endpoints (name, url, secrets)
        SELECT 'endpoint ' || n, 'https://police.example', '{whsec_x}'
        FROM generate_series(1, 2) AS n;
        INSERT INTO alarms (id, reference, kind, button_id, store_id, store, opened_at, received_at, last_pressed_at,
                            press_count, awaits_route)
        SELECT uuid_v7(), snapshot ->> 'code', 'panic', 'b', id, snapshot, now(), now(), now(), 1, false
        FROM store_snapshots;
        INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
        SELECT uuid_v7(), id, 'alarm.opened', 'open', true, 1, now()
        FROM alarms, generate_series(1, 10);
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT w.id, w.alarm_id, e.id, 0, now()
        FROM alerts w, endpoints e
        """
    )
    return registry


async def claim(pool: Pool, claimant: str, *, each: int = 1000) -> list[Delivery]:
    async with pool.acquire() as connection:
        return (await outbox.claim(connection, claimant, {}, each=each))[1]


def result(delivery: Delivery, outcome: Outcome, retry_in_s: float, *, ended_s_ago: float = 0.0) -> Result:
    return Result(delivery, outcome, retry_in_s, time.monotonic() - ended_s_ago)


async def settle(pool: Pool, *results: Result) -> set[UUID]:
    async with pool.acquire() as connection:
        return await outbox.settle(connection, results)


async def test_claimers_at_once_never_claim_the_same(owed: Pool) -> None:
    claimed: list[Delivery] = []

    async def work(name: str) -> None:
        while found := await claim(owed, name, each=7):
            claimed.extend(found)

    await asyncio.gather(*(work(f"replica-{number}") for number in range(4)))
    assert len(claimed) == await owed.fetchval("SELECT count(*) FROM deliveries") == 200
    assert Counter(delivery.id for delivery in claimed).most_common(1)[0][1] == 1


async def test_an_endpoint_without_room_leaves_the_others_theirs(owed: Pool) -> None:
    first, second = [row["id"] for row in await owed.fetch("SELECT id FROM endpoints ORDER BY name")]
    async with owed.acquire() as connection:
        _, found = await outbox.claim(connection, "replica-1", {first: 0, second: 3}, each=1000)
    assert {delivery.endpoint_id for delivery in found} == {second}
    assert len(found) == 3


async def test_when_a_lease_has_ended_another_takes_over_and_the_first_comes_too_late(owed: Pool) -> None:
    stopped = await claim(owed, "replica-1")
    assert await claim(owed, "replica-2") == []
    await owed.execute("UPDATE deliveries SET due_at = now() - interval '1 s'")  # the lease ends
    taken_over = await claim(owed, "replica-2")
    assert len(taken_over) == len(stopped)
    assert await settle(owed, *(result(delivery, FAILED, 0.5) for delivery in stopped)) == set()
    assert await owed.fetchval("SELECT max(attempts) FROM deliveries") == 0
    settled = await settle(owed, *(result(delivery, TAKEN, 0.0) for delivery in taken_over))
    assert settled == {delivery.id for delivery in taken_over}
    assert await settle(owed, *(result(delivery, TAKEN, 0.0) for delivery in taken_over)) == set()


async def test_what_is_given_back_or_released_is_due_at_once_and_its_holder_is_refused(owed: Pool) -> None:
    held = await claim(owed, "replica-1")
    async with owed.acquire() as connection:
        await outbox.give_back(connection, held[:50])
        assert await outbox.release(connection, "replica-1") == 150
    assert await settle(owed, *(result(delivery, TAKEN, 0.0) for delivery in held)) == set()
    assert len(await claim(owed, "replica-2")) == 200


async def test_a_failed_attempt_is_due_again_after_its_wait_and_sooner_when_the_endpoint_answers(owed: Pool) -> None:
    held = await claim(owed, "replica-1")
    await settle(owed, *(result(delivery, FAILED, 30.0) for delivery in held))
    assert await claim(owed, "replica-1") == []
    recovered = held[0].endpoint_id
    async with owed.acquire() as connection:
        await outbox.hasten(connection, [recovered])
    again = await claim(owed, "replica-1")
    assert {delivery.endpoint_id for delivery in again} == {recovered}
    assert {delivery.attempts for delivery in again} == {1}
    assert {delivery.alert.id for delivery in again} <= {delivery.alert.id for delivery in held}


async def test_a_cancelled_delivery_takes_no_result(owed: Pool) -> None:
    held = await claim(owed, "replica-1", each=1)
    await owed.execute(
        """
        UPDATE deliveries
        SET state = 'cancelled', cancelled_by = 'a human', fence = fence + 1
        WHERE claimed_by IS NOT NULL
        """
    )
    assert await settle(owed, *(result(delivery, TAKEN, 0.0) for delivery in held)) == set()
    assert await owed.fetchval("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 0


async def test_what_waited_to_be_written_down_is_dated_to_when_it_happened(owed: Pool) -> None:
    delivery = (await claim(owed, "replica-1"))[0]
    await settle(owed, result(delivery, TAKEN, 0.0, ended_s_ago=3600))
    row = await owed.fetchrow(
        """
        SELECT extract(epoch FROM now() - d.delivered_at)::float8 AS waited_s,
               a.ended_at = d.delivered_at AND t.at = d.delivered_at AS agree
        FROM deliveries d
        JOIN attempts a ON a.delivery_id = d.id
        JOIN timeline t ON t.alarm_id = d.alarm_id AND t.what = 'delivered'
        WHERE d.id = $1
        """,
        delivery.id,
    )
    assert row is not None
    assert row["agree"]
    assert 3600 <= row["waited_s"] < 3660

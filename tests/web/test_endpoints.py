"""Endpoints as administrators keep them: secrets that rotate, pauses that end, and how each is."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from alarmd.db import endpoint_health
from alarmd.db.pool import Pool
from simulators.police import Behaviour, Police
from tests.receiver import Receiver
from tests.service import until
from tests.web.conftest import As, MakeReceiver, Press, slug


async def shown(admin: httpx.AsyncClient, receiver: Receiver) -> dict[str, Any]:
    answer = await admin.get(f"/v1/endpoints/{receiver.endpoint_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def faults(admin: httpx.AsyncClient) -> list[tuple[str, str]]:
    found = (await admin.get("/v1/faults")).json()["items"]
    return [(fault["kind"], fault["subject"]) for fault in found]


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def pause(admin: httpx.AsyncClient, receiver: Receiver, seconds: float = 600) -> dict[str, Any]:
    answer = await admin.post(
        f"/v1/endpoints/{receiver.endpoint_id}/pause", json={"until": soon(seconds), "reason": "서버 점검"}
    )
    assert answer.status_code == 200, answer.text
    paused: dict[str, Any] = answer.json()
    return paused


async def test_while_a_secret_rotates_both_sign_and_then_the_old_one_does_not(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, pool: Pool
) -> None:
    station = await receiver("station", districts=["11350"])
    old = station.secret
    place = f"/v1/endpoints/{station.endpoint_id}/rotate-secret"
    rotated = (await admin.post(place)).json()
    left = datetime.fromisoformat(rotated["overlap_until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left < timedelta(hours=25)
    assert (await shown(admin, station))["overlap_until"] == rotated["overlap_until"]
    await press("button-1")
    both = await station.gets(lambda received: received.valid)
    assert both.signatures == 2
    assert Webhook(rotated["secret"]).verify(both.body, both.headers)

    await pool.execute(
        "UPDATE endpoints SET overlap_until = now() + interval '1 s', updated_at = now() WHERE name = 'station'"
    )
    await until(pool, "EXISTS (SELECT 1 FROM endpoints WHERE overlap_until < now())")
    assert (await shown(admin, station))["overlap_until"] is None
    await press("button-2")
    refused = await station.gets(lambda received: not received.valid)
    assert refused.signatures == 1
    station.secret = rotated["secret"]
    await station.gets(lambda received: received.valid and received.id == refused.id)
    assert old not in (await admin.get("/v1/endpoints")).text


async def test_a_secret_that_somebody_else_knows_stops_signing_at_once(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, pool: Pool
) -> None:
    station = await receiver("station", districts=["11350"])
    place = f"/v1/endpoints/{station.endpoint_id}/rotate-secret"
    assert slug(await admin.post(place, json={"overlap_s": -1})) == "invalid"
    rotated = (await admin.post(place, json={"overlap_s": 0})).json()
    assert rotated["overlap_until"] is None
    station.secret = rotated["secret"]
    await press("button-1")
    assert (await station.gets(lambda received: received.valid)).signatures == 1
    assert await pool.fetchval("SELECT cardinality(secrets) FROM endpoints WHERE name = 'station'") == 1


async def test_while_an_endpoint_is_paused_the_next_is_told_at_once_and_it_gets_what_waited_when_the_pause_ends(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, pool: Pool
) -> None:
    first = await receiver("first", districts=["11350"], escalate_after_s=3600, acknowledge_within_s=3600)
    second = await receiver("second", districts=["11350"], position=1, escalate_after_s=3600)
    paused = await pause(admin, first, 600)
    assert (paused["pause_reason"], paused["paused_by"]) == ("서버 점검", "ALARMD_ADMIN_KEY")
    assert (await shown(admin, first))["paused_until"] == paused["paused_until"]
    assert await faults(admin) == [("endpoint_paused", "first")]
    alarm = await press("button-1")
    alert = await second.gets(lambda received: received.valid)
    assert first.received == []
    assert (await shown(admin, first))["health"]["owed"] == 1
    (step,) = await pool.fetch("SELECT detail FROM timeline WHERE what = 'escalated'")
    assert step["detail"] == {"reason": "paused", "operators": False, "endpoints": ["second"]}

    await pool.execute(
        """
        WITH sooner AS (
            UPDATE endpoints
            SET paused_until = now() + interval '1 s', updated_at = now()
            WHERE name = 'first'
            RETURNING id
        )
        UPDATE deliveries SET due_at = now() + interval '1 s' WHERE endpoint_id IN (SELECT id FROM sooner)
        """
    )
    assert (await first.gets(lambda received: received.valid)).id == alert.id
    await until(pool, "NOT EXISTS (SELECT 1 FROM faults WHERE cleared_at IS NULL)")
    found = await shown(admin, first)
    assert (found["paused_until"], found["pause_reason"], found["health"]["owed"]) == (None, None, 0)
    assert [each["alarm_id"] for each in (await admin.get("/v1/deliveries")).json()["items"]] == [alarm["id"]] * 2


async def test_what_an_endpoint_had_not_taken_when_it_was_paused_goes_on_at_once_and_comes_when_it_is_resumed(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient
) -> None:
    first = await receiver("first", districts=["11350"], escalate_after_s=3600, acknowledge_within_s=3600)
    second = await receiver("second", districts=["11350"], position=1, escalate_after_s=3600)
    third = await receiver("third", districts=["11350"], position=2, escalate_after_s=3600)
    first.status = 503
    await pause(admin, second)
    await press("button-1")
    await first.gets(lambda received: received.valid)
    await pause(admin, first)
    # The second is paused as well: nothing waits with either.
    await third.gets(lambda received: received.valid)
    tried = len(first.received)
    first.status = None
    for each in (first, second):
        answer = await admin.post(f"/v1/endpoints/{each.endpoint_id}/resume")
        assert (answer.status_code, answer.json()["paused_until"]) == (200, None)
        again = await admin.post(f"/v1/endpoints/{each.endpoint_id}/resume")
        assert again.json() == answer.json()  # it is not paused, and stays as it is
    await second.gets(lambda received: received.valid)
    async with asyncio.timeout(10):
        while len(first.received) == tried or (await shown(admin, first))["health"]["owed"]:
            await asyncio.sleep(0.02)
    assert len(first.received) == tried + 1
    assert ("endpoint_paused", "second") not in await faults(admin)


async def test_when_the_only_endpoint_is_paused_the_operators_are_alerted_at_once(
    press: Press, receiver: MakeReceiver, admin: httpx.AsyncClient, anybody: httpx.AsyncClient, pool: Pool
) -> None:
    operators = await receiver("operators", audience="operators")
    only = await receiver("only", districts=["11350"], escalate_after_s=3600, acknowledge_within_s=3600)
    await pause(admin, only)
    await press("button-1")
    told = await operators.gets(lambda received: b'"alarmd.alarm.escalated.v1"' in received.body)
    assert b'"reason":"paused"' in told.body
    assert only.received == []
    await until(pool, "(SELECT count(*) FROM deliveries WHERE state = 'pending') = 1")  # the operators' is settled
    await pool.execute("UPDATE deliveries SET created_at = now() - interval '1 hour' WHERE state = 'pending'")
    assert (await anybody.get("/readyz")).json()["parts"]["outbox"]["ok"] is True  # a human has said so


async def test_a_pause_ends_within_a_week_and_has_a_reason(
    receiver: MakeReceiver, admin: httpx.AsyncClient, as_role: As
) -> None:
    station = await receiver("station")
    place = f"/v1/endpoints/{station.endpoint_id}/pause"
    for body in (
        {},
        {"until": soon(60)},
        {"until": soon(60), "reason": ""},
        {"until": soon(-1), "reason": "x"},
        {"until": soon(8 * 86_400), "reason": "x"},
        {"until": "2026-11-24T06:00:00", "reason": "x"},
    ):
        assert slug(await admin.post(place, json=body)) == "invalid", body
    assert await faults(admin) == []
    nobody = f"/v1/endpoints/{UUID(int=0)}"
    assert slug(await admin.post(f"{nobody}/pause", json={"until": soon(60), "reason": "x"})) == "not-found"
    assert slug(await admin.post(f"{nobody}/resume")) == "not-found"
    assert slug(await admin.get(nobody)) == "not-found"
    assert slug(await (await as_role("operator")).post(place, json={"until": soon(60), "reason": "x"})) == "forbidden"
    await pause(admin, station)
    assert (await admin.delete(f"/v1/endpoints/{station.endpoint_id}")).status_code == 204
    assert await faults(admin) == []


async def test_an_endpoint_shows_how_it_is(press: Press, admin: httpx.AsyncClient, police: Police, pool: Pool) -> None:
    async def health() -> dict[str, Any]:
        (endpoint,) = (await admin.get("/v1/endpoints")).json()["items"]
        found: dict[str, Any] = endpoint["health"]
        return found

    assert set((await health()).values()) == {0, None}
    await press("button-1")
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'delivered')")
    well = await health()
    assert (well["owed"], well["failing_since"], well["last_error"]) == (0, None, None)
    assert 0 < well["p50_ms"] <= well["p99_ms"]
    assert well["last_success_at"] is not None
    police.behaviour = Behaviour(fail=400)
    await press("button-2")
    await until(pool, "EXISTS (SELECT 1 FROM faults)")
    ill = await health()
    assert (ill["owed"], ill["last_error"], ill["p50_ms"]) == (1, "answered 400", well["p50_ms"])
    assert ill["last_success_at"] == well["last_success_at"] < ill["failing_since"]
    assert ill["last_error_at"] > well["last_success_at"]
    police.behaviour = Behaviour()
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    again = await health()
    assert (again["owed"], again["failing_since"], again["last_error"]) == (0, None, "answered 400")
    assert again["last_success_at"] > well["last_success_at"]


async def test_how_endpoints_are_is_found_without_reading_the_ledger_whole(pool: Pool) -> None:
    await pool.execute(
        """
        INSERT INTO endpoints (name, url, secrets)
        SELECT 'e' || n, 'https://e.example/', '{whsec_}' FROM generate_series(1, 50) n
        """
    )
    await pool.execute(
        """
        WITH alarm AS (
            INSERT INTO alarms (id, reference, kind, button_id, opened_at, received_at, last_pressed_at, press_count,
                                awaits_route)
            SELECT uuid_v7(), 'A-' || n, 'panic', 'b', now(), now(), now(), 1, false FROM generate_series(1, 1000) n
            RETURNING id
        ),
        alert AS (
            INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
            SELECT uuid_v7(), id, 'alarm.opened', 'open', true, 1, now() FROM alarm RETURNING id, alarm_id
        ),
        delivery AS (
            INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, state, due_at, attempts, delivered_at)
            SELECT a.id, a.alarm_id, e.id, 0, 'delivered', now(), 1, now() FROM alert a CROSS JOIN endpoints e
            RETURNING id
        )
        INSERT INTO attempts (delivery_id, number, duration_ms, status, answer) SELECT id, 1, 5, 204, '' FROM delivery
        """
    )
    await pool.execute("ANALYZE")
    async with pool.acquire() as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM endpoints")]
        found = await endpoint_health.read(connection, ids)
        assert {health.p99_ms for health in found.values()} == {5}
        read = await connection.fetchval("SELECT pg_stat_get_xact_tuples_returned('attempts'::regclass)")
        assert read == 0  # by a scan of the whole table

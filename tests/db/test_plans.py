"""How statements of the press path are carried out: what they take grows with the group, not with its square."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from alarmd.core.delivery import Outcome
from alarmd.core.signal import Press
from alarmd.db import accept, endpoints, outbox
from alarmd.db.accept import IncomingPress, Rules
from alarmd.db.outbox import Result
from alarmd.db.pool import BY_KEY, BY_KEY_AND_HASH, Connection, Pool, make_pool
from tests.service import furnish

STORES = 300
RULES = Rules(coalesce_s=60, stale_after_s=300, claimant="plans")


class Explaining:
    """A connection that says how it would carry a statement out, after having done so."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan: dict[str, Any] = {}

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        async with self._connection.transaction():
            text = await self._connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
        self.plan = json.loads(text)[0]["Plan"]
        return []


def presses() -> list[IncomingPress]:
    return [
        IncomingPress(Press(f"button-{number}"), secrets.token_hex(8), "mqtt", "a/topic", b"{}", time.monotonic())
        for number in range(1, STORES + 1)
    ]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def looked_at_in_vain(plan: dict[str, Any]) -> int:
    """Rows that were read only to be thrown away."""
    return sum(
        int(node.get("Rows Removed by Join Filter", 0) + node.get("Rows Removed by Filter", 0) * node["Actual Loops"])
        for node in nodes(plan)
    )


@pytest.fixture
async def furnished(pool: Pool, secret: str) -> Pool:
    await furnish(pool, STORES)
    async with pool.acquire() as connection:
        await endpoints.ensure_default(connection, url="http://127.0.0.1:9/", secret=secret)
    return pool


async def test_a_large_group_of_presses_is_recorded_without_comparing_each_with_each(
    database: str, furnished: Pool
) -> None:
    pool = await make_pool(database, size=1, planner=BY_KEY_AND_HASH)
    async with pool.acquire() as connection:
        for _ in range(2):  # with empty tables, and joining what is there
            explaining = Explaining(connection)
            await accept.accept(explaining, presses(), RULES)  # type: ignore[arg-type]
            assert looked_at_in_vain(explaining.plan) <= 10 * STORES
    assert await furnished.fetchval("SELECT count(*) FROM presses") == 2 * STORES
    assert await furnished.fetchval("SELECT count(*) FROM alarms") == STORES
    pool.terminate()


async def test_results_are_settled_by_looking_their_deliveries_up(database: str, furnished: Pool) -> None:
    intake = await make_pool(database, size=1, planner=BY_KEY_AND_HASH)
    dispatch = await make_pool(database, size=1, planner=BY_KEY)
    async with intake.acquire() as connection:
        deliveries = (await accept.accept(connection, presses(), RULES)).deliveries
    assert len(deliveries) == STORES
    async with dispatch.acquire() as connection:
        explaining = Explaining(connection)
        now = time.monotonic()
        results = [Result(delivery, Outcome(status=204, duration_ms=1.0), 0.0, now) for delivery in deliveries]
        await outbox.settle(explaining, results)  # type: ignore[arg-type]
    assert looked_at_in_vain(explaining.plan) <= 10 * STORES
    assert await furnished.fetchval("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == STORES
    intake.terminate()
    dispatch.terminate()

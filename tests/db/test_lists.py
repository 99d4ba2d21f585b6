"""Lists stay quick with a long past: each is asked of a filled database, and what it had to look at is counted."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias, cast
from uuid import UUID

import pytest

from alarmd import clock
from alarmd.core.audit import Actor, Entry
from alarmd.db import (
    access_log,
    alarm_reads,
    audit,
    buttons,
    deliveries,
    faults,
    keys,
    quarantine,
    reports,
    retention,
    routes,
    store_choices,
    store_lists,
)
from alarmd.db.buttons import ButtonFilters
from alarmd.db.pool import Connection, Row
from alarmd.db.store_lists import StoreFilters, StoreOrder, StorePosition
from benchmarks import history
from tests.conftest import named
from tests.service import furnish

ALARMS, STORES = 40_000, 4_000
BIG = {
    "access_log",
    "alarms",
    "alerts",
    "attempts",
    "audit",
    "button_health",
    "buttons",
    "deliveries",
    "faults",
    "presses",
    "quarantine",
    "stores",
    "timeline",
}
PAGE = 51
NOW = clock.now()

# What is rare, at the far end of the order in which it is listed.
RARE = """
INSERT INTO endpoints (name, url, secrets, position) VALUES ('few', 'https://x.example', '{whsec_x}', 3);
UPDATE alarms SET kind = 'test' WHERE id IN (SELECT id FROM alarms ORDER BY opened_at LIMIT 60);
UPDATE alarms SET store = NULL, store_id = NULL
WHERE id IN (SELECT id FROM alarms ORDER BY opened_at OFFSET 100 LIMIT 5);
UPDATE alarms SET state = 'open', closed_at = NULL, closed_by = NULL, disposition = NULL
WHERE id IN (SELECT id FROM alarms ORDER BY opened_at OFFSET 200 LIMIT 60);
INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, state, due_at, attempts, cancelled_by)
SELECT w.id, w.alarm_id, e.id, 1, 'cancelled', now(), 0, 'desk'
FROM (SELECT * FROM alerts ORDER BY id LIMIT 60) w, endpoints e
WHERE e.name = 'few';
UPDATE deliveries SET state = 'pending', delivered_at = NULL
WHERE id IN (SELECT id FROM deliveries WHERE state = 'delivered' ORDER BY id DESC LIMIT 60);
UPDATE stores SET status = 'closed' WHERE code = 'S-003999';
INSERT INTO button_health (button_id, last_seen_at, battery_pct, gateway_id)
SELECT id, now(), CASE WHEN id = 'button-3999' THEN 5 ELSE 90 END, 'gw-' || (hashtext(id) & 511) FROM buttons;
INSERT INTO gateways (id, state, last_seen_at) SELECT 'gw-' || n, 'online', now() FROM generate_series(0, 511) n;
INSERT INTO button_proofs (button_id, proven_at)
SELECT id, now() - CASE WHEN hashtext(id) % 2 = 0 THEN interval '60 days' ELSE '0' END FROM buttons;
UPDATE endpoints
SET districts = (SELECT array_agg(DISTINCT district_code) FROM stores WHERE district_code < '11090');
INSERT INTO quarantine (digest, reason, detail, source, payload, last_at, dismissed_at, dismissed_by)
SELECT convert_to(n::text, 'UTF8'), 'not_json', '', 'mqtt', '', now() - n * interval '1 min',
       CASE WHEN n < 19900 THEN now() END, CASE WHEN n < 19900 THEN 'desk' END
FROM generate_series(1, 20000) n;
INSERT INTO faults (kind, subject, detail, cleared_at, cleared_by)
SELECT 'battery_low', n::text, '', CASE WHEN n > 40 THEN now() END, CASE WHEN n > 40 THEN 'alarmd' END
FROM generate_series(1, 20000) n;
INSERT INTO access_log (id, at, key_id, who, what, alarms)
SELECT gen_random_uuid(), now() - n * interval '1 min', gen_random_uuid(), 'desk ' || n % 100,
       CASE WHEN n > 19950 THEN 'report' ELSE 'list' END, ARRAY[lpad(to_hex(n), 32, '0')::uuid]
FROM generate_series(1, 20000) n
"""

Ask: TypeAlias = Callable[[Connection], Awaitable[object]]


@dataclass
class Watched:
    """A connection that shows how each statement is done, and what it had to look at."""

    connection: Connection
    plans: list[dict[str, Any]] = field(default_factory=list)

    async def fetch(self, statement: str, *arguments: object) -> list[Row]:
        """What the connection gives; the statement is done twice."""
        await self._explain(statement, *arguments)
        return list(await self.connection.fetch(statement, *arguments))

    async def fetchrow(self, statement: str, *arguments: object) -> Row | None:
        return next(iter(await self.fetch(statement, *arguments)), None)

    async def execute(self, statement: str, *arguments: object) -> str:
        if not statement.startswith("SET "):
            await self._explain(statement, *arguments)
        return await self.connection.execute(statement, *arguments)

    async def _explain(self, statement: str, *arguments: object) -> None:
        found = await self.connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *arguments)
        self.plans.append(json.loads(found)[0]["Plan"])

    def transaction(self, **options: Any) -> Any:
        return self.connection.transaction(**options)

    def nodes(self) -> Iterator[dict[str, Any]]:
        waiting = list(self.plans)
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            yield node

    @property
    def read_whole(self) -> set[str]:
        """The big tables that were read from beginning to end."""
        return {node["Relation Name"] for node in self.nodes() if node["Node Type"] == "Seq Scan"} & BIG

    @property
    def looked_at(self) -> float:
        """How many rows of tables and entries of indexes were looked at."""
        return self._looked_at("Scan")

    @property
    def fetched(self) -> float:
        """How many rows of tables were looked at, and not their entries in indexes alone."""
        return self.looked_at - self._looked_at("Index Only Scan") - self._looked_at("Bitmap Index Scan")

    def _looked_at(self, by: str) -> float:
        looked_at: float = sum(
            node["Actual Loops"]
            * (
                node["Actual Rows"]
                + node.get("Rows Removed by Filter", 0)
                + node.get("Rows Removed by Index Recheck", 0)
            )
            for node in self.nodes()
            if by in node["Node Type"] and ("Relation Name" in node or "Index Name" in node)
        )
        return looked_at


@pytest.fixture(scope="module")
async def past(postgres: str) -> AsyncIterator[str]:
    """The URL of a database with a past, which every test here shares and none changes."""
    import asyncpg

    from tests.conftest import TEMPLATE

    admin = await asyncpg.connect(postgres)
    await admin.execute(f"CREATE DATABASE plans TEMPLATE {TEMPLATE}")
    url = named(postgres, "plans")
    await _fill(url)
    yield url
    await admin.execute("DROP DATABASE plans WITH (FORCE)")
    await admin.close()


async def _fill(url: str) -> None:
    from alarmd.db.pool import open_pool

    pool = await open_pool(url, size=2)
    await furnish(pool, STORES)
    await pool.execute(
        """
        UPDATE stores
        SET district_code = (11000 + substring(code, 3)::integer / 40)::text,
            district = 'gu ' || substring(code, 3)::integer / 40,
            chain = CASE WHEN code > 'S-003990' THEN 'CU' END,
            lat = 33.2 + substring(code, 3)::integer * 0.001,
            lon = 126.5 + substring(code, 3)::integer * 0.001
        """
    )
    await pool.execute("INSERT INTO endpoints (name, url, secrets) VALUES ('police', 'https://x.example', '{whsec_x}')")
    await history.write(url, ALARMS, STORES)
    await pool.execute(RARE)
    async with pool.acquire() as connection, connection.transaction():
        entries = [Entry("store.changed", f"stores/{number % 500}", "{}", "{}") for number in range(20_000)]
        await audit.record_all(connection, Actor("desk", "http"), [Entry("key.made", "keys/1", None, "{}"), *entries])
    # Of a small table that was written anew the indexes are so large that it is read whole.
    await pool.execute("VACUUM FULL stores")
    await pool.execute("VACUUM ANALYZE")
    await pool.close()


@pytest.fixture
async def watched(past: str) -> AsyncIterator[Watched]:
    from alarmd.db.pool import make_pool

    pool = await make_pool(past, size=1)
    async with pool.acquire() as connection:
        yield Watched(connection)
    pool.terminate()


def alarms_by(**filters: Any) -> Ask:
    return lambda on: alarm_reads.page(on, alarm_reads.Filters(**filters), after=None, limit=PAGE)


def deliveries_by(**filters: Any) -> Ask:
    return lambda on: deliveries.page(on, limit=PAGE, **filters)


def stores_by(**filters: Any) -> Ask:
    return lambda on: store_lists.page(on, StoreFilters(**filters), after=None, limit=PAGE)


def stores_sorted(by: Any, *, descending: bool = False, after: tuple[str, UUID] | None = None, **filters: Any) -> Ask:
    position = StorePosition(after[1], sorted_by=after[0]) if after else None
    order = StoreOrder(by, descending)
    return lambda on: store_lists.page(on, StoreFilters(**filters), after=position, limit=PAGE, order=order)


def buttons_by(**filters: Any) -> Ask:
    return lambda on: buttons.page(on, ButtonFilters(**filters), after=None, limit=PAGE)


def audit_by(**filters: Any) -> Ask:
    return lambda on: audit.page(on, audit.Filters(**filters), after=None, limit=PAGE)


def access_by(**filters: Any) -> Ask:
    return lambda on: access_log.page(on, access_log.Filters(**filters), after=None, limit=PAGE)


def press(number: int) -> UUID:
    """The id of the n-th press of the past, and of its alarm, alert and delivery."""
    return UUID(int=(7 << 76) | (8 << 60) | number)


def some(ask: Callable[[Connection, UUID], Awaitable[object]], of: str) -> Ask:
    """Asks with the id that a statement finds."""

    async def found(on: Connection) -> object:
        return await ask(on, await cast("Watched", on).connection.fetchval(of))

    return found


FEW = "SELECT id FROM endpoints WHERE name = 'few'"
POLICE = "SELECT id FROM endpoints WHERE name = 'police'"
STORE = "SELECT id FROM stores WHERE code = 'S-000100'"

LISTS: dict[str, Ask] = {
    "alarms": alarms_by(),
    "alarms that are open": alarms_by(states=["open"]),
    "alarms that are open or acknowledged": alarms_by(states=["open", "acknowledged"]),
    "alarms that are closed": alarms_by(states=["closed"]),
    "tests": alarms_by(kind="test"),
    "canaries": alarms_by(kind="canary"),
    "alarms without a store": alarms_by(located=False),
    "alarms of a button": alarms_by(button_id="button-77"),
    "alarms of a store": some(lambda on, found: alarms_by(store_id=found)(on), STORE),
    "alarms of a time": alarms_by(since=NOW - timedelta(days=1096), until=NOW - timedelta(days=1090)),
    "open alarms of a time": alarms_by(states=["open"], until=NOW - timedelta(days=1090)),
    "alarms of an endpoint with few": some(lambda on, found: alarms_by(endpoint_id=found)(on), FEW),
    "alarms of an endpoint with many": some(lambda on, found: alarms_by(endpoint_id=found)(on), POLICE),
    "one alarm": lambda on: alarm_reads.history(on, press(500)),
    "deliveries": deliveries_by(),
    "deliveries that are owed": deliveries_by(state="pending"),
    "deliveries that were given up": deliveries_by(state="cancelled"),
    "deliveries that were made": deliveries_by(state="delivered"),
    "deliveries of an alarm": deliveries_by(alarm_id=press(500)),
    "deliveries to an endpoint with few": some(lambda on, found: deliveries_by(endpoint_id=found)(on), FEW),
    "deliveries to an endpoint with many": some(lambda on, found: deliveries_by(endpoint_id=found)(on), POLICE),
    "what an endpoint is owed": some(lambda on, found: deliveries_by(endpoint_id=found, state="pending")(on), POLICE),
    "what an endpoint was not sent": some(
        lambda on, found: deliveries_by(endpoint_id=found, state="cancelled")(on), POLICE
    ),
    "stores": stores_by(),
    "stores of a district": stores_by(district="11007"),
    "stores of a district by name": stores_by(district="gu 7"),
    "stores of a chain": stores_by(chain="CU"),
    "stores near a point": stores_by(near=(34.2, 127.5, 500.0)),
    "stores by name": stores_sorted("name"),
    "stores by name, backwards, further on": stores_sorted("name", descending=True, after=("가게 3", UUID(int=0))),
    "stores by district": stores_sorted("district", after=("gu 7", UUID(int=0))),
    "stores by code, backwards": stores_sorted("code", descending=True),
    "stores by when they were verified": stores_sorted("verified_on", after=("000000", UUID(int=0))),
    "stores by name in a district": stores_sorted("name", district="11007"),
    "districts that have stores": store_choices.districts,
    "chains that have stores": store_choices.chains,
    "stores in a box": stores_by(bbox=(127.5, 34.2, 127.51, 34.21)),
    "buttons": buttons_by(),
    "buttons of a store": some(lambda on, found: buttons_by(store_id=found)(on), STORE),
    "buttons without a store": buttons_by(assigned=False),
    "buttons that are well": buttons_by(supervision="ok"),
    "faults": lambda on: faults.page(on, cleared=False, after=None, limit=PAGE),
    "faults that are over": lambda on: faults.page(on, cleared=True, after=None, limit=PAGE),
    "the quarantine": lambda on: quarantine.page(on, dismissed=False, after=None, limit=PAGE),
    "what was dismissed": lambda on: quarantine.page(on, dismissed=True, after=None, limit=PAGE),
    "keys": lambda on: keys.page(on, after=None, limit=PAGE),
    "the audit": audit_by(),
    "the audit of one sort": audit_by(what="key.made"),
    "the audit of one thing": audit_by(what="key"),
    "the history of a store": audit_by(subject="stores/17"),
    "the audit of somebody": audit_by(who="nobody"),
    "the audit of a time": audit_by(until=NOW - timedelta(days=1000)),
    "readings": access_by(),
    "readings of somebody": access_by(who="desk 7"),
    "readings of one alarm": access_by(alarm_id=UUID(int=500)),
    "readings of a time": access_by(until=NOW - timedelta(days=1000)),
}


@pytest.mark.parametrize("ask", LISTS.values(), ids=LISTS.keys())
async def test_a_list_looks_at_little_more_than_it_shows(watched: Watched, ask: Ask) -> None:
    await ask(cast("Connection", watched))
    assert watched.plans
    assert watched.read_whole == set()
    assert watched.looked_at < 40 * PAGE


# What they show may be anywhere, so that they must look everywhere.
SWEEPS: dict[str, Ask] = {
    "all stores by their distance": stores_by(near=(35.0, 128.0, 1e6)),
    "stores of which nobody would be told": lambda on: routes.page(
        on, store_id=None, unserved=True, after=None, limit=PAGE
    ),
    "stores with a letter that none has": stores_by(q="힣"),
    "stores with a button that was never proven": stores_by(unproven_days=3650),
    "stores with a button that is unproven, as half of them are": stores_by(unproven_days=30),
    "stores without a button": stores_by(without_button=True),
    "buttons that are silent": buttons_by(supervision="silent"),
    "buttons that were never proven": buttons_by(unproven_days=3650),
}
OF_INDEXES_ALONE = {"all stores by their distance", "stores of which nobody would be told"}


@pytest.mark.parametrize("name", SWEEPS.keys())
async def test_a_list_that_must_look_everywhere_looks_once_and_fetches_what_it_shows_alone(
    watched: Watched, name: str
) -> None:
    await SWEEPS[name](cast("Connection", watched))
    assert watched.looked_at < 4 * STORES
    if name in OF_INDEXES_ALONE:
        assert watched.fetched < 10 * PAGE


@pytest.mark.parametrize("by", ["store", "button", "hour", "disposition", "district"])
async def test_a_report_looks_at_the_alarms_of_its_time_alone(watched: Watched, by: reports.By) -> None:
    first = NOW - timedelta(days=1085)
    await reports.of_alarms(cast("Connection", watched), by, since=first, until=first + timedelta(days=1), limit=1000)
    (plan,) = watched.plans
    assert plan["Actual Rows"] > 0
    assert watched.read_whole == set()
    assert watched.looked_at < 5 * 960  # so many alarms are there in a day


async def test_retention_looks_at_what_it_clears_alone(watched: Watched) -> None:
    transaction = watched.connection.transaction()
    await transaction.start()
    await retention.clear_some(cast("Connection", watched), 30)
    await transaction.rollback()
    assert watched.read_whole == set()
    assert watched.looked_at < 20_000

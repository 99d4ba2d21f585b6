"""Migrations: each once, in order, from many replicas at once, and never against the facts."""

import asyncio
import secrets
import time
import uuid

import asyncpg
import pytest

from alarmd.core.errors import ConflictError, UnavailableError
from alarmd.db.migrate import migrate, pending, shipped
from alarmd.db.pool import Pool, open_pool
from tests.conftest import named


async def test_many_replicas_migrate_at_once_and_each_file_is_applied_once(postgres: str) -> None:
    name = f"fresh_{secrets.token_hex(4)}"
    server = await asyncpg.connect(postgres)
    await server.execute(f"CREATE DATABASE {name}")
    pools = await asyncio.gather(*(open_pool(named(postgres, name), size=1) for _ in range(5)))
    applied = await asyncio.gather(*(migrate(pool) for pool in pools))
    names = [migration.name for migration in shipped()]
    assert max(applied, key=len) == names
    assert sum(map(len, applied)) == len(names)
    assert await pending(pools[0]) == []
    for pool in pools:
        await pool.close()
    await server.execute(f"DROP DATABASE {name}")
    await server.close()


async def test_a_changed_file_is_refused_with_its_name(pool: Pool) -> None:
    await pool.execute("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1")
    with pytest.raises(ConflictError, match=r"0001_registry\.sql has changed since it was applied"):
        await migrate(pool)


async def test_a_newer_database_is_refused(pool: Pool) -> None:
    await pool.execute("INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, '9999_later.sql', 'x')")
    with pytest.raises(ConflictError, match=r"9999_later\.sql, which this version of alarmd does not know"):
        await migrate(pool)


async def test_an_unreachable_server_is_one_clear_error_without_the_password() -> None:
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1/nothing") as refused:
        await open_pool("postgresql://somebody:s3cret@127.0.0.1:1/nothing", size=1)
    assert "s3cret" not in str(refused.value)


ILLEGAL = {
    "a closed alarm without a time": "UPDATE alarms SET state = 'closed'",
    "an acknowledged alarm without a name": "UPDATE alarms SET state = 'acknowledged'",
    "an alarm with a store but no snapshot": "UPDATE alarms SET store = NULL",
    "a delivered delivery without an attempt": "UPDATE deliveries SET state = 'delivered', delivered_at = now()",
    "a store without an address": "UPDATE stores SET road_address = NULL",
    "a store outside Korea": "UPDATE stores SET lat = 0",
    "the same press twice": "INSERT INTO presses (button_id, press_id, wire_id, kind, received_at, source, payload)"
    " SELECT button_id, press_id, wire_id, kind, received_at, source, payload FROM presses",
    "a battery of 101 %": "INSERT INTO button_health (button_id, last_seen_at, battery_pct) VALUES ('b', now(), 101)",
}


@pytest.mark.parametrize("what", ILLEGAL)
async def test_the_database_refuses_illegal_states(registry: Pool, what: str) -> None:
    await registry.execute(
        """
        INSERT INTO endpoints (name, url, secrets) VALUES ('e', 'https://x', '{whsec_x}');
        INSERT INTO presses (button_id, press_id, wire_id, kind, received_at, source, payload)
        VALUES ('b', 'p', 'b', 'panic', now(), 'mqtt', '');
        INSERT INTO alarms (id, reference, kind, button_id, store_id, store, opened_at, received_at, last_pressed_at,
                            press_count, awaits_route)
        SELECT uuid_v7(), 'A-1', 'panic', 'b', id, snapshot, now(), now(), now(), 1, false
        FROM store_snapshots LIMIT 1;
        INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
        SELECT uuid_v7(), id, 'alarm.opened', 'open', true, 1, now() FROM alarms;
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT w.id, w.alarm_id, e.id, 0, now() FROM alerts w, endpoints e
        """
    )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await registry.execute(ILLEGAL[what])


async def test_ids_are_of_version_7_and_tell_when_they_were_made(pool: Pool) -> None:
    before = time.time()
    ids = [row["id"] for row in await pool.fetch("SELECT uuid_v7() AS id FROM generate_series(1, 1000)")]
    after = time.time()
    assert {(each.version, each.variant) for each in ids} == {(7, uuid.RFC_4122)}
    assert len(set(ids)) == 1000
    assert all(before - 0.01 <= (each.int >> 80) / 1000 <= after + 0.01 for each in ids)

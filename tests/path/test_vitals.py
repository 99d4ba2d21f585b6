"""What is heard of buttons and gateways is kept until it is written down, and no more than that."""

import asyncio
from typing import Any

from alarmd.core.signal import Health, Heartbeat, Status
from alarmd.db import health
from alarmd.db.health import GatewayHeard, Heard
from alarmd.db.pool import Pool
from alarmd.flow.supervise import Vitals
from tests.service import until


async def test_what_is_heard_while_the_database_is_away_is_kept(registry: Pool) -> None:
    vitals = Vitals(registry)
    writing = asyncio.create_task(vitals.run())
    async with registry.acquire() as holder:
        async with holder.transaction():
            await holder.execute("LOCK TABLE button_health, gateways IN ACCESS EXCLUSIVE MODE")
            vitals.note(Heartbeat("Button-1", Health(battery_pct=50, gateway_id="gw")))
            await asyncio.sleep(1.5)  # a batch is on its way by now
            vitals.note(Heartbeat("BUTTON-1", Health(rssi_dbm=-70)))
            vitals.note(Heartbeat("button-1", Health(battery_pct=40)))
            vitals.note(Status("gw", "offline"))
            vitals.note(Status("gw-2", "online"))
        await until(registry, "EXISTS (SELECT 1 FROM gateways WHERE id = 'gw-2')")
    row = await registry.fetchrow("SELECT button_id, battery_pct, rssi_dbm, gateway_id FROM button_health")
    assert row is not None
    assert tuple(row) == ("button-1", 40, -70, "gw")
    states = await registry.fetch("SELECT id, state FROM gateways ORDER BY id")
    assert [tuple(row) for row in states] == [("gw", "offline"), ("gw-2", "online")]
    vitals.note(Heartbeat("button-2"))
    vitals.stop()
    await writing
    assert await registry.fetchval("SELECT count(*) FROM button_health") == 2


async def test_more_ids_than_any_registry_has_do_not_fill_the_memory(registry: Pool) -> None:
    vitals = Vitals(registry)
    for number in range(150_000):
        vitals.note(Heartbeat(f"made-up-{number}", Health(gateway_id=f"gw-{number}")))
    assert len(vitals._buttons) == len(vitals._gateways) == 100_000
    assert "made-up-149999" in vitals._buttons


async def test_what_was_heard_later_counts_whoever_writes_it_down_first(registry: Pool) -> None:
    """Replicas write each for itself: one that is behind must not bring back what has gone since."""
    states: list[Any] = []
    async with registry.acquire() as connection:
        for state, ago_s in (("online", 60), ("offline", 10), ("online", 20), ("online", 5)):
            gone = state == "offline"
            heard = [Heard("button-1", Health(gateway_id="gw"), ago_s)] if not gone else []
            entry = GatewayHeard("gw", state, ago_s, None if gone else ago_s)  # type: ignore[arg-type]
            await health.record(connection, heard, [entry])
            states.append(await connection.fetchval("SELECT state FROM gateways"))
        ages = await connection.fetchrow(
            """
            SELECT round(extract(epoch FROM now() - changed_at)) AS changed,
                   round(extract(epoch FROM now() - g.last_seen_at)) AS seen,
                   g.last_seen_at = h.last_seen_at AS together
            FROM gateways g
            JOIN button_health h ON h.gateway_id = g.id
            """
        )
    assert states == ["online", "offline", "offline", "online"]
    assert ages is not None
    assert tuple(ages) == (5, 5, True)

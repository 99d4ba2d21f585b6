"""Two replicas, several brokers, restarts, and what is told late: one press stays one press, and none is lost."""

import asyncio
import shutil
from pathlib import Path

import httpx

from alarmd.db.pool import Pool
from alarmd.embedded.broker import EmbeddedBroker
from simulators.police import Police
from tests.bought import (
    Bridge,
    a_bridge,
    a_twin,
    alarms,
    enrol,
    let_pass,
    opened_at,
    part,
    settled,
    start_again,
    until_heard,
)
from tests.service import Service
from tests.tap import Tap

SOS = {"battery": 100, "battery_low": False, "linkquality": 78, "sos": True, "tamper": False}


async def test_two_replicas_that_hear_every_message_make_one_alarm_of_each_press(
    service: Service, bridge: Bridge, police: Police, pool: Pool
) -> None:
    async with a_twin(service) as twin:
        for number in range(30):
            await bridge.says(f"zigbee2mqtt/b{number}", {"action": "single"})
            await bridge.says(f"zigbee2mqtt/b{number}/action", "single")
        await settled(bridge, pool)
        await until_heard(pool, "(SELECT count(*) FROM alarms) = 30")
        await until_heard(
            pool, "(SELECT min(jsonb_array_length(memory->'presses'->0->'by')) FROM devices WHERE id ~ '^b') = 2"
        )
        assert sorted(await alarms(pool)) == sorted((f"b{number}", "panic", 1) for number in range(30))
        await twin.stop()


async def test_a_press_that_comes_by_two_brokers_is_one(
    registry: Pool, database: str, broker: str, police: Police, secret: str, tmp_path: Path
) -> None:
    assert shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    second = EmbeddedBroker(tmp_path / "second", program="mosquitto")
    other = await second.start()
    service = Service(database, f"{broker},{other}", police.url, secret, dialects="zigbee2mqtt,tasmota")
    await service.start()
    async with a_bridge(broker) as one, a_bridge(other) as two:
        await until_heard(registry, "(SELECT count(*) FROM broker_sessions WHERE connected_at IS NOT NULL) = 2")
        for _ in range(3):
            await asyncio.gather(*(way.says("zigbee2mqtt/b", {"action": "single"}) for way in (one, two)))
        await settled(one, registry)
        await settled(two, registry)
    assert await alarms(registry) == [("b", "panic", 1)]
    await service.stop()
    await second.stop()


async def test_a_state_that_was_known_before_a_restart_is_no_new_press(
    service: Service, bridge: Bridge, pool: Pool
) -> None:
    await bridge.says("zigbee2mqtt/feibit", SOS)
    await settled(bridge, pool)
    await service.restart()
    await part(pool)
    await bridge.says("zigbee2mqtt/feibit", SOS | {"linkquality": 80})
    await settled(bridge, pool)
    assert await alarms(pool) == [("feibit", "panic", 1)]
    await bridge.says("zigbee2mqtt/feibit", SOS | {"sos": False})
    await settled(bridge, pool)
    await pool.execute("UPDATE devices SET memory = jsonb_set(memory, '{presses}', '[]')")  # half a minute is over
    await bridge.says("zigbee2mqtt/feibit", SOS)
    await settled(bridge, pool)
    assert await alarms(pool) == [("feibit", "panic", 1), ("feibit", "panic", 1)]


async def test_a_contact_still_closed_when_its_node_comes_back_is_no_press(
    service: Service, bridge: Bridge, pool: Pool
) -> None:
    await bridge.says("store-014/binary_sensor/panic/state", "ON")
    await settled(bridge, pool)
    for restart in (False, True):
        await pool.execute("UPDATE devices SET memory = jsonb_set(memory, '{presses}', '[]')")
        await part(pool)
        await bridge.says("store-014/status", "offline")
        await bridge.says("store-014/status", "online")
        if restart:
            await until_heard(pool, "EXISTS (SELECT FROM gateways WHERE id = 'store-014')")
            await asyncio.sleep(1.2)
            await service.restart()
        await bridge.says("store-014/binary_sensor/panic/state", "ON")
        await settled(bridge, pool)
        assert await alarms(pool) == [("store-014/panic", "panic", 1)]
    await pool.execute("UPDATE gateways SET changed_at = now() - interval '2 min'")
    await service.restart()
    await bridge.says("store-014/binary_sensor/panic/state", "ON")
    await settled(bridge, pool)
    assert len(await alarms(pool)) == 2


async def test_nothing_is_acknowledged_before_it_is_committed_and_what_was_not_comes_again_once(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    tap = Tap(broker)
    service = Service(database, await tap.start(), police.url, secret, dialects="all")
    await service.start()
    async with registry.acquire() as holder, a_bridge(broker) as bridge:
        async with holder.transaction():
            await holder.execute("LOCK TABLE devices IN EXCLUSIVE MODE")
            before = len(tap.published)
            await bridge.says("zigbee2mqtt/b", {"action": "single"})
            async with asyncio.timeout(10):
                while len(tap.published) == before:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)
            assert len(tap.pubacks) == before
            tap.cut()
            async with asyncio.timeout(10):
                while len(tap.published) < before + 2:
                    await asyncio.sleep(0.02)
            assert len(tap.pubacks) == before
        await settled(bridge, registry)
    assert await alarms(registry) == [("b", "panic", 1)]
    await service.stop()
    await tap.stop()


async def test_what_a_replica_missed_and_the_other_recorded_is_no_second_alarm(
    service: Service, operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    async with a_twin(service) as twin:
        await twin.stop()
        await enrol(operator, pool, "b")
        for _ in range(2):
            await bridge.says("zigbee2mqtt/b", {"action": "single"})
            await settled(bridge, pool)
            await let_pass(pool, 600)
        assert len(await alarms(pool)) == 2
        await start_again(twin)
        await until_heard(
            pool, "(SELECT jsonb_array_length(memory->'presses'->1->'by') FROM devices WHERE id = 'b') = 2"
        )
        await settled(bridge, pool)
        assert len(await alarms(pool)) == 2
        await bridge.says("zigbee2mqtt/b", {"action": "single"})  # and one that happens now
        await until_heard(pool, "(SELECT count(*) FROM alarms) = 3")
        await opened_at(police, "S-000001")
        await twin.stop()


async def test_what_a_replica_missed_while_nobody_else_listened_is_an_alarm(
    service: Service, bridge: Bridge, pool: Pool
) -> None:
    await bridge.says("zigbee2mqtt/b", {"action": "single"})
    await settled(bridge, pool)
    await pool.execute("UPDATE devices SET memory = '{}'")
    await part(pool)
    await service.stop()
    await bridge.says("zigbee2mqtt/b", {"action": "single"})
    await start_again(service)
    await until_heard(pool, "(SELECT count(*) FROM alarms) = 2")

"""What bridges tell of bought buttons is supervised: batteries, tampering, and that they are gone."""

import httpx

from alarmd.db.pool import Pool
from tests.bought import Bridge, enrol, path, until_heard

OPEN = "EXISTS (SELECT FROM faults WHERE kind = '{}' AND subject = '{}' AND cleared_at IS NULL)"


async def until_fault(pool: Pool, kind: str, subject: str) -> str:
    await until_heard(pool, OPEN.format(kind, subject))
    detail: str = await pool.fetchval("SELECT detail FROM faults WHERE kind = $1 AND subject = $2", kind, subject)
    return detail


async def until_well(pool: Pool, kind: str, subject: str) -> None:
    await until_heard(pool, "NOT " + OPEN.format(kind, subject))


async def supervision(operator: httpx.AsyncClient, button_id: str) -> str:
    return str((await operator.get(path(button_id))).json()["supervision"])


async def test_the_death_of_a_bridge_makes_its_buttons_unknown_until_it_is_back(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await enrol(operator, pool, "b")
    await bridge.says("zigbee2mqtt/b", {"battery": 90, "linkquality": 3})
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE button_id = 'b' AND gateway_id = 'zigbee2mqtt')")
    assert await supervision(operator, "b") == "ok"
    await bridge.says("zigbee2mqtt/bridge/state", {"state": "offline"}, retain=True)
    assert "the 1 button behind it" in await until_fault(pool, "gateway_away", "zigbee2mqtt")
    assert await supervision(operator, "b") == "unknown"
    await bridge.says("zigbee2mqtt/bridge/state", {"state": "online"}, retain=True)
    await until_well(pool, "gateway_away", "zigbee2mqtt")
    assert await supervision(operator, "b") == "ok"


async def test_a_node_that_goes_takes_its_contacts_along(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await enrol(operator, pool, "store-014/panic")
    await bridge.says("store-014/binary_sensor/panic/state", "OFF")
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE gateway_id = 'store-014')")
    await bridge.says("store-014/status", "offline")
    await until_fault(pool, "gateway_away", "store-014")
    assert await supervision(operator, "store-014/panic") == "unknown"


async def test_a_button_that_its_bridge_cannot_reach_is_silent_until_it_is_heard(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await enrol(operator, pool, "b")
    await bridge.says("zigbee2mqtt/b", {"battery": 90, "linkquality": 3})
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE button_id = 'b')")
    await bridge.says("zigbee2mqtt/b/availability", "offline")
    assert (await until_fault(pool, "button_silent", "b")).startswith("its bridge cannot reach button b at 가게 1")
    assert await supervision(operator, "b") == "silent"
    await bridge.says("zigbee2mqtt/b", {"battery": 90, "linkquality": 3})
    await until_well(pool, "button_silent", "b")


async def test_a_button_says_that_its_battery_is_low_or_that_somebody_opens_it(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await enrol(operator, pool, "b")
    await bridge.says("zigbee2mqtt/b", {"battery_low": True, "tamper": True, "linkquality": 3})
    assert await until_fault(pool, "battery_low", "b") == "the battery of button b at 가게 1 is low"
    await until_fault(pool, "button_tampered", "b")
    low = (await operator.get("/v1/buttons?low_battery=true")).json()["items"]
    assert [button["id"] for button in low] == ["b"]
    await bridge.says("zigbee2mqtt/b", {"battery_low": False, "tamper": False, "battery": 100, "linkquality": 3})
    await until_well(pool, "battery_low", "b")
    await until_well(pool, "button_tampered", "b")


async def test_what_the_broker_kept_is_no_sign_of_life(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool, broker: str
) -> None:
    await bridge.says("zigbee2mqtt/b/availability", "online", retain=True)  # as it happens it is one
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE button_id = 'b')")
    await pool.execute("DELETE FROM button_health")
    mapping = {"name": "again", "topic": "zigbee2mqtt/b/availability", "fields": {"button_id": "b", "event": "$"}}
    made = await operator.post("/v1/mappings", json=mapping | {"kinds": {"online": "heartbeat"}})
    assert made.status_code == 201  # subscribes, and so is sent what the broker kept
    await bridge.says("zigbee2mqtt/c", {"battery": 90})
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE button_id = 'c')")
    assert await pool.fetchval("SELECT count(*) FROM button_health WHERE button_id = 'b'") == 0

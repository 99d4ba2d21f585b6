"""A bought button is pressed, and the police have the place: once, whatever its bridge says and how often."""

import httpx

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.bought import SOS, Bridge, alarms, enrol, opened_at, path, settled, start_again, until_heard
from tests.service import Service


async def test_a_button_with_a_name_in_hangul_calls_the_police_to_its_store(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, SOS, label="계산대 아래")
    await bridge.says(f"zigbee2mqtt/{SOS}", {"action": "emergency", "battery": 88, "linkquality": 102, "voltage": 2900})
    data = await opened_at(police, "S-000001")
    assert data["button"] == {"id": SOS.lower(), "label": "계산대 아래"}
    assert data["alarm"]["kind"] == "panic"
    await until_heard(pool, "EXISTS (SELECT FROM button_health)")
    shown = (await operator.get(path(SOS))).json()
    assert (shown["battery_pct"], shown["battery_v"], shown["link_quality"]) == (88, 2.9, 102)
    assert (shown["dialect"], shown["gateway_id"], shown["supervision"]) == (None, "zigbee2mqtt", "ok")


async def test_the_many_messages_of_one_press_are_one_press(bridge: Bridge, pool: Pool) -> None:
    for quality in (26, 27, 30):
        await bridge.says("zigbee2mqtt/bell", {"action": "pressed", "linkquality": quality})
        await bridge.says("zigbee2mqtt/bell", {"action": "", "linkquality": quality})
        await bridge.says("zigbee2mqtt/bell/action", "pressed")
    await settled(bridge, pool)
    assert await alarms(pool) == [("bell", "panic", 1)]


async def test_an_unknown_button_opens_an_alarm_without_a_store_until_it_is_enrolled(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await bridge.says("zigbee2mqtt/stranger", {"action": "single"})
    await until_heard(pool, "EXISTS (SELECT FROM alarms WHERE store_id IS NULL AND button_id = 'stranger')")
    await enrol(operator, pool, "stranger", "S-000004")
    assert (await police.expects("alarm.located", store="S-000004")).alarm["located"]


async def test_a_car_key_that_passes_by_is_a_sighting_and_no_alarm(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    key = {"time": "2026-11-23 22:10:40", "model": "Generic-Remote", "id": 4711, "cmd": 3}
    await bridge.says("rtl_433/raspi/events", key)
    await bridge.says("tele/rf/RESULT", {"RfReceived": {"Data": "0x7028D2", "Bits": 24}})
    await settled(bridge, pool)
    assert await alarms(pool) == []
    found = {item["id"]: item for item in (await operator.get("/v1/sightings?broadcast=true")).json()["items"]}
    assert found.keys() == {"4711", "0x7028d2"}
    assert (found["4711"]["model"], found["4711"]["dialect"], found["4711"]["gateway_id"]) == (
        "Generic-Remote",
        "rtl_433",
        "raspi",
    )
    await enrol(operator, pool, "0x7028D2", "S-000002")
    await pool.execute("UPDATE devices SET memory = '{}'")
    await bridge.says("tele/rf/RESULT", {"RfReceived": {"Data": "0x7028D2", "Bits": 24}})
    await opened_at(police, "S-000002")


async def test_a_device_of_another_ecosystem_under_the_same_name_is_not_that_button(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, "panic", dialect="zigbee2mqtt")
    await bridge.says("stat/panic/BUTTON", "10")
    await until_heard(pool, "EXISTS (SELECT FROM alarms WHERE button_id = 'tasmota:panic' AND store_id IS NULL)")
    await bridge.says("zigbee2mqtt/panic", {"action": "single"})
    await opened_at(police, "S-000001")


async def test_receipts_go_to_native_buttons_alone(
    service: Service, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await pool.execute("UPDATE buttons SET id = 'bought' WHERE id = 'button-2'")
    await pool.execute("UPDATE buttons SET store_id = (SELECT store_id FROM buttons WHERE id = 'button-1')")
    await bridge.says("zigbee2mqtt/bought", {"action": "single"})
    await opened_at(police, "S-000001")
    button, listener = (Button(name, str(service.settings["mqtt_urls"])) for name in ("button-1", "bought"))
    await listener.start()
    await button.start()
    await button.receipt(await button.press(), "delivered")
    assert listener.receipts == []
    await button.stop()
    await listener.stop()


async def test_a_press_with_a_battery_tells_both_and_a_bad_field_costs_that_field(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, "b")
    await bridge.says("zigbee2mqtt/b", {"action": "single", "battery": "a lot", "voltage": 2400, "tamper": "FALSE"})
    data = await opened_at(police, "S-000001")
    alarm = (await operator.get(f"/v1/alarms/{data['alarm']['id']}")).json()
    assert alarm["presses"][0]["faults"] == ["battery"]
    await until_heard(pool, "EXISTS (SELECT FROM button_health WHERE battery_v > 2.3 AND NOT tamper)")


async def test_what_cannot_be_read_goes_to_the_quarantine_and_what_is_somebody_elses_does_not(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await bridge.says("octoprint/status", "printing")
    await bridge.says("printer/status/filament", "low")
    await bridge.says("zigbee2mqtt/b", '{"action": "sin')
    await bridge.says("zigbee2mqtt/kept", {"action": "single"}, retain=True)
    await settled(bridge, pool)
    async with httpx.AsyncClient():
        await until_heard(pool, "EXISTS (SELECT FROM quarantine)")
    found = (await operator.get("/v1/quarantine")).json()["items"]
    assert [(item["topic"], item["reason"]) for item in found] == [("zigbee2mqtt/b", "not_json")]


async def test_a_press_that_the_broker_kept_is_shown_and_opens_nothing(
    service: Service, bridge: Bridge, pool: Pool
) -> None:
    await service.stop()
    await bridge.says("zigbee2mqtt/kept", {"action": "single"}, retain=True, qos=0)
    await bridge.says("zigbee2mqtt/kept/availability", "online", retain=True, qos=0)
    await start_again(service)
    await until_heard(pool, "EXISTS (SELECT FROM quarantine WHERE reason = 'retained' AND button_id = 'kept')")
    await settled(bridge, pool)
    assert await alarms(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM button_health WHERE button_id = 'kept'") == 0

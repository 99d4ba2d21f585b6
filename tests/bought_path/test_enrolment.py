"""Devices that were heard are shown, enrolled, understood as the registry says, and replaced."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.bought import SOS, Bridge, alarms, enrol, opened_at, part, path, settled, store_id, until_heard
from tests.service import Service


async def wait_for_a_button(operator: httpx.AsyncClient, pool: Pool, code: str, gateway: str | None = None) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    answer = await operator.patch(
        f"/v1/stores/{await store_id(pool, code)}", json={"enrolment_until": until, "enrolment_gateway_id": gateway}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["enrolment_gateway_id"] == gateway


async def test_what_was_heard_is_listed_page_by_page_and_enrolled_by_one_call(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await bridge.says("zigbee2mqtt/quiet", {"battery": 41, "linkquality": 90, "device": {"model": "TS0215A"}})
    for place in ("left", "right"):
        await bridge.says(f"zigbee2mqtt/{SOS}", {"action": f"single_{place}", "battery": 88})
    await settled(bridge, pool)
    await until_heard(
        pool, "EXISTS (SELECT FROM devices d JOIN button_health h ON h.button_id = d.id WHERE d.id = 'quiet')"
    )
    listed = (await operator.get("/v1/sightings?dialect=zigbee2mqtt")).json()["items"]
    assert [item["id"] for item in listed] == [SOS.lower(), "quiet"] or [item["id"] for item in listed] == [
        "quiet",
        SOS.lower(),
    ]
    quiet = next(item for item in listed if item["id"] == "quiet")
    assert (quiet["model"], quiet["battery_pct"], quiet["pressed_at"], quiet["events"]) == ("TS0215A", 41, None, [])
    (pressed,) = (await operator.get("/v1/sightings?dialect=zigbee2mqtt&pressed=true")).json()["items"]
    assert pressed["times_heard"] == 2
    assert [(one["event"], one["endpoint"]) for one in pressed["events"]] == [("single", "right"), ("single", "left")]
    first = (await operator.get("/v1/sightings?dialect=zigbee2mqtt&limit=1")).json()
    second = (await operator.get(f"/v1/sightings?dialect=zigbee2mqtt&limit=1&cursor={first['next_cursor']}")).json()
    assert {page["items"][0]["id"] for page in (first, second)} == {"quiet", SOS.lower()}
    assert second["next_cursor"] is None
    made = await enrol(operator, pool, "quiet")
    assert (made["dialect"], made["model"], made["silent_after_s"]) == ("zigbee2mqtt", "TS0215A", 172_800)
    assert [i["id"] for i in (await operator.get("/v1/sightings?dialect=zigbee2mqtt")).json()["items"]] == [SOS.lower()]
    assert (await operator.get("/v1/sightings?q=ts0215")).json()["items"] == []


async def test_an_id_is_one_part_of_a_path_whatever_is_in_it(operator: httpx.AsyncClient, pool: Pool) -> None:
    for odd in (SOS, "a/replace", "100%2F", "?#&=", " spaces ", "A:B.c"):
        made = await operator.post("/v1/buttons", json={"id": odd, "dialect": "zigbee2mqtt"})
        assert made.status_code == 201, made.text
        assert (await operator.get(made.headers["location"])).json()["id"] == odd.lower()
        assert (await operator.patch(path(odd), json={"label": "x"})).json()["label"] == "x"
        assert (await operator.delete(path(odd))).status_code == 204
        assert (await operator.get(path(odd))).status_code == 404
    for wrong in ("", "no spaces", "\n", "x" * 129, "a\u0000"):
        assert (await operator.post("/v1/buttons", json={"id": wrong})).status_code == 422
    refused = await operator.post("/v1/buttons", json={"id": "a/b", "dialect": "native"})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.id")


async def test_a_profile_says_what_events_mean_from_the_next_press_on(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, "b", profile={"single": "nothing", "LONG": "test"})
    await bridge.says("zigbee2mqtt/b", {"action": "single"})
    await settled(bridge, pool)
    assert await alarms(pool) == []
    await bridge.says("zigbee2mqtt/b", {"action": "long"})
    await settled(bridge, pool)
    assert await alarms(pool) == [("b", "test", 1)]
    changed = await operator.patch(path("b"), json={"profile": {"single@left": "panic", "arm_all_zones": "panic"}})
    assert changed.json()["profile"] == {"single@left": "panic", "arm_all_zones": "panic"}
    await bridge.says("zigbee2mqtt/b", {"action": "arm_all_zones"})
    assert (await opened_at(police, "S-000001"))["alarm"]["kind"] == "test"
    await settled(bridge, pool)
    assert (await alarms(pool))[1] == ("b", "panic", 1)
    refused = await operator.patch(path("b"), json={"profile": {"single": "police"}})
    assert refused.json()["errors"][0]["where"] == "body.profile.single"
    assert (await operator.patch(path("b"), json={"profile": None})).json()["profile"] is None


async def test_a_cancel_by_profile_asks_and_closes_nothing(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, "b", profile={"double": "cancel"})
    await bridge.says("zigbee2mqtt/b", {"action": "single"})
    await opened_at(police, "S-000001")
    await bridge.says("zigbee2mqtt/b", {"action": "double"})
    await police.expects("alarm.cancel_requested", store="S-000001")
    assert await pool.fetchval("SELECT state FROM alarms") == "cancel_requested"


async def test_pressed_twice_while_a_store_waits_it_is_enrolled_there_and_the_police_see_a_test(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await wait_for_a_button(operator, pool, "S-000003")
    await bridge.says("zigbee2mqtt/new", {"action": "single"})
    await settled(bridge, pool)
    await asyncio.sleep(1.5)  # as a person presses twice
    assert (await operator.get(path("new"))).status_code == 404
    await bridge.says("zigbee2mqtt/new", {"action": "single"})
    await until_heard(
        pool,
        "EXISTS (SELECT FROM buttons b JOIN stores s ON s.id = b.store_id WHERE b.id = 'new' AND code = 'S-000003')",
    )
    assert (await police.expects("alarm.located", store="S-000003")).alarm["kind"] == "test"
    assert (await operator.get(path("new"))).json()["dialect"] == "zigbee2mqtt"
    await bridge.says("zigbee2mqtt/new", {"action": "double"})
    assert (await opened_at(police, "S-000003"))["alarm"]["kind"] == "panic"


async def test_a_native_button_is_enrolled_in_the_same_way(
    service: Service, operator: httpx.AsyncClient, pool: Pool
) -> None:
    await wait_for_a_button(operator, pool, "S-000003")
    button = Button("fresh", str(service.settings["mqtt_urls"]))
    await button.start()
    for _ in range(2):
        await button.receipt(await button.press(), "recorded")
    await until_heard(pool, "EXISTS (SELECT FROM buttons WHERE id = 'fresh' AND store_id IS NOT NULL)")
    await button.stop()


async def test_while_two_stores_wait_nothing_is_enrolled_and_it_is_said_until_a_gateway_is_named(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    await wait_for_a_button(operator, pool, "S-000001")
    await wait_for_a_button(operator, pool, "S-000002")
    await until_heard(pool, "EXISTS (SELECT FROM faults WHERE kind = 'enrolment_unclear' AND cleared_at IS NULL)")
    (fault,) = (await operator.get("/v1/faults")).json()["items"]
    assert "S-000001, S-000002 are in enrolment mode at once" in fault["detail"]
    await bridge.says("zigbee2mqtt/new", {"action": "single"})
    await bridge.says("zigbee2mqtt/new", {"action": "double"})
    await settled(bridge, pool)
    await asyncio.sleep(2.5)
    await bridge.says("zigbee2mqtt/new", {"action": "single"})
    await settled(bridge, pool)
    await asyncio.sleep(1.5)
    assert (await operator.get(path("new"))).status_code == 404
    await wait_for_a_button(operator, pool, "S-000002", "zigbee2mqtt")
    await until_heard(
        pool,
        "EXISTS (SELECT FROM buttons b JOIN stores s ON s.id = b.store_id WHERE b.id = 'new' AND code = 'S-000002')",
    )
    await until_heard(pool, "NOT EXISTS (SELECT FROM faults WHERE cleared_at IS NULL)")


async def test_nobody_forgets_a_store_that_enrols(operator: httpx.AsyncClient, pool: Pool) -> None:
    place = f"/v1/stores/{await store_id(pool, 'S-000001')}"
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    refused = await operator.patch(place, json={"enrolment_until": until})
    assert (refused.status_code, "at most an hour" in refused.json()["detail"]) == (422, True)


async def test_a_broken_button_is_replaced_and_both_say_so(
    operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    await enrol(operator, pool, "old", label="계산대")
    await bridge.says("zigbee2mqtt/old", {"action": "single"})
    await opened_at(police, "S-000001")
    await bridge.says("zigbee2mqtt/새 버튼", {"battery": 100, "linkquality": 9})
    await until_heard(pool, "EXISTS (SELECT FROM devices WHERE id = '새 버튼')")
    refused = await operator.post(f"{path('old')}/replace", json={"by": "button-2"})
    assert (refused.status_code, "in a store already" in refused.json()["detail"]) == (409, True)
    assert (await operator.post(f"{path('old')}/replace", json={"by": "old"})).status_code == 409
    new = (await operator.post(f"{path('old')}/replace", json={"by": "새 버튼"})).json()
    assert (new["label"], new["store_id"], new["replaces"]) == ("계산대", await store_id(pool, "S-000001"), "old")
    assert new["dialect"] == "zigbee2mqtt"
    old = (await operator.get(path("old"))).json()
    assert (old["replaced_by"], old["store_id"], old["revoked_at"] is None) == ("새 버튼", None, False)
    assert (await operator.post(f"{path('old')}/replace", json={"by": "x"})).status_code == 409
    assert (await operator.get("/v1/alarms?button_id=OLD")).json()["items"][0]["button"]["id"] == "old"
    await part(pool)
    await bridge.says("zigbee2mqtt/새 버튼", {"action": "single"})
    data = await opened_at(police, "S-000001")
    assert data["button"]["id"] in {"old", "새 버튼"}
    await until_heard(pool, "EXISTS (SELECT FROM alarms WHERE button_id = '새 버튼' AND store_id IS NOT NULL)")
    await bridge.says("zigbee2mqtt/old", {"action": "double"})
    await until_heard(pool, "EXISTS (SELECT FROM alarms WHERE button_id = 'old' AND store_id IS NULL)")

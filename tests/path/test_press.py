"""A press travels to the police, and the button is told."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.service import Service


async def pressed(service: Service, button_id: str) -> Button:
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    return button


async def test_a_press_reaches_the_police_with_the_exact_place(service: Service, police: Police) -> None:
    button = await pressed(service, "button-1")
    press_id = await button.press(battery_pct=80, gateway_id="gw-1")
    alert = await police.expects("alarm.opened", store="S-000001")
    assert alert.valid
    assert alert.headers["content-type"] == "application/cloudevents+json"
    assert alert.headers["user-agent"].startswith("alarmd/")
    data = alert.event["data"]
    assert alert.event["type"] == "alarmd.alarm.opened.v1"
    assert alert.event["id"] == alert.webhook_id
    assert data["alarm"]["kind"] == "panic"
    assert data["alarm"]["located"] is True
    assert data["alarm"]["late_by_s"] is None
    assert data["store"]["phone"] == "+8227160302"
    assert data["store"]["road_address"] == "서울특별시 노원구 동일로 1"
    assert data["store"]["location"] == {"lat": 37.65, "lon": 127.06}
    assert data["button"]["id"] == "button-1"
    receipt = await button.receipt(press_id, "recorded")
    assert receipt["alarm_id"] == data["alarm"]["id"]
    assert (await button.receipt(press_id, "delivered"))["alarm_id"] == data["alarm"]["id"]
    await button.stop()


async def test_a_buttons_receipts_go_to_the_spelling_that_it_uses(service: Service, police: Police) -> None:
    button = await pressed(service, "BUTTON-2")
    press_id = await button.press()
    assert (await police.expects("alarm.opened", store="S-000002")).event["data"]["button"]["id"] == "button-2"
    await button.receipt(press_id, "recorded")
    await button.stop()


async def test_the_same_press_twice_is_one_alarm_and_gets_its_receipt_twice(
    service: Service, police: Police, pool: Pool
) -> None:
    button = await pressed(service, "button-1")
    await button.press(press_id="twice")
    first = await button.receipt("twice", "recorded")
    button.receipts.clear()
    await button.press(press_id="twice")
    assert (await button.receipt("twice", "recorded"))["alarm_id"] == first["alarm_id"]
    await police.expects("alarm.opened")
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 1
    assert await pool.fetchval("SELECT press_count FROM alarms") == 1
    await button.stop()


async def test_presses_close_together_join_one_alarm_and_the_police_hear_of_it_once_in_ten_seconds(
    service: Service, police: Police, pool: Pool
) -> None:
    button = await pressed(service, "button-1")
    opened = await button.receipt(await button.press(), "recorded")
    for _ in range(3):
        joined = await button.receipt(await button.press(), "recorded")
        assert joined["alarm_id"] == opened["alarm_id"]
    repeated = await police.expects("alarm.repeated")
    assert repeated.event["data"]["alarm"]["press_count"] == 2
    assert await pool.fetchval("SELECT press_count FROM alarms") == 4
    assert await pool.fetchval("SELECT count(*) FROM alerts WHERE type = 'alarm.repeated'") == 1
    await button.stop()


async def test_each_press_hears_once_that_the_police_have_it_and_then_who_acknowledged(
    service: Service, police: Police, operator: httpx.AsyncClient
) -> None:
    button = await pressed(service, "button-1")
    first = await button.press()
    opened = await button.receipt(first, "delivered")
    button.receipts.clear()
    second = await button.press()
    await police.expects("alarm.repeated")
    await button.receipt(second, "delivered")
    assert (first, "delivered") not in {(told["press_id"], told["state"]) for told in button.receipts}
    await operator.post(f"/v1/alarms/{opened['alarm_id']}/acknowledge", json={"by": "desk 3"})
    await button.receipt(first, "acknowledged")
    await button.receipt(second, "acknowledged")
    await button.stop()


async def test_a_press_after_the_window_opens_a_new_alarm_though_the_old_one_is_open(
    service: Service, police: Police, pool: Pool
) -> None:
    button = await pressed(service, "button-1")
    first = await button.receipt(await button.press(), "recorded")
    await pool.execute("UPDATE joinable_alarms SET last_received_at = last_received_at - interval '61 s'")
    second = await button.receipt(await button.press(), "recorded")
    assert first["alarm_id"] != second["alarm_id"]
    await police.count(2)
    await button.stop()


async def test_a_test_press_makes_a_test_alarm_that_a_panic_never_joins(service: Service, police: Police) -> None:
    button = await pressed(service, "button-1")
    test = await button.receipt(await button.press(kind="test"), "recorded")
    panic = await button.receipt(await button.press(), "recorded")
    assert test["alarm_id"] != panic["alarm_id"]
    kinds = {alert.event["data"]["alarm"]["kind"] for alert in await police.count(2)}
    assert kinds == {"test", "panic"}
    await button.stop()


async def test_a_store_in_test_mode_makes_test_alarms_which_go_only_to_who_accepts_tests(
    service: Service, police: Police, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET accepts_tests = false, updated_at = now()")
    await pool.execute("UPDATE stores SET test_mode_until = now() + interval '1 h' WHERE code = 'S-000001'")
    button = await pressed(service, "button-1")
    await button.receipt(await button.press(), "recorded")
    other = await pressed(service, "button-2")
    await other.press()
    await police.expects("alarm.opened", store="S-000002")
    assert [alert.event["data"]["alarm"]["kind"] for alert in police.received] == ["panic"]
    assert await pool.fetchval("SELECT kind FROM alarms WHERE button_id = 'button-1'") == "test"
    await button.stop()
    await other.stop()


async def test_a_cancel_asks_the_police_but_closes_nothing(service: Service, police: Police, pool: Pool) -> None:
    button = await pressed(service, "button-1")
    opened = await button.receipt(await button.press(), "recorded")
    await police.expects("alarm.opened")
    cancelled = await button.receipt(await button.press(kind="cancel"), "recorded")
    assert cancelled["alarm_id"] == opened["alarm_id"]
    alert = await police.expects("alarm.cancel_requested")
    assert alert.event["data"]["alarm"]["state"] == "cancel_requested"
    assert await pool.fetchval("SELECT closed_at FROM alarms") is None
    await button.stop()


async def test_a_late_cancel_only_stands_on_the_timeline(service: Service, police: Police, pool: Pool) -> None:
    button = await pressed(service, "button-1")
    await button.receipt(await button.press(), "recorded")
    await police.expects("alarm.opened")
    await pool.execute("UPDATE alarms SET received_at = received_at - interval '31 s'")
    await button.receipt(await button.press(kind="cancel"), "recorded")
    assert await pool.fetchval("SELECT state FROM alarms") == "open"
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'pressed'") == 1
    await button.stop()


async def test_a_cancel_without_an_alarm_is_recorded_and_shown_to_a_human(service: Service, pool: Pool) -> None:
    button = await pressed(service, "button-1")
    receipt = await button.receipt(await button.press(kind="cancel"), "recorded")
    assert receipt["alarm_id"] is None
    assert await pool.fetchval("SELECT reason FROM quarantine") == "cancel_without_alarm"
    await button.stop()


async def test_an_old_press_is_dispatched_and_marked_with_its_age(service: Service, police: Police) -> None:
    button = await pressed(service, "button-1")
    await button.press(pressed_at=datetime.now(UTC) - timedelta(seconds=400))
    late_by = (await police.expects("alarm.opened")).event["data"]["alarm"]["late_by_s"]
    assert 399 < late_by < 430
    await button.stop()


async def test_an_unknown_buttons_alarm_goes_to_the_police_the_moment_it_is_assigned(
    service: Service, police: Police, pool: Pool
) -> None:
    button = await pressed(service, "Nobody-Knows-Me")
    receipt = await button.receipt(await button.press(), "recorded")
    assert await pool.fetchval("SELECT store_id FROM alarms") is None
    assert police.received == []
    await pool.execute(
        "INSERT INTO buttons (id, store_id) SELECT 'nobody-knows-me', id FROM stores WHERE code = 'S-000003'"
    )
    alert = await police.expects("alarm.located", store="S-000003")
    assert alert.event["data"]["alarm"]["id"] == receipt["alarm_id"]
    assert alert.event["data"]["alarm"]["located"] is True
    again = await button.receipt(await button.press(), "recorded")
    assert again["alarm_id"] == receipt["alarm_id"]
    await button.stop()


async def test_an_alarm_that_nobody_could_be_told_of_goes_to_the_first_endpoint_there_is(
    service: Service, police: Police, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET removed_at = now(), updated_at = now()")
    button = await pressed(service, "button-1")
    await button.receipt(await button.press(), "recorded")
    await pool.execute("UPDATE endpoints SET removed_at = NULL, updated_at = now()")
    await police.expects("alarm.opened", store="S-000001")
    await button.stop()


async def test_a_failing_police_endpoint_is_tried_until_it_takes_the_alert_under_one_id(
    service: Service, police: Police, pool: Pool
) -> None:
    police.behaviour = Behaviour(fail=503, misbehave_for=2)
    button = await pressed(service, "button-1")
    press_id = await button.press()
    taken = await police.expects("alarm.opened")
    assert [alert.status for alert in police.received] == [503, 503, 204]
    assert {alert.webhook_id for alert in police.received} == {taken.webhook_id}
    assert {alert.body for alert in police.received} == {taken.body}
    await button.receipt(press_id, "delivered")
    rows = await pool.fetch("SELECT status, error FROM attempts ORDER BY number")
    assert [(row["status"], row["error"]) for row in rows] == [
        (503, "answered 503"),
        (503, "answered 503"),
        (204, None),
    ]
    await button.stop()


async def test_an_acknowledgement_in_the_answer_counts(service: Service, police: Police, pool: Pool) -> None:
    police.behaviour = Behaviour(acknowledge_in_response=True)
    button = await pressed(service, "button-1")
    press_id = await button.press()
    await button.receipt(press_id, "acknowledged")
    row = await pool.fetchrow("SELECT state, acknowledged_by, acknowledged_ref, reference FROM alarms")
    assert row is not None
    assert row["state"] == "acknowledged"
    assert row["acknowledged_ref"] == f"112-{row['reference']}"
    await button.stop()


async def test_a_heartbeat_is_remembered_and_opens_nothing(service: Service, pool: Pool) -> None:
    button = await pressed(service, "button-1")
    await button.send_raw("heartbeat", b'{"battery_pct": 41, "rssi_dbm": -70, "tamper": false, "firmware": "1.2"}')
    async with asyncio.timeout(10):
        while not (row := await pool.fetchrow("SELECT * FROM button_health")):
            await asyncio.sleep(0.05)
    assert (row["battery_pct"], row["rssi_dbm"], row["tamper"], row["firmware"]) == (41, -70, False, "1.2")
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 0
    await button.stop()

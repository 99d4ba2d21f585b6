"""What cannot be understood or trusted is kept, shown to a human, and stalls nobody."""

import asyncio

import pytest

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.service import Service, until

ODD = {
    "payload_too_large": b'{"press_id": "' + b"x" * 8192 + b'"}',
    "not_utf8": b'{"press_id": "\xff"}',
    "not_json": b'{"press_id": "p", "battery_pct": NaN}',
    "not_an_object": b"[1, 2]",
    "too_deep": b"[" * 4000,
    "bad_press_id": b'{"press_id": "a b"}',
    "bad_kind": b'{"press_id": "p", "kind": "shout"}',
}


@pytest.mark.parametrize("reason", ODD)
async def test_an_odd_press_is_quarantined_as_it_came_and_the_next_one_passes(
    service: Service, police: Police, pool: Pool, reason: str
) -> None:
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.send_raw("press", ODD[reason])
    await button.press(press_id="after")
    await police.expects("alarm.opened")
    await until(pool, "EXISTS (SELECT 1 FROM quarantine)")
    row = await pool.fetchrow("SELECT reason, payload, topic, button_id FROM quarantine")
    assert row is not None
    assert row["reason"] == reason
    assert row["payload"] == ODD[reason]
    assert row["topic"] == "alarmd/v1/buttons/button-1/press"
    assert row["button_id"] == "button-1"
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 1
    async with asyncio.timeout(10):
        while not any(receipt["state"] == "quarantined" for receipt in button.receipts):
            await asyncio.sleep(0.02)
    await button.stop()


@pytest.mark.parametrize("payload", [b"", b"  ", b"{}", b'{"battery_pct": 9}'])
async def test_a_press_without_an_id_is_still_a_press(
    service: Service, police: Police, pool: Pool, payload: bytes
) -> None:
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.send_raw("press", payload)
    await police.expects("alarm.opened", store="S-000001")
    assert await pool.fetchval("SELECT press_id LIKE 'derived-%' FROM presses")
    await button.stop()


async def test_a_wrong_member_costs_that_member_and_not_the_press(service: Service, police: Police, pool: Pool) -> None:
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.send_raw("press", b'{"press_id": "p1", "pressed_at": "yesterday", "counter": "x", "battery_pct": 300}')
    await police.expects("alarm.opened", store="S-000001")
    assert await pool.fetchval("SELECT faults FROM presses") == ["pressed_at", "counter", "battery_pct"]
    await button.stop()


async def test_a_retained_press_opens_nothing_and_is_quarantined_once(
    service: Service, police: Police, pool: Pool, broker: str
) -> None:
    button = Button("button-1", broker)
    await button.start()
    await button.send_raw("press", b'{"press_id": "kept"}', retain=True)
    await police.expects("alarm.opened")
    for _ in range(2):
        await service.restart()
        await button.press(press_id=None)
    assert await pool.fetchval("SELECT count(*) FROM quarantine WHERE reason = 'retained'") == 1
    assert await pool.fetchval("SELECT count(*) FROM presses WHERE press_id = 'kept'") == 1
    await button.stop()

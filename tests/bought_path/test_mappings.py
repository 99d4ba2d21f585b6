"""An operator's mapping is listened by without a restart, and PINs in payloads are shown to nobody."""

import base64

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.bought import Bridge, a_twin, alarms, enrol, opened_at, settled, until_heard
from tests.service import Service

MAPPING = {
    "name": "seocho keys",
    "topic": "shop/{store}/keys/{number}",
    "fields": {"button_id": "{store}/{number}", "event": "/do", "battery_pct": "/bat", "gateway_id": "{store}"},
    "events": {"1": "single"},
}


async def test_a_mapping_that_is_added_while_all_runs_is_heard_by_every_replica(
    service: Service, operator: httpx.AsyncClient, bridge: Bridge, police: Police, pool: Pool
) -> None:
    async with a_twin(service) as twin:
        await bridge.says("shop/seocho/keys/3", {"do": 1})
        made = await operator.post("/v1/mappings", json=MAPPING)
        assert made.status_code == 201, made.text
        assert (made.json()["events"], made.json()["created_by"]) == ({"1": "single"}, "ALARMD_ADMIN_KEY")
        await enrol(operator, pool, "seocho/3")
        both = "(SELECT jsonb_array_length(memory->'presses'->0->'by') FROM devices WHERE id = 'seocho/3') = 2"
        with pytest.raises(TimeoutError):
            await until_heard(pool, "EXISTS (SELECT FROM devices WHERE id = 'seocho/3')", 0.5)

        async def pressed_until_both_hear() -> None:
            for _ in range(20):
                await bridge.says("shop/seocho/keys/3", {"do": 1, "bat": 61})
                try:
                    await until_heard(pool, both, 0.5)
                except TimeoutError:
                    continue
                return

        await pressed_until_both_hear()
        assert await pool.fetchval(f"SELECT {both}")
        await opened_at(police, "S-000001")
        assert await alarms(pool) == [("seocho/3", "panic", 1)]
        assert (await operator.post("/v1/mappings", json=MAPPING)).status_code == 409
        (listed,) = (await operator.get("/v1/mappings")).json()["items"]
        await twin.stop()
        assert (await operator.delete(f"/v1/mappings/{listed['id']}")).status_code == 204
        assert (await operator.delete(f"/v1/mappings/{listed['id']}")).status_code == 404
        await bridge.says("shop/seocho/keys/3", {"do": 2})
        await settled(bridge, pool)
        assert (
            await pool.fetchval("SELECT jsonb_array_length(memory->'presses') FROM devices WHERE id = 'seocho/3'") == 1
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic": "shop/#"},
        {"topic": "alarmd/v1/{x}"},
        {"topic": "$share/x/{y}"},
        {"fields": {"event": "$"}},
        {"fields": {"button_id": "{nobody}"}},
        {"fields": {"button_id": "x", "colour": "/c"}},
        {"kinds": {"a": "explosion"}},
        {"counter_bits": 9},
        {"unknown": 1},
    ],
)
async def test_a_mapping_that_cannot_be_is_refused(operator: httpx.AsyncClient, wrong: dict[str, object]) -> None:
    refused = await operator.post("/v1/mappings", json=MAPPING | wrong)
    assert refused.status_code == 422, refused.text
    assert (await operator.get("/v1/mappings")).json()["items"] == []


async def test_pins_and_codes_are_shown_to_nobody(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    keypad = {
        "model": "SimpliSafe-Keypad",
        "id": "1JZAG",
        "seq": 34,
        "extradata": "Entered Pin: 4711 Panic",
        "pin": "4711",
    }
    await bridge.says("rtl_433/raspi/events", keypad)
    await bridge.says("zigbee2mqtt/keypad", {"action": "panic", "action_code": "4711", "battery": 72})
    await bridge.says("zigbee2mqtt/keypad", '{"action": "panic", "action_code": "4711", ')
    await settled(bridge, pool)
    await until_heard(pool, "EXISTS (SELECT FROM quarantine)")
    (found,) = (await operator.get("/v1/quarantine")).json()["items"]
    assert (found["redacted"], "***" in found["payload"]) == (True, True)
    assert b"4711" not in base64.b64decode(found["payload_b64"])
    alarm_id = await pool.fetchval("SELECT id FROM alarms WHERE button_id = 'keypad'")
    answers = [
        (await operator.get(where)).text
        for where in ("/v1/quarantine", "/v1/sightings", f"/v1/alarms/{alarm_id}", "/v1/alarms", "/v1/buttons")
    ]
    dismissed = await operator.post(f"/v1/quarantine/{found['id']}/dismiss")
    said = capsys.readouterr()
    for shown in (*answers, dismissed.text, said.out, said.err):
        assert "4711" not in shown


async def test_what_has_nothing_to_hide_is_shown_as_it_came(
    operator: httpx.AsyncClient, bridge: Bridge, pool: Pool
) -> None:
    odd = b'{"action":   "sin\xff'
    await bridge.says("zigbee2mqtt/b", odd)
    await until_heard(pool, "EXISTS (SELECT FROM quarantine)")
    (found,) = (await operator.get("/v1/quarantine")).json()["items"]
    assert (found["redacted"], found["payload"], base64.b64decode(found["payload_b64"])) == (False, None, odd)

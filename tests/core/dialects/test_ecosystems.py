"""Only what is switched on is heard, where the operator says it is, and secrets are not shown."""

import json

import pytest

from alarmd.core.dialects import ecosystems, shelly
from alarmd.core.dialects.device import Component
from alarmd.core.dialects.ecosystems import ECOSYSTEMS, EVERYTHING, Choice
from alarmd.core.dialects.lines import lines
from alarmd.core.dialects.ready_made import READY_MADE
from alarmd.core.dialects.redact import redact
from alarmd.core.signal import Message
from tests.core.dialects.cases import CASES, Case, message, readings


def matches(pattern: str, topic: str) -> bool:
    wanted, found = pattern.split("/"), topic.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(found) or level not in {"+", found[place]}:
            return False
    return len(wanted) == len(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_whatever_matters_is_subscribed_to(case: Case) -> None:
    if case["expect"]["kind"] == "ignore":
        return
    filters = ecosystems.filters(EVERYTHING, READY_MADE)
    assert any(matches(pattern, case["topic"]) for pattern in filters)


def test_each_topic_is_subscribed_to_once() -> None:
    filters = ecosystems.filters((*EVERYTHING, *EVERYTHING), READY_MADE)
    assert len(filters) == len(set(filters))


def test_what_is_not_switched_on_is_not_heard() -> None:
    press = Message("zigbee2mqtt/b/action", b"single")
    assert ecosystems.decode(press, (Choice(ECOSYSTEMS["tasmota"], ("stat",)),)) is None
    assert ecosystems.decode(press, ()) is None


@pytest.mark.parametrize(
    ("name", "prefix", "topic", "payload"),
    [
        ("zigbee2mqtt", "shop/z2m", "shop/z2m/b/action", "single"),
        ("shelly1", "shop/shellies", "shop/shellies/b/input_event/0", '{"event": "S", "event_cnt": 1}'),
        ("tasmota", "shop/stat", "shop/stat/b/BUTTON", "10"),
        ("esphome", "shop", "shop/binary_sensor/panic/state", "ON"),
        ("rtl_433", "radio", "radio/h/events", '{"model": "Generic-Remote", "id": 1, "cmd": 1}'),
        ("chirpstack", "lora", "lora/a/device/01/event/up", '{"fPort": 85, "data": "/y4B"}'),
        ("ttn", "tts", "tts/a@t/devices/d/up", '{"uplink_message": {"f_port": 85, "frm_payload": "/y4B"}}'),
        ("openmqttgateway", "omg", "omg/g/433toMQTT", '{"value": 1}'),
    ],
)
def test_an_ecosystem_is_found_behind_its_own_prefix(name: str, prefix: str, topic: str, payload: str) -> None:
    choice = Choice(ECOSYSTEMS[name], (prefix,))
    decoded = ecosystems.decode(Message(topic, payload.encode()), (choice,))
    assert isinstance(decoded, tuple)
    assert decoded[0].kind == "press"
    assert any(matches(pattern, topic) for pattern in choice.filters())


def test_radio_is_of_unknown_origin_and_nothing_else_is() -> None:
    for case in CASES:
        for reading in readings(case):
            radio = reading.dialect in {"rtl_433", "openmqttgateway"} or "RfReceived" in case["payload"]
            if reading.scope == "button":
                assert reading.broadcast == radio, case["id"]


def test_what_stands_behind_a_bridge_says_which() -> None:
    """So that its death makes them unknown: the bridge's own signs of life bear the same name."""
    for told, behind in (
        ("zigbee2mqtt/bridge/state", "zigbee2mqtt/b/action"),
        ("rtl_433/h/availability", "rtl_433/h/devices/X10-Security/a25d/event"),
        ("home/OMG/LWT", "home/OMG/433toMQTT"),
        ("node/status", "node/binary_sensor/panic/state"),
        ("tele/t/LWT", "stat/t/BUTTON1"),
    ):
        payload = b"1" if "433toMQTT" in behind else b"ON" if "sensor" in behind else b"1"
        bridge = ecosystems.decode(Message(told, b"Offline" if "tele" in told else b"offline"))
        button = ecosystems.decode(Message(behind, payload))
        assert isinstance(bridge, tuple)
        assert isinstance(button, tuple)
        assert bridge[0].kind == "offline"
        assert button[0].gateway_id == (bridge[0].gateway_id or bridge[0].button_id)


def test_only_what_was_heard_just_now_is_a_sign_of_life() -> None:
    for case in CASES:
        for reading in readings(case):
            if reading.sign_of_life:
                assert not case["retain"]
                assert case["expect"]["kind"] != "offline"


def test_a_gateway_tells_what_its_parts_stand_for() -> None:
    answer = {
        "id": 1,
        "src": "gw",
        "result": {
            "components": [
                {"key": "bthomedevice:200", "config": {"id": 200, "addr": "11:22:33:44:55:66"}},
                {"key": "bthomesensor:200", "config": {"id": 200, "addr": "11:22:33:44:55:66", "obj_id": 1}},
                {"key": "switch:0", "config": {"addr": "no"}},
                "nonsense",
            ]
        },
    }
    told = Message("alarmd/rpc", json.dumps(answer).encode())
    assert shelly.components(told) == {
        "gw/bthomedevice:200": Component("11:22:33:44:55:66"),
        "gw/bthomesensor:200": Component("11:22:33:44:55:66", 1),
    }
    event = {"component": "bthomedevice:200", "event": "single_push", "idx": 2}
    pressed = {"src": "gw", "method": "NotifyEvent", "params": {"events": [event]}}
    sensor = Message("gw/status/bthomesensor:200", b'{"id": 200, "value": 61}')
    _, press, battery = lines([told, Message("gw/events/rpc", json.dumps(pressed).encode()), sensor])
    assert (press["button_id"], press["endpoint"]) == ("11:22:33:44:55:66", "2")
    assert (battery["button_id"], battery["kind"], battery["battery_pct"]) == ("11:22:33:44:55:66", "battery", 61)


def test_what_a_sensor_shows_is_not_guessed() -> None:
    (found,) = lines([Message("gw/status/bthomesensor:200", b'{"id": 200, "value": 61}')])
    assert (found["kind"], found["battery_pct"]) == ("heartbeat", None)


@pytest.mark.parametrize(
    ("payload", "hidden", "kept"),
    [
        ('{"action": "disarm", "action_code": "2468", "battery": 9}', "2468", "disarm"),
        ('{"action": "disarm", "action_code": 2468}', "2468", "disarm"),
        ('{"action_code": "24', "24", "action_code"),
        ('{"model": "SimpliSafe-Keypad", "extradata": "Disarm Pin: 1234"}', "1234", "Disarm Pin"),
        ('{"message": "publish \'{\\"action_code\\":\\"2468\\",\\"action\\":\\"disarm\\"}\'"}', "2468", "disarm"),
        ('{"result": {"key": [1, 24680], "addr": "aa"}}', "24680", "addr"),
        pytest.param('{"action_code": "2468"} ' + "\\" * 60_000, "2468", "action_code", id="many backslashes"),
        ('{"join_accept": {"app_s_key": {"key": "S3CRET"}}}', "S3CRET", "join_accept"),
    ],
)
def test_pins_codes_and_keys_are_not_shown(payload: str, hidden: str, kept: str) -> None:
    secrets = frozenset().union(*(one.secrets for one in ECOSYSTEMS.values()))
    shown = redact(payload.encode(), secrets)
    assert hidden not in shown
    assert kept in shown


def test_what_is_no_secret_is_shown_as_it_was() -> None:
    for case in CASES:
        payload = message(case).payload
        try:
            document = json.loads(payload)
        except ValueError:
            continue
        assert json.loads(redact(payload, {"action_code"})) == document

"""Messages by chance: any bytes, any JSON, and real ones with something wrong in them."""

from collections import defaultdict
from random import Random
from typing import Final

from alarmd.core.dialects import ecosystems
from alarmd.core.dialects.custom import DIALECT as CUSTOM
from alarmd.core.dialects.ecosystems import ECOSYSTEMS, Choice
from alarmd.core.signal import Message
from tests.core.dialects.cases import CASES, message
from tests.fuzz.checks import MAPPINGS
from tests.fuzz.mutate import broken
from tests.fuzz.values import any_bytes, any_json, pick, up_to

FURTHER: Final = (  # topics, and payloads, of which there is no case
    ("zigbee2mqtt/b/battery", "100"), ("zigbee2mqtt/b/linkquality", "18"), ("zigbee2mqtt/b/last_seen", "1776440002000"),
    ("zigbee2mqtt/k", '{"action": "disarm", "action_code": "2468", "action_transaction": 84}'),
    ("shelly-blu/events/a4:c1:38:8d:18:b2", '{"pid": 6, "battery": 70, "button": [0, 1, 4], "rssi": -76}'),
    ("gw/rpc", '{"src": "gw", "result": {"components": [{"key": "bthomedevice:200", "config": {"addr": "a"}}]}}'),
    ("s/events/rpc", '{"src": "s", "method": "NotifyStatus", "params": {"devicepower:0": {"battery": {"V": 5.9}}}}'),
    ("shellies/announce", '{"id": "shellybutton1-1", "mac": "A"}'),
    ("shellies/shellyix3-1/input_event/2", '{"event": "L", "event_cnt": 9}'),
    ("rtl_433/h/devices/Generic-Remote/1/cmd", "22"), ("rtl_433/h/states", '{"enabled": 1}'),
    ("rtl_433/h/events", '{"model": "EV1527", "rows": [], "codes": ["{25}b94e478"]}'),
    ("rtl_433/h/events", '{"model": "SimpliSafe-Keypad", "id": "1J", "seq": 3, "extradata": "Disarm Pin 2468"}'),
    ("home/OMG/433toMQTT", '{"value": 7350482, "protocol": 1, "length": 24, "delay": 238, "rssi": -60}'),
    ("home/OMG/PilighttoMQTT", '{"message": {"systemcode": 31, "unitcode": 8, "state": "down"}, "protocol": "elro"}'),
    ("home/OMG/RTL_433toMQTT/x", '{"model": "Kerui-Security", "id": 1, "state": "tamper", "battery_ok": 0}'),
    ("home/OMG/LWT", "online"), ("home/OMG/SYStoMQTT", '{"uptime": 1}'),
    ("home/OMG/BTtoMQTT/A4C1388D18B2", '{"id": "A4:C1", "rssi": -60, "batt": 90, "packet": 7, "button": 1}'),
    ("stat/t/BUTTON1", '{"ACTION": "TRIPLE"}'), ("tele/t/LWT", "Online"),
    ("tele/t/SENSOR", '{"ZbReceived": {"0x1": {"Device": "0x1", "0500!00": "010000FF", "Power": 1, "Endpoint": 2}}}'),
    ("node/event/panic/state", '{"event_type": "long_press"}'), ("node/sensor/batt/state", "83.0"),
    ("node/text_sensor/x/state", "double"), ("v3/a@t/devices/d/join", "{}"),
    ("application/1/device/0101010101010101/event/status", '{"batteryLevel": 3, "externalPowerSource": false}'),
    ("shop/seocho/keys/3",
     '{"what": [{"code": 17, "key": "a"}], "health": {"battery/pct": "83 %", "lid": "FALSE"}, "n": 65535, "ts": 2e9}'),
)  # fmt: skip
NATIVE: Final = (
    ("alarmd/v1/buttons/b-1/press", '{"press_id": "p", "pressed_at": "2026-11-23T22:14:03+09:00", "counter": 7}'),
    ("alarmd/v1/buttons/b-1/heartbeat", '{"battery_pct": 50, "rssi_dbm": -71, "tamper": false, "firmware": "1.4.2"}'),
    ("alarmd/v1/buttons/b-1/receipt", "{}"),
    ("alarmd/v1/gateways/g-1/status", '{"state": "online", "at": "2026-11-23T22:14:03+09:00"}'),
)

_LEVELS: Final = (
    "", "+", "#", "$SYS", " ", "\x00", "\ud800", "서초구", "set", "get", "bridge", "availability", "devices", "event",
    "up", "x" * 200, "x" * 20_000, "%2f", "..", "LWT", "state", "rpc", "status",
)  # fmt: skip


def _by_dialect() -> dict[str, list[tuple[str, bytes]]]:
    found = defaultdict(list)
    real = [(case["topic"], message(case).payload) for case in CASES]
    for topic, payload in (*real, *((topic, text.encode()) for topic, text in FURTHER)):
        found[_dialect(topic, payload)].append((topic, payload))
    found["native"] = [(topic, text.encode()) for topic, text in NATIVE]
    return dict(found)


def _dialect(topic: str, payload: bytes) -> str:
    """Whose topic it is."""
    sent = Message(topic, payload)
    if ecosystems.decode(sent, (), MAPPINGS) is not None:
        return CUSTOM
    for name, ecosystem in ECOSYSTEMS.items():
        if ecosystems.decode(sent, (Choice(ecosystem, ecosystem.prefixes),)) is not None:
            return name
    return "nobody's"


REAL: Final = _by_dialect()
"""Topics and payloads of real messages, by dialect."""


def broken_topic(chance: Random, topic: str) -> str:
    """A topic with one level changed, taken out, put in or doubled, or all of it in another case."""
    levels = topic.split("/")
    at = up_to(chance, len(levels) - 1)
    match up_to(chance, 5):
        case 0:
            levels[at] = pick(chance, _LEVELS)
        case 1:
            del levels[at]
        case 2:
            levels.insert(at, pick(chance, _LEVELS))
        case 3:
            levels.insert(at, levels[at])
        case 4:
            levels[at] = pick(chance, pick(chance, REAL[pick(chance, tuple(REAL))])[0].split("/"))
        case _:
            return topic.swapcase()
    return "/".join(levels)


def any_message(chance: Random, dialect: str) -> Message:
    """A message for a dialect: its topic, and bytes, JSON or a real payload with something wrong in it."""
    topic, payload = pick(chance, REAL[dialect])
    match up_to(chance, 9):
        case 0:
            sent = any_bytes(chance)
        case 1:
            sent = any_json(chance)
        case _:
            sent = broken(chance, payload)
    if up_to(chance, 5) == 0:
        topic = broken_topic(chance, topic)
    return Message(topic, sent, retain=up_to(chance, 9) == 0)

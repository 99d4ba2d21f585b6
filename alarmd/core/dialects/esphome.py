"""ESPHome: `{node}/{component}/{object}/state` in plain text, and the node's birth and will on `{node}/status`."""

import re
from dataclasses import replace
from typing import Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Condition, Decoded, Kind, Reading, State, ignored, is_device_id, stale
from alarmd.core.dialects.fields import Taken, flag, read_object, read_text, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "esphome"
SECRETS: Final[frozenset[str]] = frozenset()

_TOPIC: Final = re.compile(r"(.+)/(binary_sensor|event|text_sensor|sensor)/([^/]+)/state")
_NO_BUTTON: Final = re.compile(
    r"motion|occupancy|presence|door|window|smoke|leak|moisture|light|status|connect|charging|plug|gas|sound|vibration"
)
_TAMPER: Final = re.compile(r"tamper")
_LOW_BATTERY: Final = re.compile(r"batt.*low|low.*batt")
_BATTERY: Final = re.compile(r"_?batt?(ery)?(_?(level|percent(age)?|voltage|v))?$")
_SIGNAL: Final = re.compile(r"rssi|wifi_signal|signal_strength")


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to; the prefix is `+` unless all nodes have one of their own."""
    parts = ("binary_sensor", "event", "text_sensor", "sensor")
    return (*(f"{prefix}/{part}/+/state" for part in parts), f"{prefix}/status")


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    if prefix != "+" and not message.topic.startswith(f"{prefix}/"):
        return None
    topic = _TOPIC.fullmatch(message.topic)
    node, _, last = message.topic.rpartition("/")
    try:
        if topic is not None:
            reading = _object(_checked(topic[1]), topic[2], _checked(topic[3]), message.payload)
            reading = replace(reading, gateway_id=topic[1])
        elif node and last == "status" and (prefix != "+" or "/" not in node):
            reading = _status(_checked(node), read_text(message.payload))
        elif node and last == "debug":
            reading = ignored(DIALECT, "log")[0]
        else:
            return None
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return (stale(reading) if message.retain else reading,)


def _status(node: str, word: str) -> Reading:
    if word not in {"online", "offline"}:
        raise NotJsonError("bad_state", "give online or offline")
    online = word == "online"
    return Reading(DIALECT, node, ("heartbeat" if online else "offline",), gateway_id=node, connects=online)


def _object(node: str, component: str, name: str, payload: bytes) -> Reading:
    match component:
        case "binary_sensor":
            return _binary(node, name, flag(read_text(payload)))
        case "event":
            return _event(node, name, payload)
        case "text_sensor":
            return _text(node, name, read_text(payload))
    return _figure(node, name, read_text(payload))


def _binary(node: str, name: str, on: bool | None) -> Reading:  # noqa: FBT001 (the payload is nothing else)
    """A contact: sent when it changes, and again when the node has come back to the broker."""
    reading = Reading(DIALECT, f"{node}/{name}", ("ignore",), reason="release" if on is False else "no_state")
    if on is None:
        return reading
    if _TAMPER.search(name) or _LOW_BATTERY.search(name):
        tampered = bool(_TAMPER.search(name))
        condition = Condition(tamper=on) if tampered else Condition(battery_low=on)
        kind: Kind = "heartbeat" if not on else "tamper" if tampered else "battery"
        return replace(reading, kinds=(kind,), condition=condition, reason=None)
    if _NO_BUTTON.search(name):
        return replace(reading, reason="no_button")
    reading = replace(reading, state=State("on" if on else "", rides=False))
    return replace(reading, kinds=("press",), event="on", reason=None) if on else reading


def _event(node: str, name: str, payload: bytes) -> Reading:
    word = text(read_object(payload).get("event_type")) if payload.lstrip()[:1] == b"{" else text(read_text(payload))
    reading = Reading(DIALECT, f"{node}/{name}", ("ignore",), reason="no_event")
    return reading if word is None else _deed(reading, word)


def _text(node: str, name: str, word: str) -> Reading:
    """A text may be anything; one that is a deed of a button is one."""
    reading = Reading(DIALECT, f"{node}/{name}", ("ignore",), reason="text")
    deed, _ = words.split(word) if text(word) else ("", None)
    return _deed(reading, word) if words.is_deed(deed) else reading


def _deed(reading: Reading, word: str) -> Reading:
    deed, place = words.split(word)
    kind = words.kind(deed)
    return replace(reading, kinds=(kind,), event=deed, endpoint=place, reason="release" if kind == "ignore" else None)


def _figure(node: str, name: str, value: str) -> Reading:
    """A battery is the node's, or that of the object before it in its name: `panic_battery`."""
    if _SIGNAL.search(name):
        taken = Taken({name: value})
        condition = Condition(rssi_dbm=taken.rssi(name))
        return Reading(DIALECT, node, ("heartbeat",), condition=condition, faults=taken.faults)
    match = _BATTERY.search(name)
    if match is None:
        return Reading(DIALECT, node, ("ignore",), reason="figure")
    taken = Taken({name: value})
    volts = "volt" in match[0] or match[0].endswith("_v")
    condition = Condition(battery_v=taken.volts(name)) if volts else Condition(battery_pct=taken.percent(name))
    kinds: tuple[Kind, ...] = ("battery",) if condition.tells_battery else ("heartbeat",)
    owner = name[: match.start()].rstrip("_")
    button_id = f"{node}/{owner}" if owner else node
    return Reading(DIALECT, button_id, kinds, condition=condition, faults=taken.faults)


def _checked(name: str) -> str:
    if not is_device_id(name):
        raise NotJsonError("bad_id", "the name is no id: 1 to 128 printable characters")
    return name

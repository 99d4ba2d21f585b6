"""The native dialect: `alarmd/v1/buttons/{id}/press`, `.../heartbeat` and `alarmd/v1/gateways/{id}/status`."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from alarmd.core import canary, strict_json
from alarmd.core.signal import (
    MAX_PAYLOAD_BYTES,
    Health,
    Heartbeat,
    Ignored,
    Message,
    Press,
    PressKind,
    Rejected,
    Signal,
    Status,
    is_id,
)
from alarmd.core.strict_json import NotJsonError

PREFIX: Final = "alarmd/v1"
SUBSCRIPTIONS: Final = (
    f"{PREFIX}/buttons/+/press",
    f"{PREFIX}/buttons/+/heartbeat",
    f"{PREFIX}/gateways/+/status",
)

_TOPIC = re.compile(rf"{PREFIX}/(buttons|gateways)/([^/]*)/(press|heartbeat|status|receipt)")
_EARLIEST_YEAR = 2020  # a button whose clock was never set says 1970 or 2000
_COUNTER_MAX = 2**53
_RSSI = range(-200, 101)
_PERCENT = range(101)
_FIRMWARE_LENGTH = 64
_SHOWN_LENGTH = 60


def press_topic(wire_id: str) -> str:
    """The topic that a button's presses are sent to."""
    return f"{PREFIX}/buttons/{wire_id}/press"


def receipt_topic(wire_id: str) -> str:
    """The topic that tells a button what became of its press."""
    return f"{PREFIX}/buttons/{wire_id}/receipt"


def decode(message: Message) -> Signal | None:
    """What a message means; None when its topic is not of this dialect."""
    match = _TOPIC.fullmatch(message.topic)
    if match is None:
        return None
    what, device, suffix = match.groups()
    if not is_id(device):
        return Rejected("bad_id", f"{device!r} is no id: 1 to 64 of A-Z a-z 0-9 _ . : -")
    reader = _READERS.get((what, suffix))
    return reader(device, message) if reader else None


def read_press(wire_id: str, payload: bytes) -> Press | Rejected:
    """Read a press's payload. An empty one, or one without press_id, is still a press.

    One of a reserved id is a canary, whatever its payload says.
    """
    try:
        members = _members(payload)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail, wire_id=wire_id)
    press_id = members.get("press_id")
    if press_id is not None and not (isinstance(press_id, str) and is_id(press_id)):
        return Rejected("bad_press_id", f"press_id {_short(press_id)}: 1 to 64 of A-Z a-z 0-9 _ . : -", wire_id=wire_id)
    kind = "canary" if canary.is_canary(wire_id) else _kind(members.get("kind"))
    if kind is None:
        detail = f"kind {_short(members.get('kind'))}: give panic, test or cancel"
        return Rejected("bad_kind", detail, wire_id=wire_id, press_id=press_id)
    faults: list[str] = []
    return Press(
        wire_id=wire_id,
        press_id=press_id,
        kind=kind,
        pressed_at=_time(members, faults),
        counter=_integer(members, "counter", range(_COUNTER_MAX), faults),
        health=_health(members, faults),
        faults=tuple(faults),
    )


def _press(wire_id: str, message: Message) -> Signal:
    if message.retain:
        detail = "the broker kept this press and sent it again on subscribing; it opens no alarm"
        return Rejected("retained", detail, wire_id=wire_id)
    return read_press(wire_id, message.payload)


def _heartbeat(wire_id: str, message: Message) -> Signal:
    if message.retain:
        return Ignored("retained")
    try:
        members = _members(message.payload)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return Heartbeat(wire_id, _health(members, []))


def _status(gateway_id: str, message: Message) -> Signal:
    try:
        state = _members(message.payload).get("state")
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    match state:
        case "online" if message.retain:
            return Ignored("retained")
        case "online" | "offline":
            return Status(gateway_id.lower(), state)
    return Rejected("bad_state", f"state {_short(state)}: give online or offline")


def _receipt(_: str, __: Message) -> Signal:
    return Ignored("receipt")


_READERS: Final = {
    ("buttons", "press"): _press,
    ("buttons", "heartbeat"): _heartbeat,
    ("buttons", "receipt"): _receipt,
    ("gateways", "status"): _status,
}


def _members(payload: bytes) -> dict[str, Any]:
    """The members of a JSON object; an empty payload has none."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise NotJsonError("payload_too_large", f"{len(payload)} bytes: at most {MAX_PAYLOAD_BYTES} are taken")
    if not payload.strip():
        return {}
    value = strict_json.read(payload)
    if not isinstance(value, dict):
        raise NotJsonError("not_an_object", f"a JSON object was expected, not {_short(value)}")
    return value


def _kind(value: object) -> PressKind | None:
    match value:
        case None:
            return "panic"
        case "panic" | "test" | "cancel":
            return value
    return None


def _health(members: dict[str, Any], faults: list[str]) -> Health:
    return Health(
        battery_pct=_integer(members, "battery_pct", _PERCENT, faults),
        rssi_dbm=_integer(members, "rssi_dbm", _RSSI, faults),
        tamper=_flag(members, faults),
        firmware=_text(members, "firmware", faults),
        gateway_id=_id(members, "gateway_id", faults),
    )


def _time(members: dict[str, Any], faults: list[str]) -> datetime | None:
    value = members.get("pressed_at")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC) if _has_offset(value) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.year < _EARLIEST_YEAR:
        faults.append("pressed_at")
        return None
    return moment


def _has_offset(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _integer(members: dict[str, Any], name: str, allowed: range, faults: list[str]) -> int | None:
    value = members.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value in allowed):
        return value
    faults.append(name)
    return None


def _flag(members: dict[str, Any], faults: list[str]) -> bool | None:
    value = members.get("tamper")
    if value is None or isinstance(value, bool):
        return value
    faults.append("tamper")
    return None


def _text(members: dict[str, Any], name: str, faults: list[str]) -> str | None:
    value = members.get(name)
    if value is None or (isinstance(value, str) and len(value) <= _FIRMWARE_LENGTH and value.isprintable()):
        return value
    faults.append(name)
    return None


def _id(members: dict[str, Any], name: str, faults: list[str]) -> str | None:
    value = members.get(name)
    if value is None:
        return None
    if isinstance(value, str) and is_id(value):
        return value.lower()
    faults.append(name)
    return None


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."

"""Zigbee2MQTT, 1.x and 2.x: JSON on `{prefix}/{friendly name}`, single attributes on topics below it, the bridge."""

import re
from dataclasses import replace
from typing import Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import (
    Condition,
    Counter,
    Decoded,
    Kind,
    Reading,
    State,
    ignored,
    is_device_id,
    most_urgent,
    stale,
)
from alarmd.core.dialects.fields import Members, Taken, flag, inner, read_object, read_text, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "zigbee2mqtt"
SECRETS: Final = frozenset({"action_code", "pin_code", "code", "network_key"})

_ATTRIBUTES: Final = {
    "action", "click", "battery", "battery_low", "voltage", "linkquality", "tamper", "test", "sos", "panic",
    "emergency", "last_seen",
}  # fmt: skip
_ATTRIBUTE: Final = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")
_STATES: Final = ("sos", "panic", "emergency")
_SIGNS_OF_LIFE: Final = {"device_announce", "device_joined", "device_interview"}


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to."""
    return (f"{prefix}/#",)


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    if not message.topic.startswith(f"{prefix}/"):
        return None
    name = message.topic.removeprefix(f"{prefix}/")
    try:
        readings = _bridge(name, message) if name.startswith("bridge/") else _device(name, message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    readings = tuple(
        replace(reading, gateway_id=prefix) for reading in readings
    )  # its bridge, and so the bridge itself
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def _bridge(name: str, message: Message) -> tuple[Reading, ...]:
    match name.removeprefix("bridge/"):
        case "state":
            online = _is_online(message.payload)
            kind: Kind = "heartbeat" if online else "offline"
            return (Reading(DIALECT, None, (kind,), scope="bridge", connects=online),)
        case "health":
            connected = flag(inner(read_object(message.payload), "mqtt").get("connected"))
            return (Reading(DIALECT, None, ("offline" if connected is False else "heartbeat",), scope="bridge"),)
        case "event":
            return _event(read_object(message.payload))
    return ignored(DIALECT, "bridge", scope="bridge")


def _event(members: Members) -> tuple[Reading, ...]:
    happened, data = text(members.get("type")), inner(members, "data")
    button_id = text(data.get("ieee_address"))
    if button_id is None or happened is None:
        return ignored(DIALECT, "bridge_event", scope="bridge")
    told = Reading(DIALECT, button_id, ("ignore",), event=happened, alias=text(data.get("friendly_name")))
    told = replace(told, model=text(inner(data, "definition").get("model")))
    if happened == "device_leave":
        return (replace(told, kinds=("offline",)),)
    if happened in _SIGNS_OF_LIFE and data.get("status") != "failed":
        return (replace(told, kinds=("heartbeat",), restarts=True),)
    return (replace(told, reason="bridge_event"),)


def _device(name: str, message: Message) -> tuple[Reading, ...]:
    above, _, last = name.rpartition("/")
    if last in {"set", "get"} or "/set/" in name or "/get/" in name:
        return ignored(DIALECT, "command")
    if above and last == "availability":
        kind: Kind = "heartbeat" if _is_online(message.payload) else "offline"
        return (Reading(DIALECT, _checked(above), (kind,)),)
    if message.payload.lstrip()[:1] == b"{":
        return (_report(_checked(name), read_object(message.payload)),)
    if not above:
        return ignored(DIALECT, "no_report" if message.payload.strip() else "removed", _checked(name))
    if last in _ATTRIBUTES:
        return (_attribute(_checked(above), last, read_text(message.payload)),)
    known = _ATTRIBUTE.fullmatch(last) is not None
    return ignored(DIALECT, "attribute" if known else "no_report", _checked(above if known else name))


def _attribute(button_id: str, name: str, value: str) -> Reading:
    """One topic per attribute (`advanced.output: attribute`), and the plain action for Home Assistant's triggers."""
    reading = _report(button_id, {name: None if value in {"", "null"} else value})
    if reading.kind == "ignore" and name in {"linkquality", "voltage", "last_seen", "battery_low", "tamper"}:
        return replace(reading, kinds=("heartbeat",), reason=None)
    return reading


def _report(button_id: str, members: Members) -> Reading:
    taken = Taken(members)
    condition = Condition(
        battery_pct=taken.percent("battery"),
        battery_v=taken.volts("voltage"),
        battery_low=taken.flag("battery_low"),
        link_quality=taken.link_quality("linkquality"),
        tamper=taken.flag("tamper"),
    )
    told = _told(members)
    device = inner(members, "device")
    kinds = _kinds(members, condition, told)
    return Reading(
        DIALECT,
        button_id,
        kinds,
        event=told.event,
        endpoint=told.endpoint,
        model=text(device.get("model")),
        alias=text(device.get("ieeeAddr")),
        counter=_transaction(taken) if told.event else None,
        condition=condition,
        at=taken.moment("last_seen"),
        state=told.state,
        faults=taken.faults,
        reason=told.reason or ("nothing_told" if kinds == ("ignore",) else None),
    )


def _told(members: Members) -> Reading:
    """The event of a report alone: an action is a moment, `sos: true` a state that Zigbee2MQTT keeps and repeats."""
    action = text(members.get("action")) or text(members.get("click"))
    if action is not None:
        deed, place = words.split(action)
        kind = words.kind(deed)
        return Reading(DIALECT, None, (kind,), deed, place, reason="release" if kind == "ignore" else None)
    if members.get("action") == "" or members.get("click") == "":
        return Reading(DIALECT, None, ("ignore",), reason="release")
    for name in _STATES:
        pressed = flag(members.get(name))
        if pressed is not None:
            state = State(name if pressed else "", rides=True)
            return Reading(
                DIALECT, None, ("press" if pressed else "heartbeat",), name if pressed else None, state=state
            )
    return Reading(DIALECT, None, ("heartbeat",))


def _kinds(members: Members, condition: Condition, told: Reading) -> tuple[Kind, ...]:
    found: set[Kind] = {told.kind} - {"heartbeat", "ignore"}
    if condition.tamper:
        found.add("tamper")
    if flag(members.get("test")):
        found.add("test")
    if told.kind == "ignore" and not found:
        return ("ignore",)
    if condition.tells_battery:
        found.add("battery")
    if found == {"battery"} and "last_seen" in members and "action" not in members and not told.state:
        return ("heartbeat", "battery")  # what is new is that it was seen; the battery only rides along
    return most_urgent(found) or (("heartbeat",) if _heard(members) else ("ignore",))


def _heard(members: Members) -> bool:
    return any(name in members for name in ("linkquality", "last_seen", "battery", "action", *_STATES))


def _transaction(taken: Taken) -> Counter | None:
    count = taken.counter("action_transaction", 8)
    return None if count is None else Counter(count, 8)


def _is_online(payload: bytes) -> bool:
    """Both ways: `online`, and `{"state": "online"}`."""
    word: str | None = read_text(payload)
    if payload.lstrip()[:1] == b"{":
        word = text(read_object(payload).get("state"))
    if word not in {"online", "offline"}:
        raise NotJsonError("bad_state", "give online or offline")
    return word == "online"


def _checked(name: str) -> str:
    if not is_device_id(name):
        raise NotJsonError("bad_id", "the friendly name is no id: 1 to 128 printable characters")
    return name

"""Shelly Gen2 and later: RPC notifications, status topics, BLU buttons through a gateway or its script."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import bthome, words
from alarmd.core.dialects.device import (
    Component,
    Condition,
    Decoded,
    Kind,
    Reading,
    State,
    ignored,
    is_device_id,
    stale,
)
from alarmd.core.dialects.fields import Members, Taken, flag, inner, read_object, read_text, read_value, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "shelly"
SECRETS: Final = frozenset({"key", "pass", "password", "ha1"})
BLU_PREFIX: Final = "shelly-blu/events"

_TOPIC: Final = re.compile(r"(.+?)/(events/rpc|rpc|online|status/([^/]+)|announce)")
_ADDRESS: Final = re.compile(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")
_BUTTONS: Final = ("input:", "button:", "bthomedevice:", "bthomesensor:", "bthomecontrol:", "blutrv:")
_PUSH: Final = re.compile(r".*_(push|press)|toggle_on")
_RELEASES: Final = {"btn_down", "btn_up", "toggle_off"}
_INPUTS_ONLY: Final = ("shellyplusi4", "shellyi4", "shellyplusuni")  # their inputs switch nothing of their own
_SLEEPERS: Final = ("shellyplusht", "shellyht", "shellyplussmoke", "shellyflood")

Known = Mapping[str, Component]


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to; the prefix is `+` unless the devices were given one of their own."""
    mine = tuple(f"{prefix}/{rest}" for rest in ("events/rpc", "rpc", "online", "status/+"))
    return (*mine, f"{BLU_PREFIX}/+", "+")  # a script may publish on the bare address


def decode(message: Message, prefix: str, known: Known | None = None) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect.

    Args:
        message: as it came.
        prefix: `+`, or the topic prefix that all the devices share.
        known: what the parts of gateways stand for, by `{gateway}/{component}`; see `components`.
    """
    address = message.topic.removeprefix(f"{BLU_PREFIX}/")
    topic = _TOPIC.fullmatch(message.topic)
    if topic is None and not _ADDRESS.fullmatch(address):
        return None
    if topic is not None and prefix != "+" and not topic[1].startswith(prefix):
        return None
    try:
        readings = _advertisement(address, message) if topic is None else _told(topic, message, known or {})
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def components(message: Message) -> dict[str, Component]:
    """What a gateway's answer to `Shelly.GetComponents` tells of its parts, by `{gateway}/{component}`."""
    try:
        members = read_object(message.payload)
    except NotJsonError:
        return {}
    gateway, listed = text(members.get("src")), inner(members, "result").get("components")
    found = {}
    for one in listed if isinstance(listed, list) and gateway else ():
        part = one if isinstance(one, Mapping) else {}
        key, address = text(part.get("key")), text(inner(part, "config").get("addr"))
        if key and address and key.startswith("bthome"):
            object_id = inner(part, "config").get("obj_id")
            found[f"{gateway}/{key}"] = Component(address, object_id if isinstance(object_id, int) else None)
    return found


def _advertisement(address: str, message: Message) -> tuple[Reading, ...]:
    members = read_object(message.payload)
    return bthome.read(DIALECT, _address(members) or address, inner(members, "service_data") or members, members)


def _told(topic: re.Match[str], message: Message, known: Known) -> tuple[Reading, ...]:
    device = topic[1]
    if not is_device_id(device):
        raise NotJsonError("bad_id", "the topic prefix is no id: 1 to 128 printable characters")
    match topic[2]:
        case "online":
            return (_online(device, read_text(message.payload)),)
        case "events/rpc":
            return _notification(device, read_object(message.payload), known)
        case "rpc" | "announce":
            return ignored(DIALECT, "answer")
    value = read_value(message.payload)
    members = value if isinstance(value, Mapping) else {}
    reading = _status(device, topic[3], members, known)
    return (reading,) if reading else ignored(DIALECT, "status")


def _online(device: str, word: str) -> Reading:
    online = flag(word)
    if online is None:
        raise NotJsonError("bad_state", "give true or false")
    if not online and device.startswith(_SLEEPERS):
        return Reading(DIALECT, device, ("ignore",), reason="asleep")
    kinds: tuple[Kind, ...] = ("heartbeat" if online else "offline",)
    return Reading(DIALECT, device, kinds, gateway_id=device, connects=online)


def _notification(topic_device: str, members: Members, known: Known) -> tuple[Reading, ...]:
    device = text(members.get("src")) or topic_device
    params = inner(members, "params")
    match members.get("method"):
        case "NotifyEvent":
            events = params.get("events")
            listed = [event for event in events if isinstance(event, Mapping)] if isinstance(events, list) else []
            readings = [reading for event in listed for reading in _event(device, event, known)]
        case "NotifyStatus" | "NotifyFullStatus":
            parts = [(name, part) for name, part in params.items() if isinstance(part, Mapping)]
            found = [_status(device, name, part, known) for name, part in parts]
            readings = [reading for reading in found if reading is not None]
        case _:
            readings = []
    return tuple(readings) or ignored(DIALECT, "status")


def _event(device: str, event: Members, known: Known) -> tuple[Reading, ...]:
    part, word = text(event.get("component")) or "", words.normal(text(event.get("event")) or "")
    data = inner(event, "data")
    if part.startswith("script:") and (address := _address(data)):
        readings = bthome.read(DIALECT, address, inner(data, "service_data") or data, data)
        return tuple(replace(reading, gateway_id=device) for reading in readings)
    if not part.startswith(_BUTTONS) or not (_PUSH.fullmatch(word) or word in _RELEASES):
        return ignored(DIALECT, "event")
    taken = Taken(event)
    released = word in _RELEASES
    reading = Reading(
        DIALECT,
        _button_id(device, part, known),
        ("ignore",) if released else ("press",),
        event=word,
        endpoint=text(event.get("idx")),
        at=taken.moment("ts"),
        gateway_id=device,
        faults=taken.faults,
        reason="release" if released else None,
    )
    return (reading,)


def _status(device: str, part: str, members: Members, known: Known) -> Reading | None:
    """What the status of one component says; None when it is none of a button's."""
    button_id = _button_id(device, part, known)
    family = part.partition(":")[0]
    if family == "input":
        return _input(device, button_id, members)
    if family == "devicepower":
        battery = Taken(inner(members, "battery"))
        return _powered(Condition(battery.percent("percent"), battery.volts("V")), device, device, battery)
    if family == "bthomedevice":
        taken = Taken(members)
        return _powered(Condition(taken.percent("battery"), rssi_dbm=taken.rssi("rssi")), button_id, device, taken)
    if family == "bthomesensor":
        component = known.get(f"{device}/{part}")
        taken = Taken(members)
        percent = taken.percent("value") if component and component.object_id == bthome.BATTERY else None
        return _powered(Condition(percent), button_id, device, taken)
    return None


def _input(device: str, button_id: str, members: Members) -> Reading:
    """An input has a state only in switch mode; a push-button's is always null, and its events tell."""
    state = flag(members.get("state"))
    reading = Reading(DIALECT, button_id, ("ignore",), gateway_id=device, reason="no_state")
    if state is None:
        return reading
    reading = replace(reading, state=State("on" if state else "", rides=True), reason="switch")
    if state and device.startswith(_INPUTS_ONLY):
        return replace(reading, kinds=("press",), event="on", reason=None)
    return replace(reading, event="on" if state else "off")


def _powered(condition: Condition, button_id: str, device: str, taken: Taken) -> Reading:
    kinds: tuple[Kind, ...] = ("battery", "heartbeat") if condition.tells_battery else ("heartbeat",)
    at = taken.moment("last_updated_ts")
    return Reading(DIALECT, button_id, kinds, condition=condition, at=at, gateway_id=device, faults=taken.faults)


def _button_id(device: str, part: str, known: Known) -> str:
    component = known.get(f"{device}/{part}")
    return component.address if component else f"{device}/{part}"


def _address(members: Members) -> str | None:
    found: Any = members.get("addr", members.get("address", members.get("mac")))
    return found if isinstance(found, str) and _ADDRESS.fullmatch(found) else None

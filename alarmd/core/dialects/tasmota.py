"""Tasmota: `stat/{device}/RESULT`, `tele/{device}/...`: buttons, switches, Zigbee and RF bridges."""

import re
from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import tasmota_zigbee, words
from alarmd.core.dialects.device import Condition, Decoded, Reading, State, ignored, is_device_id, stale
from alarmd.core.dialects.fields import Members, Taken, inner, read_object, read_text, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "tasmota"
SECRETS: Final = frozenset({"Password1", "Password2", "MqttPassword", "WebPassword"})

_BUTTON: Final = re.compile(r"(Button|Switch)(\d{1,2})", re.IGNORECASE)
_BUTTON_TOPIC: Final = re.compile(r"(BUTTON|SWITCH)(\d{0,2})")
_NUMBERS: Final = {  # what rules publish with %value%
    "0": "off", "1": "on", "2": "toggle", "3": "hold", "4": "inc_dec", "5": "invert", "6": "clear", "7": "clear",
    "8": "double", "10": "single", "11": "double", "12": "triple", "13": "quad", "14": "penta", "15": "clear",
}  # fmt: skip


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to; the prefix is that of results and telemetry, `stat` and `tele` by default."""
    return (f"{prefix}/#",)


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    device, _, last = message.topic.removeprefix(f"{prefix}/").rpartition("/")
    if not device or not message.topic.startswith(f"{prefix}/"):
        return None
    try:
        readings = _told(device, last, message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    readings = tuple(replace(reading, gateway_id=device) for reading in readings)
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def _told(device: str, last: str, message: Message) -> tuple[Reading, ...]:
    if not is_device_id(device):
        raise NotJsonError("bad_id", "the topic is no id: 1 to 128 printable characters")
    if last == "LWT":
        return (_will(device, read_text(message.payload)),)
    plain = _BUTTON_TOPIC.fullmatch(last)
    if plain is not None:
        return (_button_topic(device, plain, message.payload),)
    if last == "STATE":
        taken = Taken(inner(read_object(message.payload), "Wifi"))
        condition = Condition(rssi_dbm=taken.rssi("Signal"))  # its RSSI is a percentage
        return (Reading(DIALECT, device, ("heartbeat",), condition=condition, faults=taken.faults),)
    if last in {"RESULT", "SENSOR", "ZbReceived", "RfReceived"}:
        return tuple(_result(device, read_object(message.payload))) or _nothing(device, last)
    return ignored(DIALECT, "status", device)


def _nothing(device: str, last: str) -> tuple[Reading, ...]:
    """A periodic report shows that the device is there; the result of a command is somebody's else."""
    return (Reading(DIALECT, device, ("heartbeat",)),) if last == "SENSOR" else ignored(DIALECT, "result", device)


def _will(device: str, word: str) -> Reading:
    if word not in {"Online", "Offline"}:
        raise NotJsonError("bad_state", "give Online or Offline")
    online = word == "Online"
    return Reading(DIALECT, device, ("heartbeat" if online else "offline",), connects=online)


def _button_topic(device: str, topic: re.Match[str], payload: bytes) -> Reading:
    """`stat/{device}/BUTTON1` with {"ACTION": "SINGLE"}, or with the bare number that a rule published."""
    word: Any = read_text(payload)
    if payload.lstrip()[:1] == b"{":
        members = read_object(payload)
        word = members.get("ACTION", members.get("Action", members.get("STATE")))
    number = topic[2]
    return _press(f"{device}/{_part(topic[1], number)}" if number else device, word)


def _result(device: str, members: Members) -> list[Reading]:
    readings = []
    for name, value in members.items():
        match = _BUTTON.fullmatch(name)
        if match is None:
            continue
        button_id = f"{device}/{_part(match[1], match[2])}"
        if isinstance(value, dict):
            readings.append(_press(button_id, value.get("Action", value.get("ACTION"))))
        elif match[1].lower() == "switch":
            readings.append(_switch(button_id, value))
    received = inner(members, "ZbReceived")
    readings.extend(tasmota_zigbee.read(DIALECT, device, key, inner(received, key)) for key in received)
    if "RfReceived" in members:
        readings.append(_radio(device, inner(members, "RfReceived")))
    return readings


def _part(family: str, number: str) -> str:
    """The first button is `1`, the first switch `switch1`: a wall switch is no panic button."""
    return number if family.lower() == "button" else f"switch{number}"


def _press(button_id: str, word: Any) -> Reading:
    said = text(word)
    if said is None:
        return Reading(DIALECT, button_id, ("ignore",), reason="no_action")
    event = _NUMBERS.get(said, words.normal(said))
    kind = words.kind(event)
    return Reading(DIALECT, button_id, (kind,), event, reason="release" if kind == "ignore" else None)


def _switch(button_id: str, word: Any) -> Reading:
    """A switch's position: sent when it changes, and again with every periodic report."""
    reading = _press(button_id, word)
    return replace(reading, state=State(reading.event or "" if reading.kind == "press" else "", rides=True))


def _radio(device: str, members: Members) -> Reading:
    """A code that an RF bridge heard: which key of whose remote it was only the registry can tell."""
    code = text(members.get("Data"))
    reading = Reading(DIALECT, code, ("press",), "code", gateway_id=device, broadcast=True)
    return reading if code else replace(reading, kinds=("ignore",), event=None, reason="no_code")

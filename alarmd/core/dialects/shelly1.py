"""Shelly Gen1: `{prefix}/{device}/input_event/0` and its plain figures. The last event is published again and again."""

import re
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
    stale,
)
from alarmd.core.dialects.fields import Taken, flag, read_object, read_text, text
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "shelly"
SECRETS: Final[frozenset[str]] = frozenset({"pass", "password"})

_EVENTS: Final = {
    "S": "single",
    "SS": "double",
    "SSS": "triple",
    "L": "long",
    "SL": "short_long",
    "LS": "long_short",
}
_SLEEPERS: Final = re.compile(r"shelly(button|ht|dw|flood|smoke|motion|sense)")
_CHANNEL: Final = re.compile(r"[0-9]{1,2}")
_FIGURES: Final = {"battery", "tamper"}


def filters(prefix: str) -> tuple[str, ...]:
    """The topics to subscribe to."""
    return (f"{prefix}/#",)


def decode(message: Message, prefix: str) -> Decoded | None:
    """What a message says; None when its topic is not of this dialect."""
    if not message.topic.startswith(f"{prefix}/"):
        return None
    device, _, rest = message.topic.removeprefix(f"{prefix}/").partition("/")
    try:
        readings = _told(device, rest, message)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return tuple(stale(reading) for reading in readings) if message.retain else readings


def _told(device: str, rest: str, message: Message) -> tuple[Reading, ...]:
    if not rest:
        named = text(read_object(message.payload).get("id")) if device == "announce" else None
        return (Reading(DIALECT, named, ("heartbeat",)),) if named else ignored(DIALECT, "command")
    if not is_device_id(device):
        raise NotJsonError("bad_id", "the device's name is no id: 1 to 128 printable characters")
    if rest in {"announce", "info"}:
        return (Reading(DIALECT, device, ("heartbeat",)),)
    match rest.split("/"):
        case ["input_event", channel] if _CHANNEL.fullmatch(channel):
            return (_event(device, channel, message),)
        case ["sensor", figure] if figure in _FIGURES:
            return (_figure(device, figure, read_text(message.payload)),)
        case ["online"]:
            return (_online(device, read_text(message.payload)),)
    return ignored(DIALECT, "told_by_input_event" if rest.startswith(("input/", "longpush/")) else "status", device)


def _event(device: str, channel: str, message: Message) -> Reading:
    """What was pressed last. Only a changed count is a press: it is told again on each update and reconnect."""
    members = read_object(message.payload)
    taken = Taken(members)
    count = taken.counter("event_cnt", 16)
    word = text(members.get("event"))
    event = None if word is None else _EVENTS.get(word, words.normal(word))
    value = "" if event is None else f"{event}:{count}"
    button_id = device if channel == "0" and not device.startswith("shellyix3") else f"{device}/input:{channel}"
    return Reading(
        DIALECT,
        button_id,
        ("press",) if event else ("ignore",),
        event=event,
        counter=None if count is None or event is None else Counter(count, 16),
        state=None if count is None else State(value, rides=True),
        restarts=event is None,
        faults=taken.faults,
        reason=None if event else "nothing_pressed",
    )


def _figure(device: str, figure: str, value: str) -> Reading:
    taken = Taken({figure: value})
    if figure == "tamper":
        tamper = taken.flag("tamper")
        kinds: tuple[Kind, ...] = ("tamper",) if tamper else ("heartbeat",)
        return Reading(DIALECT, device, kinds, condition=Condition(tamper=tamper), faults=taken.faults)
    condition = Condition(battery_pct=taken.percent("battery"))
    kinds = ("battery",) if condition.tells_battery else ("heartbeat",)
    return Reading(DIALECT, device, kinds, condition=condition, faults=taken.faults)


def _online(device: str, word: str) -> Reading:
    online = flag(word)
    if online is None:
        raise NotJsonError("bad_state", "give true or false")
    if not online and _SLEEPERS.match(device):
        return Reading(DIALECT, device, ("ignore",), reason="asleep")  # it goes after every press, by design
    return Reading(DIALECT, device, ("heartbeat" if online else "offline",))

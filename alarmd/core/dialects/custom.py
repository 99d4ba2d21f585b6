"""An operator's own mapping: a topic with names in it, and for each field a JSON pointer or a plain value."""

import re
from collections.abc import Mapping as Members
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

from alarmd.core.dialects import words
from alarmd.core.dialects.device import (
    URGENCY,
    Bits,
    Condition,
    Counter,
    Decoded,
    Kind,
    Reading,
    is_device_id,
    most_urgent,
    stale,
)
from alarmd.core.dialects.fields import Taken, read_text, read_value, text
from alarmd.core.errors import InvalidError
from alarmd.core.signal import Message, Rejected
from alarmd.core.strict_json import NotJsonError

DIALECT: Final = "custom"

WHOLE_PAYLOAD: Final = "$"
FIELDS: Final = (
    "button_id", "event", "endpoint", "model", "gateway_id", "battery_pct", "battery_v", "battery_low", "link_quality",
    "rssi_dbm", "tamper", "counter", "at",
)  # fmt: skip
_WIDTHS: Final = (8, 16, 32)
_NAMED: Final = re.compile(r"\{([a-z_]{1,32})\}")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How to read the messages of one kind of device.

    Attributes:
        name: for people.
        topic: levels as on the wire; `{name}` stands for any text within its level, and is known by that name.
        fields: where each field is: `/a/b` is a JSON pointer into the payload, `$` the whole payload, anything else is
            meant as it stands, with `{name}` replaced by what the topic had there. `button_id` is needed.
        events: what a word of the device means, in words that a profile knows.
        kinds: what an event is, where the default would not do.
        counter_bits: how wide the counter is.
    """

    name: str
    topic: str
    fields: Members[str, str]
    events: Members[str, str] = field(default_factory=dict)
    kinds: Members[str, Kind] = field(default_factory=dict)
    counter_bits: Bits = 32

    def filter(self) -> str:
        """The topic to subscribe to."""
        return "/".join("+" if _NAMED.search(level) else level for level in self.topic.split("/"))


def read(document: Members[str, Any]) -> Mapping:
    """The mapping that a JSON document describes; its members are those of `Mapping`.

    Raises:
        InvalidError: something in it is wrong; it says what, and how to mend it.
    """
    name, topic = text(document.get("name")), text(document.get("topic"))
    if name is None or topic is None or "#" in topic or "+" in topic:
        raise InvalidError(
            'mapping: give "name" and "topic"; write {word} for a changing part of the topic, not + or #'
        )
    found = {part: _strings(document, part, name) for part in ("fields", "events", "kinds")}
    if "button_id" not in found["fields"]:
        raise InvalidError(f'mapping {name}: "fields" needs "button_id"')
    for unknown in set(found["fields"]) - set(FIELDS):
        raise InvalidError(f"mapping {name}: there is no field {unknown}; the fields are {', '.join(FIELDS)}")
    for unknown in set(found["kinds"].values()) - set(URGENCY):
        raise InvalidError(f"mapping {name}: {unknown} is no kind; give one of {', '.join(URGENCY)}")
    if document.get("counter_bits", 32) not in _WIDTHS:
        raise InvalidError(f'mapping {name}: "counter_bits" is 8, 16 or 32')
    named = set(_NAMED.findall(topic))
    for unknown in {word for source in found["fields"].values() for word in _NAMED.findall(source)} - named:
        raise InvalidError(f"mapping {name}: {{{unknown}}} is not in its topic")
    kinds = {event: cast("Kind", kind) for event, kind in found["kinds"].items()}
    return Mapping(name, topic, found["fields"], found["events"], kinds, document.get("counter_bits", 32))


def decode(message: Message, mapping: Mapping) -> Decoded | None:
    """What a message says by the mapping; None when its topic is another."""
    named = _match(mapping.topic, message.topic)
    if named is None:
        return None
    try:
        reading = _told(mapping, named, message.payload)
    except NotJsonError as error:
        return Rejected(error.reason, error.detail)
    return (stale(reading) if message.retain else reading,)


def _told(mapping: Mapping, named: Members[str, str], payload: bytes) -> Reading:
    values = _values(mapping, named, payload)
    button_id = text(values.get("button_id"))
    if button_id is None or not is_device_id(button_id):
        raise NotJsonError("bad_id", f"mapping {mapping.name} found no id of a button in it")
    taken = Taken(values)
    condition = Condition(
        battery_pct=taken.percent("battery_pct"),
        battery_v=taken.volts("battery_v"),
        battery_low=taken.flag("battery_low"),
        link_quality=taken.link_quality("link_quality"),
        rssi_dbm=taken.rssi("rssi_dbm"),
        tamper=taken.flag("tamper"),
    )
    count = taken.counter("counter", mapping.counter_bits)
    word = text(values.get("event"))
    event = None if word is None else mapping.events.get(word, words.normal(word))
    kinds = _kinds(mapping, event, condition)
    if not payload and "event" in mapping.fields and mapping.fields["event"] == WHOLE_PAYLOAD:
        kinds = ("ignore",)
    return Reading(
        DIALECT,
        button_id,
        kinds,
        event=event,
        endpoint=text(values.get("endpoint")),
        model=text(values.get("model")) or mapping.name,
        counter=None if count is None else Counter(count, mapping.counter_bits),
        condition=condition,
        at=taken.moment("at"),
        gateway_id=text(values.get("gateway_id")),
        faults=taken.faults,
        reason="release" if kinds == ("ignore",) else None,
    )


def _kinds(mapping: Mapping, event: str | None, condition: Condition) -> tuple[Kind, ...]:
    found: set[Kind] = set()
    if event is not None:
        found.add(mapping.kinds.get(event, words.kind(event)))
    if condition.tamper:
        found.add("tamper")
    if found == {"ignore"}:
        return ("ignore",)
    if condition.tells_battery:
        found.add("battery")
    return most_urgent(found - {"ignore"}) or ("heartbeat",)


def _values(mapping: Mapping, named: Members[str, str], payload: bytes) -> dict[str, Any]:
    """What each field says; where the payload is no JSON, pointers into it find nothing."""
    document: Any = None
    if any(source.startswith("/") for source in mapping.fields.values()) and payload.strip():
        document = read_value(payload)
    found: dict[str, Any] = {}
    for name, source in mapping.fields.items():
        if source == WHOLE_PAYLOAD:
            found[name] = read_text(payload)
        elif source.startswith("/"):
            found[name] = point(document, source)
        else:
            found[name] = _NAMED.sub(lambda match: named.get(match[1], ""), source)
    return found


def point(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) points at; None where there is nothing."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and len(name) < len("10000") and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def _match(pattern: str, topic: str) -> dict[str, str] | None:
    """What stands in the topic for each name of the pattern; None where it does not match."""
    match = _expression(pattern).fullmatch(topic)
    return None if match is None else match.groupdict()


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression; a name that stands in it twice is the same text twice."""
    seen: set[str] = set()
    parts = []
    for place, piece in enumerate(_NAMED.split(pattern)):  # text, name, text, name, ..., text
        if place % 2 == 0:
            parts.append(re.escape(piece))
        else:
            parts.append(f"(?P={piece})" if piece in seen else f"(?P<{piece}>[^/]+)")
            seen.add(piece)
    return re.compile("".join(parts))


def _strings(document: Members[str, Any], part: str, name: str) -> dict[str, str]:
    found = document.get(part, {})
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InvalidError(f'mapping {name}: "{part}" is an object of strings')
    return {str(key): value for key, value in found.items()}

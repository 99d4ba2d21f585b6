"""What LoRaWAN buttons say through the codec of any maker or network server: by the names that it gives things."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Condition, Kind, Reading, State, most_urgent
from alarmd.core.dialects.fields import Members, Taken, flag, inner, number, text

_MOST_MEMBERS: Final = 400
_DEEPEST: Final = 8
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NO_NEWS: Final = {
    "time", "timestamp", "count", "counter", "counts", "duration", "interval", "enable", "enabled", "raw", "msgid",
    "config", "configuration", "led", "buzzer", "version", "threshold", "delay", "token", "period", "settings", "ack",
    "temperature", "humidity", "total", "motion", "max", "min",
}  # fmt: skip
_CRIES: Final = ("sos", "panic", "emergency", "duress", "distress", "holdup", "help")
_CRY: Final = re.compile(r"(?:^|[^a-z])(sos|panic|emergency|duress|distress|holdup)(?:[^a-z]|$)")
_ENDED: Final = re.compile(r"end|stop|off|clear|cancel|restore|normal|no_")
_BUTTON: Final = {"button", "btn", "press", "pressed", "push", "pushed", "click", "clicked"}
_PRESSED: Final = _BUTTON - {"button", "btn"}
_ALARM_ONLY: Final = {"alarm", "status", "event", "state", "alert", "active", "user", "manual", "triggered", "flag"}
_RIDING: Final = {"sosFlag": "sos", "ALARM_status": "alarm", "safety_status_eb": "emergency"}
_TELLING: Final = {"event", "type", "alert", "alarm", "notification", "name", "status", "reason", "trigger"}
_BATTERY: Final = {"bat", "batt", "battery", "batv", "vbat", "volt", "volts", "voltage"}
_VOLTAGE: Final = {"volt", "volts", "voltage", "batv", "vbat", "mv", "v"}
_NOT_PRESSED: Final = {
    "", "none", "no", "false", "0", "idle", "released", "release", "not_pressed", "off", "normal", "null", "inactive",
}  # fmt: skip
_HIGHEST_VOLTS: Final = 5.0  # a figure below, and no whole number, is no percentage


@dataclass(frozen=True, slots=True)
class Said:
    """What an uplink said; None where it said nothing of it."""

    event: str | None = None
    endpoint: str | None = None
    state: State | None = None
    battery_pct: float | None = None
    battery_v: float | None = None
    battery_low: bool | None = None
    tamper: bool | None = None
    test: bool | None = None
    model: str | None = None

    def filled(self, other: "Said") -> "Said":
        """This, and where it says nothing the other."""
        gaps = {one.name for one in fields(self) if getattr(self, one.name) is None}
        return replace(self, **{name: getattr(other, name) for name in gaps})


def read_base64(value: Any) -> bytes:
    """The bytes of a frame; empty where there are none, or they cannot be read."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (ValueError, binascii.Error):
        return b""


def told(reading: Reading, said: Said | None) -> Reading:
    """The reading with what its uplink said; None is an uplink that nobody could decode."""
    if said is None:
        return replace(reading, kinds=("ignore",), reason="no_codec")
    condition = Condition(said.battery_pct, said.battery_v, said.battery_low, tamper=said.tamper)
    condition = replace(condition, rssi_dbm=reading.condition.rssi_dbm)
    kinds: set[Kind] = {words.kind(said.event)} if said.event else set()
    if said.tamper:
        kinds.add("tamper")
    if said.test:
        kinds.add("test")
    if condition.tells_battery:
        kinds.add("battery")
    return replace(
        reading,
        kinds=most_urgent(kinds - {"ignore"}) or ("heartbeat",),
        event=said.event,
        endpoint=said.endpoint,
        state=said.state,
        condition=condition,
        model=said.model or reading.model,
    )


def read_object(members: Members) -> Said | None:
    """What a codec's object says, by the names that codecs give things; None where there is no object."""
    if not members:
        return None
    said = Said(
        model=next((name for key in ("productModel", "Device", "model") if (name := text(members.get(key)))), None)
    )
    abeeway = "sosFlag" in members
    if "State" in inner(members, "Button"):  # Radio Bridge's codec tells presses and releases alike
        said = said.filled(_radio_bridge(inner(members, "Button")))
        members = {name: value for name, value in members.items() if name != "Button"}
    for path, value in _walk(members, ()):
        parts = [part.lower() for key in path[-2:] for part in _PARTS.findall(key)]
        if set(parts) & _NO_NEWS or (abeeway and path == ("batteryLevel",)):
            continue  # Abeeway's level goes from 0 to 254
        said = said.filled(_member(path[-1], parts, value))
    if "temperatureBoard" in members:  # Browan's codec calls the button `status`
        said = said.filled(Said(event="pressed" if flag(members.get("status")) else None, model="TBPB100"))
    return said


def _radio_bridge(button: Members) -> Said:
    state = words.normal(text(button.get("State")) or "unknown")
    which = _PARTS.findall(text(button.get("Event")) or "")
    endpoint = next((part.lower() for part in which if part.isdigit() or part == "Both"), None)
    return Said() if state == "released" else Said(event=state, endpoint=endpoint)


def _walk(value: Members, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every figure within an object and the names that lead to it, within bounds."""
    waiting: list[tuple[tuple[str, ...], Any]] = [(path, value)]
    for _ in range(_MOST_MEMBERS):
        if not waiting:
            return
        here, found = waiting.pop(0)
        if isinstance(found, Mapping) and len(here) < _DEEPEST:
            if "measurementValue" in found:  # SenseCAP: {"type": "Battery", "measurementValue": 90}
                waiting.append(((*here, str(found.get("type"))), found["measurementValue"]))
            waiting.extend(((*here, str(key)), inside) for key, inside in found.items())
        elif isinstance(found, list) and len(here) < _DEEPEST:
            waiting.extend(((*here, ""), inside) for inside in found[:16])
        elif here:
            yield here, found


def _member(name: str, parts: list[str], value: Any) -> Said:
    """What one figure says, by the words of its name and of the name around it."""
    own = [part.lower() for part in _PARTS.findall(name)]
    known = set(parts)
    if known & _BATTERY:
        return _battery(known, own, value)
    if "tamper" in known:
        return Said(tamper=flag(value))
    if own in (["test"], ["self", "test"]):
        return Said(test=flag(value))
    if name in _RIDING or parts == ["header", "sos"]:
        return _riding(_RIDING.get(name, "sos"), flag(value))
    return _deed(own, parts, value)


def _riding(word: str, pressed: bool | None) -> Said:  # noqa: FBT001 (what was read, not a choice)
    """A state that comes along with every uplink until somebody ends it."""
    if pressed is None:
        return Said()
    return Said(event=word if pressed else None, state=State(word if pressed else "", rides=True))


def _deed(own: list[str], parts: list[str], value: Any) -> Said:
    known = set(parts)
    cry = next((word for word in (*_CRIES, "doorbell") if word in known), None)
    if cry is not None:
        return Said(event=cry if _is_on(value) else None)
    if known & _BUTTON:
        return _button(parts, value)
    if "alarm" in own and set(own) <= _ALARM_ONLY and not isinstance(value, str):
        return Said(event="alarm" if flag(value) else None)
    return _sentence(own, value) if isinstance(value, str) and set(own) & _TELLING else Said()


def _sentence(own: list[str], value: str) -> Said:
    """A string that tells what happened: `"alarm": "TRUE"`, `"eventType": "SOS_MODE_START"`, `"Press once event."`."""
    if "alarm" in own and set(own) <= _ALARM_ONLY and flag(value) is not None:
        return Said(event="alarm" if flag(value) else None)
    word = words.normal(value.rstrip(". "))
    cry = _CRY.search(word)
    if cry is not None:
        return Said() if _ENDED.search(word) else Said(event=cry[1])
    parts = set(word.split("_"))
    if parts & _PRESSED and not parts & {"not", "released", "release"}:
        return Said(event=words.short(word))
    return Said()


def _battery(known: set[str], own: list[str], value: Any) -> Said:
    if "low" in known or set(own) & {"state", "status"}:
        return Said(battery_low=flag(value))
    low = True if isinstance(value, str) and "low" in value.lower() else None
    figure = value.partition("(")[0] if isinstance(value, str) else value
    taken = Taken({"battery": figure})
    amount = number(figure)
    written = isinstance(figure, str) and figure.strip().lower().endswith("v")
    if written or set(own) & _VOLTAGE or (amount is not None and amount < _HIGHEST_VOLTS and not amount.is_integer()):
        return Said(battery_v=taken.volts("battery"), battery_low=low)
    return Said(battery_pct=taken.percent("battery"), battery_low=low)


def _button(parts: list[str], value: Any) -> Said:
    endpoint = next((part for part in parts if part.isdigit()), None)
    word = text(value)
    if isinstance(value, bool) or word is None:
        return Said(event="pressed", endpoint=endpoint) if value is True else Said()
    if words.normal(word) in _NOT_PRESSED:
        return Said()
    if endpoint is not None and word == "1":
        return Said(event="pressed", endpoint=endpoint)
    return Said(event=words.short(word), endpoint=endpoint)


def _is_on(value: Any) -> bool:
    """Whether a cry for help is one; a word that is no plain no is one as well."""
    if isinstance(value, Mapping | list):
        return False
    truth = flag(value)
    if truth is None and isinstance(value, str):
        word = words.normal(value)
        return word not in _NOT_PRESSED and not _ENDED.search(word)
    return bool(truth)

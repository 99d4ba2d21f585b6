"""What security remotes, pendants and keypads on 315 to 868 MHz say, by the fields that rtl_433 gives them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Kind
from alarmd.core.dialects.fields import Members, flag, number, text

_CAR: Final = re.compile(r"car[-_ ]?remote|abo1502t|keyless|tpms", re.IGNORECASE)
_CRY: Final = re.compile(r"panic|\bsos\b|emergency|duress|hold-?up|help", re.IGNORECASE)
_PIN: Final = re.compile(r"pin\b", re.IGNORECASE)
_SENSOR_WORDS: Final = re.compile(r"door|window|motion|smoke|glass|garage", re.IGNORECASE)
_CALM_WORDS: Final = re.compile(
    r"\barm\b|disarm|lights?|menu|cancel|alarm off|closed|\bclose\b|unknown|ready|normal|restore", re.IGNORECASE
)
_BUTTON_FIELDS: Final = ("button_str", "button", "buttons", "rbutton", "button_id", "button_code", "keypress", "key")
_COMMAND_FIELDS: Final = ("event", "state", "cmd", "command", "data", "alert")
_WEATHER: Final = (
    "temperature_C", "temperature_F", "humidity", "rain_mm", "rain_in", "wind_avg_km_h", "wind_avg_m_s", "pressure_kPa",
    "pressure_PSI", "power_W", "energy_kWh", "consumption_data", "moisture", "depth_cm", "lux", "uv",
)  # fmt: skip
_SWITCHES: Final = tuple(f"switch{number}" for number in range(1, 6))
_CHUANGO: Final[dict[str, Kind]] = {
    "alarm": "press",
    "24h zone": "press",
    "tamper": "tamper",
    "test": "test",
    "low battery": "battery",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a transmission says was done: a heartbeat where nothing was."""

    kind: Kind = "heartbeat"
    event: str | None = None
    endpoint: str | None = None
    tamper: bool | None = None
    battery_low: bool = False
    reason: str | None = None


def read(members: Members) -> Heard:
    """What a transmission says was done to its device."""
    model = (text(members.get("model")) or "").replace(" ", "-")
    if _CAR.search(model) or members.get("type") == "TPMS":
        return Heard("ignore", reason="car_key")
    if not any(name in members for name in ("id", "device", "sid", "esn", "codes")):
        return Heard("ignore", reason="no_id")
    for begin, reader in _READERS:
        if model.startswith(begin):
            return reader(members)
    return _other(members)


def _simplisafe(members: Members) -> Heard:
    """A keychain's panic key says "Contact Open" like a door: its profile tells which it is."""
    said = text(members.get("extradata")) or ""
    if _PIN.search(said):
        return Heard("ignore", "disarm_pin", reason="keypad")
    if _CRY.search(said):
        return Heard("press", "panic")
    if said == "Contact Open" or members.get("state") == 1:
        return Heard("press", said or "Contact Open")
    return Heard("ignore", said or None, reason="keypad" if said else "field")


def _interlogix(members: Members) -> Heard:
    """Five inputs. A keyfob's are its keys, a panic pendant's first are its key and the third its lid."""
    subtype = text(members.get("subtype")) or text(members.get("device_type")) or "unknown"
    closed = [name for name in _SWITCHES if members.get(name) == "CLOSED"]
    pendant = subtype in {"panic", "unknown"} or (text(members.get("id")) or "").startswith("3")
    if subtype == "keyfob":
        return Heard("press", closed[0]) if closed else Heard("ignore", reason="nothing_pressed")
    if pendant:
        tamper = "switch3" in closed
        pressed = [name for name in closed if name != "switch3"]
        event = "panic" if subtype != "unknown" else "unknown"
        return Heard("press", event, tamper=tamper) if pressed else Heard(tamper=tamper)
    return Heard(tamper=bool({"switch3", "switch5"} & set(closed)))


def _x10(members: Members) -> Heard:
    event = text(members.get("event")) or text(members.get("remarks")) or ""
    tamper = flag(members.get("tamper"))
    if _CRY.search(event):
        return Heard("press", event, tamper=tamper)
    if _SENSOR_WORDS.search(event) or not event:
        return Heard(event=event or None, tamper=tamper)
    return Heard("ignore", event, tamper=tamper, reason="keypad")


def _honeywell(members: Members) -> Heard:
    """A contact, a reed and an alarm line; a supervision frame repeats them as they are."""
    tamper = flag(members.get("tamper"))
    if flag(members.get("heartbeat")):
        return Heard(tamper=tamper)
    if flag(members.get("alarm")):
        return Heard("press", "alarm", tamper=tamper)
    opened = flag(members.get("contact_open")) or flag(members.get("reed_open"))
    if opened or members.get("state") == "open":
        return Heard("press", "open", tamper=tamper)
    return Heard("heartbeat" if tamper else "ignore", "closed", tamper=tamper, reason="release")


def _dsc(members: Members) -> Heard:
    tamper = flag(members.get("tamper"))
    return Heard("press", "event", tamper=tamper) if flag(members.get("event")) else Heard(tamper=tamper)


def _visonic(members: Members) -> Heard:
    """Restore and supervised say what the device can do, not what it does."""
    tamper = flag(members.get("tamper"))
    return Heard("press", "alarm", tamper=tamper) if flag(members.get("alarm")) else Heard(tamper=tamper)


def _kerui(members: Members) -> Heard:
    state = text(members.get("state")) or ""
    if state == "battery":
        return Heard(battery_low=True)
    if state in {"motion", "open", "close", "water"} or any(name in members for name in ("motion", "opened", "water")):
        return Heard(event=state or None)
    if state == "tamper" or flag(members.get("tamper")):
        return Heard(tamper=True)
    return _other(members)


def _chuango(members: Members) -> Heard:
    word = (text(members.get("cmd")) or "").lower()
    kind = _CHUANGO.get(word, "ignore")
    if kind == "battery":
        return Heard(event=word, battery_low=True)
    if kind == "tamper":
        return Heard(event=word, tamper=True)
    return Heard(kind, word or None, reason="keypad" if kind == "ignore" else None)


def _activlink(members: Members) -> Heard:
    subtype = text(members.get("subtype")) or ""
    if "motion" in subtype.lower() or "pir" in subtype.lower():
        return Heard(event="motion")
    return Heard("press", words.normal(text(members.get("alert")) or "push"))


def _other(members: Members) -> Heard:
    """A remote that no reader above knows: its button or command, else the bare fact that it was heard."""
    tamper = flag(members.get("tamper"))
    if any(name in members for name in _WEATHER):
        return Heard(tamper=tamper)
    for name in _BUTTON_FIELDS:
        word = text(members.get(name))
        if word is not None and number(members[name]) != 0:
            return Heard("press", words.normal(word), tamper=tamper)
    for name in _COMMAND_FIELDS:
        word = text(members.get(name))
        if word is not None:
            return _command(word, text(members.get("unit")), tamper=tamper)
    if tamper:
        return Heard(tamper=True)
    told = set(members) - {"time", "model", "id", "mic", "battery_ok", "battery", "rssi", "snr", "noise", "freq", "mod"}
    return Heard("press") if told else Heard()


def _command(word: str, endpoint: str | None, *, tamper: bool | None) -> Heard:
    if _CRY.search(word):
        return Heard("press", word, endpoint, tamper=tamper)
    if _SENSOR_WORDS.search(word):
        return Heard(event=word, tamper=tamper)
    if _CALM_WORDS.search(word):
        return Heard("ignore", words.normal(word), endpoint, tamper=tamper, reason="release")
    kind = words.kind(word)
    return Heard(kind, words.normal(word), endpoint, tamper=tamper, reason="release" if kind == "ignore" else None)


_READERS: Final[tuple[tuple[str, Callable[[Members], Heard]], ...]] = (
    ("SimpliSafe", _simplisafe),
    ("Interlogix", _interlogix),
    ("X10-Sec", _x10),
    ("Honeywell-Security", _honeywell),
    ("2gig", _honeywell),
    ("DSC", _dsc),
    ("Visonic", _visonic),
    ("Kerui", _kerui),
    ("Chuango", _chuango),
    ("Honeywell-ActivLink", _activlink),
)

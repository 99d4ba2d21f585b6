"""What the events of a button mean: by its own profile, or else by what is known of its kind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Kind, Reading
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.supervision import SILENT_AFTER_S

Meaning = Literal["panic", "test", "cancel", "nothing"]
Profile = Mapping[str, Meaning]
"""From an event to what it means: `long`, `single@left` where it was on one of several buttons of the device, `*` for
every event that is a press by itself, `*@left` for those on one of its buttons."""

MEANINGS: Final[tuple[Meaning, ...]] = ("panic", "test", "cancel", "nothing")
ANY: Final = "*"

_MOST_RULES: Final = 64
_LONGEST_RULE: Final = 257  # an event and an endpoint, of 128 characters each
_DAY: Final = 86_400

# How long each may be unheard, in seconds; None where it says nothing until it is pressed.
_SILENT_BY_MODEL: Final[tuple[tuple[str, int | None], ...]] = (
    ("ws101", 2 * _DAY),  # reports every 1080 minutes unless set otherwise
    ("tbpb100", 2 * _DAY),
    ("r312", 2 * _DAY),  # reports once a day
    ("sbbt", None),  # Shelly BLU buttons advertise when pressed, unless beacons are switched on
)
_SILENT_BY_DIALECT: Final[dict[str, int | None]] = {
    "zigbee2mqtt": 2 * _DAY,  # battery buttons check in within 25 hours
    "chirpstack": 2 * _DAY,
    "ttn": 2 * _DAY,
    "shelly": 2 * _DAY,  # the first generation's button wakes twice a day
    "tasmota": 2 * _DAY,
    "rtl_433": None,  # remotes and pendants send when pressed
    "openmqttgateway": None,
}


def read(document: Mapping[str, str]) -> dict[str, Meaning]:
    """The profile that an operator wrote, in the spelling in which events are compared.

    Raises:
        InvalidError: a rule is none, or means nothing that there is.
    """
    faults = []
    found: dict[str, Meaning] = {}
    for rule, written in document.items():
        meaning = next((one for one in MEANINGS if one == written), None)
        if meaning is None:
            faults.append(Fault(f"body.profile.{rule}", f"give one of {', '.join(MEANINGS)}", written))
        elif not _is_rule(rule):
            faults.append(Fault(f"body.profile.{rule}", "write an event, event@endpoint, * or *@endpoint", rule))
        else:
            found[_normal(rule)] = meaning
    if len(document) > _MOST_RULES:
        faults.append(Fault("body.profile", f"at most {_MOST_RULES} rules", str(len(document))))
    if faults:
        raise InvalidError("; ".join(f"{fault.where}: {fault.reason}" for fault in faults), faults)
    return found


def meaning(reading: Reading, profile: Profile | None) -> Meaning:
    """What a reading means: the most exact rule of the profile that fits, or else what its kind is by itself.

    `*` speaks of presses and tests alone: a release is none because everything else is a panic.
    """
    usual: Meaning = "panic" if "press" in reading.kinds else "test" if "test" in reading.kinds else "nothing"
    if not profile or reading.retained:
        return usual
    place = f"@{words.normal(reading.endpoint)}" if reading.endpoint else ""
    rules = [f"{words.normal(reading.event)}{place}", words.normal(reading.event)] if reading.event else []
    if usual != "nothing":
        rules += [f"{ANY}{place}", ANY]
    return next((profile[rule] for rule in rules if rule in profile), usual)


def meant(reading: Reading, means: Meaning) -> Reading:
    """The reading with what it means in the place of what it is by itself: its press is one, or is none."""
    rest = tuple(kind for kind in reading.kinds if kind not in {"press", "test", "ignore"})
    kinds: tuple[Kind, ...] = () if means == "nothing" else ("test",) if means == "test" else ("press",)
    return replace(reading, kinds=(*kinds, *rest) or ("ignore",))


def silent_after_s(dialect: str, model: str | None) -> int | None:
    """How long a button may be unheard, in seconds, where nobody says; None: for ever."""
    known = words.normal(model or "")
    for named, seconds in _SILENT_BY_MODEL:
        if named in known:
            return seconds
    return _SILENT_BY_DIALECT.get(dialect, SILENT_AFTER_S)


def _is_rule(rule: str) -> bool:
    event, at, endpoint = rule.partition("@")
    return rule.isprintable() and 0 < len(rule) <= _LONGEST_RULE and bool(event.strip()) and bool(endpoint or not at)


def _normal(rule: str) -> str:
    event, at, endpoint = rule.partition("@")
    return f"{words.normal(event)}{at}{words.normal(endpoint)}"

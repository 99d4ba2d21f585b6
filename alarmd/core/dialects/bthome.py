"""BTHome, as Shelly's gateway scripts publish it: what a BLU button told by Bluetooth, in JSON."""

from dataclasses import replace
from typing import Any, Final

from alarmd.core.dialects import words
from alarmd.core.dialects.device import Condition, Counter, Kind, Reading, most_urgent
from alarmd.core.dialects.fields import Members, Taken, flag, integer, text

BATTERY: Final = 1  # the object id of the battery in percent

_EVENTS: Final = {
    0x01: "single",
    0x02: "double",
    0x03: "triple",
    0x04: "long",
    0x05: "long_double",
    0x06: "long_triple",
    0x80: "hold",
    0xFE: "hold",  # firmware before 1.0.20; some libraries drop it, a panic button must not
}


def read(dialect: str, address: str, members: Members, outer: Members) -> tuple[Reading, ...]:
    """The readings of one advertisement: one, or one for each of several buttons pressed at once.

    Args:
        dialect: of whom it is told.
        address: of the device.
        members: its figures: `pid`, `battery`, `button` (a number, or a list with one for each button).
        outer: what the gateway put around them: `rssi`, `local_name`.
    """
    taken, around = Taken(members), Taken({**members, **outer})
    condition = Condition(
        battery_pct=taken.percent("battery", "Battery"),
        battery_v=taken.volts("voltage"),
        rssi_dbm=around.rssi("rssi"),
        tamper=taken.flag("tamper"),
    )
    count = taken.counter("pid", 8)
    told: set[Kind] = {"battery"} if condition.tells_battery else {"heartbeat"}
    if condition.tamper:
        told.add("tamper")
    quiet = Reading(
        dialect,
        address,
        most_urgent(told),
        model=text(outer.get("local_name")) or text(outer.get("model")),
        counter=None if count is None else Counter(count, 8),
        condition=condition,
        gateway_id=text(outer.get("gateway")) or text(outer.get("scanner")),
        faults=taken.faults + around.faults,
    )
    if flag(members.get("encryption")):
        return (replace(quiet, kinds=("ignore",), reason="encrypted"),)
    pressed = [_pressed(quiet, told, *deed) for deed in _deeds(members.get("button", members.get("Button")))]
    return tuple(pressed) or (quiet,)


def _deeds(value: Any) -> list[tuple[str, str | None]]:
    """Which of the buttons were pressed, and how: 0 is not pressed."""
    named: list[tuple[str | None, str | None]]
    if isinstance(value, list):
        named = [(_deed(one), str(place)) for place, one in enumerate(value[:16], start=1)]
    else:
        named = [(_deed(value), None)]
    return [(deed, place) for deed, place in named if deed is not None]


def _deed(value: Any) -> str | None:
    code = integer(value, 8)
    if code is not None:
        return _EVENTS.get(code, "unknown") if code else None
    word = text(value)
    if word is None or words.normal(word) == "none":
        return None
    return words.short(word) or "unknown"


def _pressed(quiet: Reading, told: set[Kind], deed: str, place: str | None) -> Reading:
    kinds = most_urgent((told - {"heartbeat"}) | {words.kind(deed)})
    reason = "release" if kinds == ("ignore",) else None
    return replace(quiet, kinds=kinds, event=deed, endpoint=place, reason=reason)

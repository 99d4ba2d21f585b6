"""Fields as they are found in the wild: numbers in strings, volts for percent, "FALSE", clocks that were never set."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from alarmd.core import strict_json
from alarmd.core.dialects.device import MAX_ID_LENGTH, MAX_PAYLOAD_BYTES
from alarmd.core.strict_json import NotJsonError

Members = Mapping[str, Any]

_TRUE: Final = {"true", "on", "yes", "1", "low", "active", "open", "alarm", "alert", "triggered"}
_FALSE: Final = {"false", "off", "no", "0", "ok", "normal", "inactive", "closed", "none", "good", "idle"}
_NOT_MEASURED: Final = {"", "charging", "unknown", "usb", "external", "none", "null", "unavailable"}
_UNITS: Final = ("%", "mv", "v", "dbm", "db")
_EARLIEST_YEAR: Final = 2020  # a clock that was never set says 1970 or 2000
_LATEST_YEAR: Final = 2100
_SECONDS_END: Final = 1e11  # as seconds the year 5138; what is larger is milliseconds, then microseconds
_MILLISECONDS_END: Final = 1e14
_MILLIVOLTS_BEGIN: Final = 100
_VOLTS: Final = (0.0, 60.0)
_RSSI: Final = (-200, 20)
_LINK_QUALITY: Final = (0, 255)


def read_object(payload: bytes) -> dict[str, Any]:
    """The members of the JSON object that a payload is.

    Raises:
        NotJsonError: it is too large, no JSON, or no object.
    """
    value = read_value(payload)
    if not isinstance(value, dict):
        raise NotJsonError("not_an_object", "a JSON object was expected")
    return value


def read_value(payload: bytes) -> Any:
    """The JSON value that a payload is.

    Raises:
        NotJsonError: it is too large, or no JSON.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise NotJsonError("payload_too_large", f"{len(payload)} bytes: at most {MAX_PAYLOAD_BYTES} are taken")
    return strict_json.read(payload)


def read_text(payload: bytes) -> str:
    """The word that a payload is.

    Raises:
        NotJsonError: it is no UTF-8, or longer than a word.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise NotJsonError("payload_too_large", f"{len(payload)} bytes: at most {MAX_PAYLOAD_BYTES} are taken")
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as error:
        raise NotJsonError("not_utf8", f"byte {error.start} is not UTF-8") from error


def inner(members: Members, *path: str) -> Members:
    """The object within the object; one without members where there is none."""
    found: Any = members
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text(value: Any) -> str | None:
    """A short printable text: a number is written out, all else is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and abs(value) < 2**64:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    if isinstance(value, str) and 0 < len(value.strip()) <= MAX_ID_LENGTH and value.isprintable():
        return value.strip()
    return None


def number(value: Any) -> float | None:
    """A finite number, also one within a string, also with its unit behind it."""
    if isinstance(value, str):
        value = _without_unit(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        figure = float(value)
    except OverflowError:
        return None
    return figure if math.isfinite(figure) else None


def integer(value: Any, bits: int) -> int | None:
    """A whole number from 0 that has place in so many bits."""
    figure = number(value)
    if figure is None or not figure.is_integer() or not 0 <= figure < 2**bits:
        return None
    return int(figure)


def flag(value: Any) -> bool | None:
    """A truth, however it is written: true, 1, "TRUE", "on", "low"."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    figure = number(value)
    return None if figure is None else figure != 0


class Taken:
    """Takes fields out of an object, and keeps the names of those that were wrong."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._faults: list[str] = []

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the fields that were wrong and left out."""
        return tuple(self._faults)

    def percent(self, *names: str) -> float | None:
        """A state of charge, 0 to 100, rounded to two places."""
        return self._figure(names, 0, 100)

    def volts(self, *names: str) -> float | None:
        """A voltage in volts; a figure of 100 and more was in millivolts."""
        name, value = self._first(names)
        figure = number(value)
        if figure is not None and figure >= _MILLIVOLTS_BEGIN:
            figure /= 1000
        return self._bounded(name, value, figure, *_VOLTS)

    def rssi(self, *names: str) -> int | None:
        """The strength of a signal in dBm."""
        figure = self._figure(names, *_RSSI)
        return None if figure is None else round(figure)

    def link_quality(self, *names: str) -> int | None:
        """A link quality, 0 to 255."""
        figure = self._figure(names, *_LINK_QUALITY)
        return None if figure is None else round(figure)

    def flag(self, *names: str) -> bool | None:
        """A truth, however it is written."""
        name, value = self._first(names)
        truth = flag(value)
        if truth is None and not _not_measured(value):
            self._faults.append(name)
        return truth

    def counter(self, name: str, bits: int) -> int | None:
        """A whole number of so many bits."""
        name, value = self._first((name,))
        count = integer(value, bits)
        if count is None and value is not None:
            self._faults.append(name)
        return count

    def moment(self, *names: str) -> datetime | None:
        """A moment in UTC: ISO 8601 with an offset, or seconds, milliseconds or microseconds since 1970.

        A local time without its zone, "2 minutes ago" and a time within a recording cannot be placed, and are none.
        """
        name, value = self._first(names)
        try:
            found = _moment(value)
        except (ValueError, OverflowError, OSError):
            return None
        if found is None or _EARLIEST_YEAR <= found.year < _LATEST_YEAR:
            return found
        self._faults.append(name)
        return None

    def _first(self, names: tuple[str, ...]) -> tuple[str, Any]:
        for name in names:
            if self._members.get(name) is not None:
                return name, self._members[name]
        return names[0], None

    def _figure(self, names: tuple[str, ...], lowest: float, highest: float) -> float | None:
        name, value = self._first(names)
        return self._bounded(name, value, number(value), lowest, highest)

    def _bounded(self, name: str, value: Any, figure: float | None, lowest: float, highest: float) -> float | None:
        if figure is not None and lowest <= figure <= highest:
            return round(figure, 3)
        if not _not_measured(value):
            self._faults.append(name)
        return None


def _not_measured(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOT_MEASURED)


def _without_unit(value: str) -> float | None:
    word = value.strip().lower()
    for unit in _UNITS:
        word = word.removesuffix(unit).rstrip()
    try:
        return float(word) if word.isascii() and len(word) <= MAX_ID_LENGTH else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str) and ("T" in value or "-" in value[1:]):
        found = datetime.fromisoformat(value.strip())
        return None if found.tzinfo is None else found.astimezone(UTC)
    seconds = number(value)
    if seconds is None:
        return None
    if abs(seconds) >= _MILLISECONDS_END:
        seconds /= 1e6
    elif abs(seconds) >= _SECONDS_END:
        seconds /= 1e3
    return datetime.fromtimestamp(seconds, UTC)

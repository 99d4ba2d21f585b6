"""What is remembered of a device, as it is kept in the database."""

from datetime import UTC, datetime
from typing import Any

from alarmd.core.dialects.device import Counter
from alarmd.core.dialects.repeats import Heard, Seen


def write(seen: Seen) -> dict[str, Any]:
    """It as JSON; `read` makes the same of it again."""
    return {"presses": [_write_press(press) for press in seen.presses], "states": dict(seen.states)}


def read(document: dict[str, Any]) -> Seen:
    """What `write` wrote; an empty one of an empty document."""
    presses = tuple(_read_press(press) for press in document.get("presses", ()))
    return Seen(presses, tuple(sorted(document.get("states", {}).items())))


def _write_press(press: Heard) -> dict[str, Any]:
    counter = press.counter
    return {
        "at": press.at.astimezone(UTC).isoformat(),
        "event": press.event,
        "endpoint": press.endpoint,
        "counter": [counter.value, counter.bits, counter.session] if counter else None,
        "by": sorted(press.by),
        "dialect": press.dialect,
    }


def _read_press(document: dict[str, Any]) -> Heard:
    counter = document["counter"]
    return Heard(
        datetime.fromisoformat(document["at"]),
        document["event"],
        document["endpoint"],
        Counter(*counter) if counter else None,
        frozenset(document["by"]),
        document["dialect"],
    )

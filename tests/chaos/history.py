"""What each party outside alarmd saw: JSON lines, one event a line."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a party saw or did.

    Attributes:
        at: seconds since the epoch.
        by: `button`, `police:<name>`, `wire:<replica>` (between alarmd and its broker), `operator` or `nemesis`.
        what: the word for it.
        facts: what belongs to it.
    """

    at: float
    by: str
    what: str
    facts: dict[str, Any]


class History:
    """Events in the order in which they were noted, kept in a file as well."""

    def __init__(self, path: Path) -> None:
        self.events: list[Event] = []
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def note(self, by: str, what: str, *, at: float | None = None, **facts: Any) -> None:
        """Note an event, now unless `at` says when."""
        event = Event(time.time() if at is None else at, by, what, facts)
        self.events.append(event)
        line = {"at": event.at, "by": by, "what": what, **facts}
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def of(self, by: str, what: str) -> list[Event]:
        """The events of a party (its name, or the part before the colon) with this word."""
        return [event for event in self.events if event.what == what and by in {event.by, event.by.partition(":")[0]}]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

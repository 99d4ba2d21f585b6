"""What an import would change: the file against the registry."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from alarmd.core.dataset import Reading, Remark
from alarmd.core.phone import shown
from alarmd.core.store import StoreEntry

# Not in the national dataset: a file that leaves them empty does not take them away.
_OWN = frozenset({"entrance_note", "postal_code"})
# Told by the name, which stays; a chain that an operator gave a store whose name tells none, stays as well.
_TOLD_BY_NAME = "chain"


@dataclass(frozen=True, slots=True)
class Registered:
    """A store in the registry."""

    id: UUID
    code: str
    store: StoreEntry


@dataclass(frozen=True, slots=True)
class Change:
    """A row that adds a store (`code` None) or changes one; `fields` are (before, after) by name."""

    line: int
    id: UUID | None
    code: str | None
    store: StoreEntry
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does. `vanished` are open stores of the file's districts that it does not name: they stay."""

    changes: list[Change]
    unchanged: int
    vanished: list[Registered]
    remarks: list[Remark]

    @property
    def new(self) -> list[Change]:
        """Stores to add."""
        return [change for change in self.changes if change.id is None]

    @property
    def changed(self) -> list[Change]:
        """Stores to change."""
        return [change for change in self.changes if change.id is not None]

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        """The report, ready for JSON."""
        return {
            "dry_run": dry_run,
            "rows": len(self.changes) + self.unchanged,
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "vanished": len(self.vanished),
            "warnings": [
                {"line": remark.line, "column": remark.column, "value": remark.value, "reason": remark.reason}
                for remark in self.remarks
            ],
            "changes": [_change_as_json(change) for change in self.changes],
            "not_in_file": [{"code": found.code, "name": found.store.name} for found in self.vanished],
        }


def plan_import(reading: Reading, registered: Sequence[Registered]) -> Plan:
    """Compare a file with the registry's stores of its districts. Stores are the same by their identity."""
    known = {found.store.identity: found for found in registered}
    changes: list[Change] = []
    unchanged = 0
    for line in reading.lines:
        found = known.pop(line.store.identity, None)
        if found is None:
            changes.append(Change(line.line, None, None, line.store, {}))
        elif differing := _differing(found.store, line.store):
            changes.append(Change(line.line, found.id, found.code, line.store, differing))
        else:
            unchanged += 1
    vanished = [found for found in known.values() if found.store.status == "open"]
    return Plan(changes, unchanged, vanished, reading.remarks)


def _differing(before: StoreEntry, after: StoreEntry) -> dict[str, tuple[Any, Any]]:
    return {
        field.name: (old, new)
        for field in fields(StoreEntry)
        if (old := getattr(before, field.name)) != (new := getattr(after, field.name))
        and not (field.name in _OWN and new is None)
        and not (field.name == _TOLD_BY_NAME and old is not None)
    }


def _change_as_json(change: Change) -> dict[str, Any]:
    return {
        "line": change.line,
        "code": change.code,
        "name": change.store.name,
        "action": "new" if change.id is None else "changed",
        "fields": {name: [_as_json(name, old), _as_json(name, new)] for name, (old, new) in change.fields.items()},
    }


def _as_json(name: str, value: Any) -> Any:
    if name == "phone" and value is not None:
        return shown(value)
    return value if value is None or isinstance(value, int | float | str) else str(value)

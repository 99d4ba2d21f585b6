"""What an import would change: the file against the registry."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from alarmd.core.dataset import Reading
from alarmd.core.likeness import Likeness, Registered, find_likenesses
from alarmd.core.phone import shown
from alarmd.core.row import Remark
from alarmd.core.store import StoreEntry, chain_of

# Not in the national dataset: a file that leaves them empty does not take them away.
_OWN = frozenset({"entrance_note", "postal_code", "verified_on"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of an import beside what the file says.

    Attributes:
        follow_likely: take rows that are likely a store under another name or at another place for that store, which
            keeps its code, its buttons and its history.
        close_vanished: close the stores that the file's provider gave before and gives no more.
    """

    follow_likely: bool = False
    close_vanished: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A row that adds a store (`code` None) or changes one; `fields` are (before, after) by name.

    Line 0: no row of the file, for it is a store to be closed.
    """

    line: int
    id: UUID | None
    code: str | None
    store: StoreEntry
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does.

    Attributes:
        vanished: open stores of the file's districts that it does not name, nor likely under another name.
        closed: those of them that are to be closed; the others stay.
        likely: rows that are likely a store under another name or at another place.
        followed: whether these are taken for that store, or for a new one.
    """

    changes: list[Change]
    unchanged: int
    vanished: list[Registered]
    closed: list[Change]
    likely: list[Likeness]
    followed: bool
    remarks: list[Remark]

    @property
    def new(self) -> list[Change]:
        """Stores to add."""
        return [change for change in self.changes if change.id is None]

    @property
    def changed(self) -> list[Change]:
        """Stores to change, those to close among them."""
        return [*(change for change in self.changes if change.id is not None), *self.closed]

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        """The report, ready for JSON."""
        closed = {change.id for change in self.closed}
        return {
            "dry_run": dry_run,
            "rows": len(self.changes) + self.unchanged,
            "new": len(self.new),
            "changed": len(self.changed) - len(self.closed),
            "unchanged": self.unchanged,
            "vanished": len(self.vanished),
            "closed": len(self.closed),
            "warnings": [
                {"line": remark.line, "column": remark.column, "value": remark.value, "reason": remark.reason}
                for remark in self.remarks
            ],
            "changes": [_change_as_json(change) for change in self.changes],
            "likely": [_likeness_as_json(likeness, followed=self.followed) for likeness in self.likely],
            "not_in_file": [
                {"code": found.code, "name": found.store.name, "closed": found.id in closed} for found in self.vanished
            ],
        }


def plan_import(reading: Reading, registered: Sequence[Registered], wishes: Wishes | None = None) -> Plan:
    """Compare a file with the registry's stores of its districts. Stores are the same by their identity."""
    wishes = wishes or Wishes()
    known = {found.store.identity: found for found in registered}
    pairs = [(line, known.pop(line.store.identity, None)) for line in reading.lines]
    left = [found for found in known.values() if found.store.status == "open"]
    likely = find_likenesses([line for line, found in pairs if found is None], left)
    alike = {likeness.line.line: likeness.registered for likeness in likely}
    changes: list[Change] = []
    for line, same in pairs:
        found = same or (alike.get(line.line) if wishes.follow_likely else None)
        if found is None:
            changes.append(Change(line.line, None, None, line.store, {}))
        elif differing := _differing(found.store, line.store):
            changes.append(Change(line.line, found.id, found.code, _merged(found.store, line.store), differing))
    lost = {likeness.registered.id for likeness in likely}
    vanished = [found for found in left if found.id not in lost]
    providers = {line.store.provider_code for line in reading.lines} - {None}
    closed = [_closing(found) for found in vanished if wishes.close_vanished and found.store.provider_code in providers]
    unchanged = len(pairs) - len(changes)
    return Plan(changes, unchanged, vanished, closed, likely, wishes.follow_likely, reading.remarks)


def _differing(before: StoreEntry, line: StoreEntry) -> dict[str, tuple[Any, Any]]:
    after = _merged(before, line)
    return {
        field.name: (old, new)
        for field in fields(StoreEntry)
        if (old := getattr(before, field.name)) != (new := getattr(after, field.name))
    }


def _merged(before: StoreEntry, line: StoreEntry) -> StoreEntry:
    """The store as the file says it is, with what the file does not take away from it.

    The chain that an operator gave it stays while the name does, and the file names no other.
    """
    kept = {name for name in _OWN if getattr(line, name) is None}
    if before.chain is not None and before.name == line.name and line.chain in {None, chain_of(line.name)}:
        kept.add("chain")
    return replace(line, **{name: getattr(before, name) for name in kept})


def _closing(found: Registered) -> Change:
    store = replace(found.store, status="closed")
    return Change(0, found.id, found.code, store, {"status": ("open", "closed")})


def _change_as_json(change: Change) -> dict[str, Any]:
    return {
        "line": change.line,
        "code": change.code,
        "name": change.store.name,
        "action": "new" if change.id is None else "changed",
        "fields": _fields_as_json(change.fields),
    }


def _likeness_as_json(likeness: Likeness, *, followed: bool) -> dict[str, Any]:
    return {
        "line": likeness.line.line,
        "code": likeness.registered.code,
        "before": likeness.registered.store.name,
        "name": likeness.line.store.name,
        "kind": likeness.kind,
        "reason": likeness.reason,
        "followed": followed,
        "fields": _fields_as_json(_differing(likeness.registered.store, likeness.line.store)),
    }


def _fields_as_json(changed: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: [_as_json(name, old), _as_json(name, new)] for name, (old, new) in changed.items()}


def _as_json(name: str, value: Any) -> Any:
    if name == "phone" and value is not None:
        return shown(value)
    return value if value is None or isinstance(value, int | float | str) else str(value)

"""The audit's chain: what stands in a link, and what breaks it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from uuid import UUID

Door = Literal["http", "cli", "import", "service"]

BEGINNING: Final = bytes(32)  # the hash before the first link


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and through which door.

    Attributes:
        name: the key's or the person's name; on the command line the user's.
        door: `service` is alarmd itself: what its settings ask for at the start, and what it does by schedule.
        key_id: of the key, or of the person who logged in through the provider; None where it was neither.
    """

    name: str
    door: Door
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was changed: `before` and `after` are the members that differ, as JSON; None where there was nothing."""

    what: str
    subject: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain, and what time it is."""

    seq: int
    hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """One entry in its place; `hash` is what was written down with it."""

    seq: int
    at: datetime
    actor: Actor
    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link that is not as it was written, and why."""

    seq: int
    reason: str


def entry(
    what: str, subject: str, *, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
) -> Entry | None:
    """What is to be written of a change; None if nothing is different. Of a change only what differs is kept."""
    if before is None or after is None:
        return Entry(what, subject, as_text(before), as_text(after))
    differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not differing:
        return None
    return Entry(
        what,
        subject,
        as_text({name: before[name] for name in differing if name in before}),
        as_text({name: after[name] for name in differing if name in after}),
    )


def members(record: Any, *names: str) -> dict[str, Any]:
    """The members of a dataclass, or those that are named."""
    return {name: getattr(record, name) for name in names or [field.name for field in fields(record)]}


def extend(head: Head, actor: Actor, entries: Sequence[Entry]) -> list[Link]:
    """The links that follow upon the last one."""
    links: list[Link] = []
    previous = head.hash
    for seq, added in enumerate(entries, head.seq + 1):
        previous = _hash(previous, seq, head.at, actor, added)
        links.append(Link(seq, head.at, actor, added, previous))
    return links


def first_broken(previous: Head, links: Iterable[Link]) -> Broken | None:
    """The first of these links that does not follow upon the one before it; `previous` is the one before them all."""
    seq, expected = previous.seq, previous.hash
    for link in links:
        seq += 1
        if link.seq != seq:
            return Broken(seq, f"entry {seq} is missing: {link.seq} follows upon {seq - 1}")
        expected = _hash(expected, link.seq, link.at, link.actor, link.entry)
        if link.hash != expected:
            return Broken(seq, f"the hash of entry {seq} is not that of its content and of the entry before it")
    return None


def _hash(previous: bytes, seq: int, at: datetime, actor: Actor, entry: Entry) -> bytes:
    """SHA-256 of the hash before, and of a JSON array without spaces; `before` and `after` are texts in it."""
    content = [
        seq,
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        entry.what,
        entry.subject,
        actor.name,
        str(actor.key_id) if actor.key_id else None,
        actor.door,
        entry.before,
        entry.after,
    ]
    return hashlib.sha256(previous + _dumps(content).encode()).digest()


def as_text(said: Mapping[str, Any] | None) -> str | None:
    """As it stands in `before` or `after`."""
    return None if said is None else _dumps(said)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"the audit holds no {type(value).__name__}")

"""The audit: what was changed, by whom, written in the change's own transaction and chained to what was before.

Whoever writes holds the last link until the commit. Presses never do, and must not wait for somebody who does: where a
change locks what a press may wait for (alarms, deliveries, endpoints), it takes its turn with `hold` before it locks
anything. Where it locks the registry (stores, buttons), which no press waits for, it writes at its end, as an import
must, which is long. To mix the two orders would be to wait for each other.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alarmd.core import audit
from alarmd.core.audit import BEGINNING, Actor, Broken, Entry, Head, Link
from alarmd.db.pool import Connection, Pool, Row

_AT_ONCE = 1000  # links a statement: presses are taken in the same event loop


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries; None: whatever.

    Attributes:
        what: `store.changed`, or all of a thing: `store`.
        who: a name, exactly.
        since: at or after; `until` is before.
    """

    what: str | None = None
    subject: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain has shown.

    Attributes:
        entries: how many were looked at.
        last_hash: of the last of them: whoever has noted it elsewhere knows that nothing before it was changed.
        broken: the first that is not as it was written.
    """

    entries: int
    last_hash: bytes
    broken: Broken | None


async def record(
    connection: Connection,
    actor: Actor,
    what: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a change down, in its transaction; nothing if nothing is different.

    `what` is the thing and what was done, `store.changed`; `subject` is `stores/<id>`. `before` is what it was, `after`
    what it is; None where it was not there, or is there no more. Secrets and people's notes have no place in either.
    """
    entry = audit.entry(what, subject, before=before, after=after)
    if entry:
        await record_all(connection, actor, [entry])


async def record_all(connection: Connection, actor: Actor, entries: Sequence[Entry]) -> None:
    """Write many changes down, in their transaction."""
    if not entries:
        return
    head = await hold(connection)
    links = (
        await asyncio.to_thread(audit.extend, head, actor, entries)
        if len(entries) > _AT_ONCE
        else (audit.extend(head, actor, entries))
    )
    for start in range(0, len(links), _AT_ONCE):
        await _insert(connection, links[start : start + _AT_ONCE])
    await connection.execute("UPDATE audit_head SET seq = $1, hash = $2", links[-1].seq, links[-1].hash)


async def hold(connection: Connection) -> Head:
    """Take a turn at the end of the chain, until the transaction ends; the last link.

    Raises:
        RuntimeError: there is no transaction: the turn would end at once.
    """
    if not connection.is_in_transaction():
        raise RuntimeError("a change and its entry in the audit are one transaction")
    row = await connection.fetchrow("SELECT seq, hash, clock_timestamp() AS at FROM audit_head FOR UPDATE")
    assert row is not None  # noqa: S101 - the migration wrote it
    return Head(row["seq"], row["hash"], row["at"])


async def page(connection: Connection, filters: Filters, *, after: int | None, limit: int) -> list[Link]:
    """Entries, the newest first; `after` is the `seq` of the last one seen."""
    rows = await connection.fetch(
        """
        SELECT *
        FROM audit
        WHERE ($1::text IS NULL OR what BETWEEN $1 AND $2)
          AND ($3::text IS NULL OR subject = $3)
          AND ($4::text IS NULL OR who = $4)
          AND ($5::timestamptz IS NULL OR at >= $5)
          AND ($6::timestamptz IS NULL OR at < $6)
          AND ($7::bigint IS NULL OR seq < $7)
        ORDER BY seq DESC
        LIMIT $8
        """,
        *_range(filters.what),
        filters.subject,
        filters.who,
        filters.since,
        filters.until,
        after,
        limit,
    )
    return [_read(row) for row in rows]


async def verify(pool: Pool) -> Verdict:
    """Look at the whole chain, from its beginning to the link that was the last one when this began."""
    row = await pool.fetchrow(
        "SELECT seq, hash, clock_timestamp() AS at, coalesce((SELECT max(seq) FROM audit), 0) AS newest FROM audit_head"
    )
    assert row is not None  # noqa: S101 - the migration wrote it
    last = Head(row["seq"], row["hash"], row["at"])
    seen = Head(0, BEGINNING, last.at)
    async for links in _links(pool, last.seq):
        broken = await asyncio.to_thread(audit.first_broken, seen, links)
        if broken:
            return Verdict(broken.seq, links[-1].hash, broken)
        seen = Head(links[-1].seq, links[-1].hash, last.at)
    if seen.seq < last.seq:
        return Verdict(seen.seq, seen.hash, Broken(seen.seq + 1, f"entries {seen.seq + 1} to {last.seq} are missing"))
    if seen.hash != last.hash:
        return Verdict(seen.seq, seen.hash, Broken(seen.seq, "the chain was written anew: its last hash is another"))
    if row["newest"] > last.seq:
        return Verdict(
            seen.seq, seen.hash, Broken(last.seq + 1, f"the chain ends with {last.seq}: this is no part of it")
        )
    return Verdict(seen.seq, seen.hash, None)


def _range(what: str | None) -> tuple[str | None, str | None]:
    """The least and the greatest `what`: `.` comes right before `/`."""
    if what is None or "." in what:
        return what, what
    return f"{what}.", f"{what}/"


async def _links(pool: Pool, last_seq: int) -> AsyncIterator[list[Link]]:
    seq = -1
    while True:
        rows = await pool.fetch(
            "SELECT * FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3", seq, last_seq, _AT_ONCE
        )
        if not rows:
            return
        yield [_read(row) for row in rows]
        seq = rows[-1]["seq"]


async def _insert(connection: Connection, links: Sequence[Link]) -> None:
    await connection.execute(
        """
        INSERT INTO audit (seq, at, who, key_id, door, what, subject, before, after, hash)
        SELECT t.seq, $1, $2, $3, $4, t.what, t.subject, t.before::json, t.after::json, t.hash
        FROM unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[])
            AS t (seq, what, subject, before, after, hash)
        """,
        links[0].at,
        links[0].actor.name,
        links[0].actor.key_id,
        links[0].actor.door,
        [link.seq for link in links],
        [link.entry.what for link in links],
        [link.entry.subject for link in links],
        [link.entry.before for link in links],
        [link.entry.after for link in links],
        [link.hash for link in links],
    )


def said(text: str | None) -> dict[str, Any] | None:
    """What stands in `before` or `after`."""
    return None if text is None else json.loads(text)


def _read(row: Row) -> Link:
    return Link(
        row["seq"],
        row["at"],
        Actor(row["who"], row["door"], row["key_id"]),
        Entry(row["what"], row["subject"], row["before"], row["after"]),
        row["hash"],
    )

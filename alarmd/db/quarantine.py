"""The quarantine: what could not be understood or trusted, as it came, until a human has looked at it."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from alarmd.core.errors import ConflictError, NotFoundError
from alarmd.db.pool import Connection, Row


async def put(
    connection: Connection,
    *,
    reason: str,
    detail: str,
    source: str,
    topic: str | None,
    payload: bytes,
    button_id: str | None,
) -> None:
    """Put something aside. The same again counts up and is shown again; a settled `retained` one stays settled."""
    digest = hashlib.sha256(b"\0".join((reason.encode(), (topic or "").encode(), payload))).digest()
    await connection.execute(
        """
        INSERT INTO quarantine AS q (digest, reason, detail, source, topic, payload, button_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (digest) DO UPDATE
        SET times = q.times + 1,
            last_at = now(),
            detail = excluded.detail,
            dismissed_at = CASE WHEN q.reason = 'retained' THEN q.dismissed_at END,
            dismissed_by = CASE WHEN q.reason = 'retained' THEN q.dismissed_by END,
            dismiss_reason = CASE WHEN q.reason = 'retained' THEN q.dismiss_reason END,
            alarm_id = CASE WHEN q.reason = 'retained' THEN q.alarm_id END
        """,
        digest,
        reason,
        detail,
        source,
        topic,
        payload,
        button_id,
    )


async def page(connection: Connection, *, dismissed: bool, after: Sequence[object] | None, limit: int) -> list[Row]:
    """What is in quarantine, the latest first; `after` is (last_at, id) of the last one seen."""
    last_at, entry_id = after or (None, None)
    return await connection.fetch(
        """
        SELECT id, reason, detail, source, topic, payload, button_id, times, first_at, last_at,
               dismissed_at, dismissed_by, dismiss_reason, alarm_id
        FROM quarantine
        WHERE (dismissed_at IS NOT NULL) = $1
          AND ($2::timestamptz IS NULL OR (last_at, id) < ($2, $3::uuid))
        ORDER BY last_at DESC, id DESC
        LIMIT $4
        """,
        dismissed,
        last_at,
        entry_id,
        limit,
    )


async def hold(connection: Connection, entry_id: UUID) -> Row:
    """One entry, with the `reference` of its alarm; nobody else changes it until the transaction ends.

    Raises:
        NotFoundError: there is no such entry.
    """
    row = await connection.fetchrow(
        """
        SELECT q.*, a.reference
        FROM quarantine q
        LEFT JOIN alarms a ON a.id = q.alarm_id
        WHERE q.id = $1
        FOR UPDATE OF q
        """,
        entry_id,
    )
    if row is None:
        raise NotFoundError(f"nothing in quarantine has the id {entry_id}")
    return row


async def dismiss(connection: Connection, entry_id: UUID, *, by: str, reason: str | None) -> tuple[Row, bool]:
    """A human has looked at it. What is dismissed already stays as it was: by whom first, when, and why.

    Returns the entry, and whether nobody had until now.

    Raises:
        NotFoundError: there is no such entry.
        ConflictError: somebody has made an alarm of it; the text says who and when.
    """
    async with connection.transaction():
        row = await hold(connection, entry_id)
        if row["alarm_id"] is not None:
            raise ConflictError(f"{made_by(row)}: it cannot be dismissed any more")
        if row["dismissed_at"] is not None:
            return row, False
        return await settle(connection, entry_id, by=by, reason=reason), True


async def settle(
    connection: Connection, entry_id: UUID, *, by: str, reason: str | None = None, alarm_id: UUID | None = None
) -> Row:
    """Write down who has decided on an entry that is held: why it is none, or which alarm it became."""
    row = await connection.fetchrow(
        """
        UPDATE quarantine
        SET dismissed_at = now(),
            dismissed_by = $2,
            dismiss_reason = $3,
            alarm_id = $4
        WHERE id = $1
        RETURNING *
        """,
        entry_id,
        by,
        reason,
        alarm_id,
    )
    assert row is not None  # noqa: S101 - it is held
    return row


def made_by(row: Row) -> str:
    """Who has made which alarm of an entry, and when."""
    at = row["dismissed_at"].isoformat(timespec="seconds")
    return f"{row['dismissed_by']} made alarm {row['reference']} of it at {at}"

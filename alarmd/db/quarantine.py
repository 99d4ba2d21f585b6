"""The quarantine: what could not be understood or trusted, as it came, until a human has looked at it."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from alarmd.core.errors import NotFoundError
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
    """Put something aside. The same again counts up and is shown again; a dismissed `retained` one stays dismissed."""
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
            dismissed_by = CASE WHEN q.reason = 'retained' THEN q.dismissed_by END
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
               dismissed_at, dismissed_by
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


async def dismiss(connection: Connection, entry_id: UUID, *, by: str) -> tuple[Row, bool]:
    """A human has looked at it; who did so first, stands.

    Returns the entry, and whether nobody had until now.

    Raises:
        NotFoundError: there is no such entry.
    """
    async with connection.transaction():
        status = await connection.execute(
            "UPDATE quarantine SET dismissed_at = now(), dismissed_by = $2 WHERE id = $1 AND dismissed_at IS NULL",
            entry_id,
            by,
        )
        row = await connection.fetchrow(
            """
            SELECT id, reason, detail, source, topic, payload, button_id, times, first_at, last_at, dismissed_at,
                   dismissed_by
            FROM quarantine
            WHERE id = $1
            """,
            entry_id,
        )
    if row is None:
        raise NotFoundError(f"nothing in quarantine has the id {entry_id}")
    return row, status == "UPDATE 1"

"""Answers already given to writes that carried an Idempotency-Key."""

from dataclasses import dataclass
from uuid import UUID

from alarmd.db.pool import Connection

_KEPT_H = 24
_ABANDONED_S = 60  # whoever worked on it is gone: its process died, or its database did
_IN_HAND = 0  # the status of a write that has no answer yet


@dataclass(frozen=True, slots=True)
class Kept:
    """A write seen before.

    Attributes:
        request: SHA-256 of what was asked.
        status: of the answer; None while it is still worked on.
    """

    request: bytes
    status: int | None
    headers: dict[str, str]
    body: bytes


async def take(connection: Connection, key_id: UUID, token: str, request: bytes) -> Kept | None:
    """Take a write in hand; None when it is now the caller's to do, else what was kept of it."""
    await _forget(connection)
    taken = await connection.fetchval(
        """
        INSERT INTO idempotency AS i (key_id, token, request, status, headers, body)
        VALUES ($1, $2, $3, $4, '{}', '')
        ON CONFLICT (key_id, token) DO UPDATE
        SET created_at = now()
        WHERE i.status = $4
          AND i.request = excluded.request
          AND i.created_at < now() - make_interval(secs => $5)
        RETURNING true
        """,
        key_id,
        token,
        request,
        _IN_HAND,
        _ABANDONED_S,
    )
    return None if taken else await _read(connection, key_id, token)


async def keep(
    connection: Connection, key_id: UUID, token: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep the answer to a write that was taken in hand."""
    await connection.execute(
        """
        UPDATE idempotency
        SET status = $3,
            headers = $4,
            body = $5
        WHERE key_id = $1
          AND token = $2
        """,
        key_id,
        token,
        status,
        headers,
        body,
    )


async def drop(connection: Connection, key_id: UUID, token: str) -> None:
    """Let a write be tried again: it failed, and changed nothing."""
    await connection.execute(
        "DELETE FROM idempotency WHERE key_id = $1 AND token = $2 AND status = $3", key_id, token, _IN_HAND
    )


async def _read(connection: Connection, key_id: UUID, token: str) -> Kept:
    row = await connection.fetchrow(
        "SELECT request, status, headers, body FROM idempotency WHERE key_id = $1 AND token = $2", key_id, token
    )
    if row is None:  # it failed between our two looks, and may be tried again
        return Kept(b"", None, {}, b"")
    return Kept(row["request"], row["status"] or None, row["headers"], row["body"])


async def _forget(connection: Connection) -> None:
    await connection.execute("DELETE FROM idempotency WHERE created_at < now() - make_interval(hours => $1)", _KEPT_H)

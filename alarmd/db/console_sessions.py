"""Sessions of the console: opened with an API key, and worth no more than that key."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alarmd.core import session
from alarmd.core.errors import NotFoundError
from alarmd.db.keys import Key, Role, read_key
from alarmd.db.pool import Connection, Row

_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Somebody who is logged in: with which key, since when, and until when at most."""

    id: UUID
    name: str
    role: Role
    key_id: UUID
    created_at: datetime
    expires_at: datetime


async def open_session(connection: Connection, key_id: UUID) -> str:
    """Open a session; its token is returned here and nowhere else. Those that are over are forgotten."""
    token = secrets.token_urlsafe(_BYTES)
    await connection.execute("DELETE FROM console_sessions WHERE expires_at <= now()")
    await connection.execute(
        """
        INSERT INTO console_sessions (digest, key_id, expires_at)
        VALUES ($1, $2, now() + make_interval(secs => $3))
        """,
        session.digest(token),
        key_id,
        session.LASTS_S,
    )
    return token


async def find(connection: Connection, token: str) -> Key | None:
    """The key that the session was opened with; None when either is over. The look-up's time tells nothing."""
    row = await connection.fetchrow(
        """
        SELECT k.*
        FROM console_sessions s
        JOIN keys k ON k.id = s.key_id
        WHERE s.digest = $1
          AND s.expires_at > now()
          AND k.revoked_at IS NULL
        """,
        session.digest(token),
    )
    return read_key(row) if row else None


async def page(connection: Connection, *, after: UUID | None, limit: int) -> list[OpenSession]:
    """Sessions that are open, the newest first; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT s.id, k.name, k.role, s.key_id, s.created_at, s.expires_at
        FROM console_sessions s
        JOIN keys k ON k.id = s.key_id
        WHERE s.expires_at > now()
          AND k.revoked_at IS NULL
          AND ($1::uuid IS NULL OR s.id < $1)
        ORDER BY s.id DESC
        LIMIT $2
        """,
        after,
        limit,
    )
    return [_read(row) for row in rows]


async def end(connection: Connection, session_id: UUID) -> OpenSession:
    """End somebody's session, on every replica; as it was.

    Raises:
        NotFoundError: there is no such session, or it was over by itself.
    """
    row = await connection.fetchrow(
        """
        DELETE FROM console_sessions s
        USING keys k
        WHERE s.id = $1
          AND s.expires_at > now()
          AND k.id = s.key_id
        RETURNING s.id, k.name, k.role, s.key_id, s.created_at, s.expires_at
        """,
        session_id,
    )
    if row is None:
        raise NotFoundError(f"there is no session with the id {session_id}, or it is over")
    return _read(row)


async def close_session(connection: Connection, token: str) -> None:
    """End a session, on every replica."""
    await connection.execute("DELETE FROM console_sessions WHERE digest = $1", session.digest(token))


def _read(row: Row) -> OpenSession:
    return OpenSession(**{name: row[name] for name in OpenSession.__slots__})

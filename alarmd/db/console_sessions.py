"""Sessions of the console: opened with an API key, and worth no more than that key."""

import secrets
from uuid import UUID

from alarmd.core import session
from alarmd.db.keys import Key, read_key
from alarmd.db.pool import Connection

_BYTES = 32


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


async def close_session(connection: Connection, token: str) -> None:
    """End a session, on every replica."""
    await connection.execute("DELETE FROM console_sessions WHERE digest = $1", session.digest(token))

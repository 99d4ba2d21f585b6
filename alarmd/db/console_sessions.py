"""Sessions of the console: opened with an API key, and worth no more than that key; or by a person, by their role."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alarmd.core import session
from alarmd.core.errors import NotFoundError
from alarmd.core.person import Person
from alarmd.db.keys import Caller, Key, Role, read_key
from alarmd.db.pool import Connection, Row

_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Somebody who is logged in: with which key or as whom, since when, and until when at most."""

    id: UUID
    name: str
    role: Role
    key_id: UUID | None
    issuer: str | None
    subject: str | None
    created_at: datetime
    expires_at: datetime


async def open_session(connection: Connection, caller: Caller) -> str:
    """Open a session; its token is returned here and nowhere else. Those that are over are forgotten."""
    token = secrets.token_urlsafe(_BYTES)
    person = caller if isinstance(caller, Person) else None
    await connection.execute("DELETE FROM console_sessions WHERE expires_at <= now()")
    await connection.execute(
        """
        INSERT INTO console_sessions (digest, key_id, issuer, subject, name, role, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        """,
        session.digest(token),
        caller.id if isinstance(caller, Key) else None,
        person and person.issuer,
        person and person.subject,
        person and person.name,
        person and person.role,
        session.LASTS_S,
    )
    return token


async def find(connection: Connection, token: str) -> Caller | None:
    """Whoever opened the session; None when it, or the key, is over. The look-up's time tells nothing."""
    row = await connection.fetchrow(
        """
        SELECT k.*, s.issuer, s.subject, s.name AS person_name, s.role AS person_role
        FROM console_sessions s
        LEFT JOIN keys k ON k.id = s.key_id
        WHERE s.digest = $1
          AND s.expires_at > now()
          AND k.revoked_at IS NULL
        """,
        session.digest(token),
    )
    if row is None:
        return None
    if row["issuer"] is None:
        return read_key(row)
    return Person(row["issuer"], row["subject"], row["person_name"], row["person_role"])


async def page(connection: Connection, *, after: UUID | None, limit: int) -> list[OpenSession]:
    """Sessions that are open, the newest first; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT s.id, coalesce(k.name, s.name) AS name, coalesce(k.role, s.role) AS role, s.key_id, s.issuer, s.subject,
               s.created_at, s.expires_at
        FROM console_sessions s
        LEFT JOIN keys k ON k.id = s.key_id
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
        WITH ended AS (
            DELETE FROM console_sessions
            WHERE id = $1
              AND expires_at > now()
            RETURNING *
        )
        SELECT e.id, coalesce(k.name, e.name) AS name, coalesce(k.role, e.role) AS role, e.key_id, e.issuer, e.subject,
               e.created_at, e.expires_at
        FROM ended e
        LEFT JOIN keys k ON k.id = e.key_id
        """,
        session_id,
    )
    if row is None:
        raise NotFoundError(f"there is no session with the id {session_id}, or it is over")
    return _read(row)


async def close_session(connection: Connection, token: str) -> None:
    """End a session, on every replica."""
    await connection.execute("DELETE FROM console_sessions WHERE digest = $1", session.digest(token))


async def end_foreign(connection: Connection, issuer: str | None) -> None:
    """End the sessions of people of every provider but this one; None: of all of them."""
    await connection.execute(
        "DELETE FROM console_sessions WHERE issuer IS NOT NULL AND issuer IS DISTINCT FROM $1", issuer
    )


def _read(row: Row) -> OpenSession:
    return OpenSession(**{name: row[name] for name in OpenSession.__slots__})

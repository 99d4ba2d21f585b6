"""API keys: 256 random bits, shown once, kept as their SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

from alarmd.core.audit import Actor
from alarmd.core.errors import ConflictError, InvalidError, NotFoundError
from alarmd.core.person import Person
from alarmd.db.pool import Connection, Row

Role = Literal["viewer", "operator", "admin", "police", "press"]

_PREFIX = "alarmd_"
_BYTES = 32
_LEAST_LENGTH = 16  # of a key that somebody chose


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known here. `endpoint_id` is whom a police key acts for; None: every route."""

    id: UUID
    name: str
    role: Role
    endpoint_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None

    @property
    def actor(self) -> Actor:
        """Whoever has it, as the audit names them."""
        return Actor(self.name, "http", self.id)

    @property
    def importer(self) -> Actor:
        """The same, when they import a file."""
        return Actor(self.name, "import", self.id)


Caller: TypeAlias = Key | Person
"""Whoever asks: who has a key, or who logged in through the provider. To the routes they are the same."""


def digest(secret: str) -> bytes:
    """SHA-256 of a key; that is enough, since a key is random and long."""
    return hashlib.sha256(secret.encode()).digest()


def role(word: str) -> Role:
    """The role of that name.

    Raises:
        InvalidError: there is none.
    """
    match word:
        case "viewer" | "operator" | "admin" | "police" | "press":
            return word
    raise InvalidError(f"role {word!r}: give viewer, operator, admin, police or press")


async def create(connection: Connection, *, name: str, role: Role, endpoint_id: UUID | None = None) -> tuple[Key, str]:
    """Make a key; its secret is returned here and nowhere else.

    Raises:
        InvalidError: there is no such endpoint.
    """
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    try:
        row = await _insert(connection, name, role, endpoint_id, secret)
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidError(f"endpoint_id: there is no endpoint {endpoint_id}") from error
    return read_key(row), secret


async def ensure(connection: Connection, *, name: str, role: Role, secret: str) -> Key | None:
    """Have a key with a secret that somebody chose, unless it was there before, revoked or not; the key if it is new.

    Raises:
        InvalidError: it is too short to be safe.
    """
    if len(secret) < _LEAST_LENGTH:
        raise InvalidError(f"{name} has {len(secret)} characters: give at least {_LEAST_LENGTH} random ones")
    row = await connection.fetchrow(
        """
        INSERT INTO keys (name, role, digest)
        VALUES ($1, $2, $3)
        ON CONFLICT (digest) DO NOTHING
        RETURNING id, name, role, endpoint_id, created_at, revoked_at
        """,
        name,
        role,
        digest(secret),
    )
    return read_key(row) if row else None


async def find(connection: Connection, secret: str) -> Key | None:
    """The key with this secret, unless it is revoked. The look-up is by digest, so its time tells nothing."""
    row = await connection.fetchrow(
        """
        SELECT id, name, role, endpoint_id, created_at, revoked_at
        FROM keys
        WHERE digest = $1
          AND revoked_at IS NULL
        """,
        digest(secret),
    )
    return read_key(row) if row else None


async def page(connection: Connection, *, after: UUID | None, limit: int) -> list[Key]:
    """Keys in the order in which they were made; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT id, name, role, endpoint_id, created_at, revoked_at
        FROM keys
        WHERE $1::uuid IS NULL OR id > $1
        ORDER BY id
        LIMIT $2
        """,
        after,
        limit,
    )
    return [read_key(row) for row in rows]


async def revoke(connection: Connection, key_id: UUID) -> tuple[Key, Key]:
    """Let a key open nothing any more; as it was, and as it is.

    Raises:
        NotFoundError: there is no such key.
        ConflictError: it is the last admin key, without which nobody could make another.
    """
    async with connection.transaction():
        admins = await connection.fetch("SELECT id FROM keys WHERE role = 'admin' AND revoked_at IS NULL FOR UPDATE")
        if [row["id"] for row in admins] == [key_id]:
            raise ConflictError("this is the last admin key: make another one first")
        before = await _hold(connection, key_id)
        row = await connection.fetchrow(
            """
            UPDATE keys
            SET revoked_at = coalesce(revoked_at, now())
            WHERE id = $1
            RETURNING id, name, role, endpoint_id, created_at, revoked_at
            """,
            key_id,
        )
    assert row is not None  # noqa: S101 - it is held
    return before, read_key(row)


async def _hold(connection: Connection, key_id: UUID) -> Key:
    row = await connection.fetchrow(
        "SELECT id, name, role, endpoint_id, created_at, revoked_at FROM keys WHERE id = $1 FOR NO KEY UPDATE", key_id
    )
    if row is None:
        raise NotFoundError(f"there is no key with the id {key_id}")
    return read_key(row)


async def _insert(connection: Connection, name: str, role: Role, endpoint_id: UUID | None, secret: str) -> Row:
    row = await connection.fetchrow(
        """
        INSERT INTO keys (name, role, endpoint_id, digest)
        VALUES ($1, $2, $3, $4)
        RETURNING id, name, role, endpoint_id, created_at, revoked_at
        """,
        name,
        role,
        endpoint_id,
        digest(secret),
    )
    assert row is not None  # noqa: S101 - INSERT ... RETURNING gives its row
    return row


def read_key(row: Row) -> Key:
    """From a row of `keys` to a `Key`."""
    return Key(**{name: row[name] for name in Key.__slots__})

"""How operators read messages of devices that no dialect knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from alarmd.core.errors import ConflictError, NotFoundError
from alarmd.db.pool import Connection, Row


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """A mapping in the registry; `document` is what core/dialects/custom.py reads."""

    id: UUID
    name: str
    document: dict[str, Any]
    created_at: datetime
    created_by: str


async def page(connection: Connection, *, after: str | None, limit: int) -> list[MappingRecord]:
    """Mappings by their names; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT *
        FROM mappings
        WHERE $1::text IS NULL OR name > $1
        ORDER BY name
        LIMIT $2
        """,
        after,
        limit,
    )
    return [_read(row) for row in rows]


async def every(connection: Connection) -> list[MappingRecord]:
    """All mappings, in the order in which they are tried: that of their making."""
    return [_read(row) for row in await connection.fetch("SELECT * FROM mappings ORDER BY id")]


async def version(connection: Connection) -> tuple[int, datetime | None]:
    """Something that is another one when the mappings are others."""
    row = await connection.fetchrow("SELECT count(*) AS number, max(created_at) AS latest FROM mappings")
    assert row is not None  # noqa: S101 - an aggregate has one row
    return row["number"], row["latest"]


async def add(connection: Connection, name: str, document: dict[str, Any], *, by: str) -> MappingRecord:
    """Keep a mapping that was read and found right.

    Raises:
        ConflictError: there is one of that name.
    """
    try:
        row = await connection.fetchrow(
            "INSERT INTO mappings (name, document, created_by) VALUES ($1, $2, $3) RETURNING *", name, document, by
        )
    except asyncpg.UniqueViolationError as error:
        raise ConflictError(f"there is a mapping of the name {name!r}: DELETE it, or give another name") from error
    assert row is not None  # noqa: S101 - INSERT ... RETURNING gives its row
    return _read(row)


async def remove(connection: Connection, mapping_id: UUID) -> MappingRecord:
    """Remove a mapping; gives it.

    Raises:
        NotFoundError: there is none.
    """
    row = await connection.fetchrow("DELETE FROM mappings WHERE id = $1 RETURNING *", mapping_id)
    if row is None:
        raise NotFoundError(f"there is no mapping with the id {mapping_id}")
    return _read(row)


def _read(row: Row) -> MappingRecord:
    return MappingRecord(row["id"], row["name"], row["document"], row["created_at"], row["created_by"])

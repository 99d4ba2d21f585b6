"""Faults: raised once, cleared once, and told of on the change feed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from alarmd.core.errors import NotFoundError
from alarmd.core.fault import FaultKind
from alarmd.db.pool import Connection, Row

_BY_ITSELF = "alarmd"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong, or was until `cleared_at`."""

    id: UUID
    kind: FaultKind
    subject: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None
    cleared_by: str | None


async def raise_fault(connection: Connection, kind: FaultKind, subject: str, detail: str) -> bool:
    """Raise a fault, unless it is raised already; whether it is new."""
    status = await connection.execute(
        """
        WITH raised AS (
            INSERT INTO faults (kind, subject, detail)
            VALUES ($1, $2, $3)
            ON CONFLICT (kind, subject) WHERE cleared_at IS NULL DO NOTHING
            RETURNING id, detail
        )
        INSERT INTO timeline (fault_id, what, detail)
        SELECT id, 'raised', jsonb_build_object('detail', detail)
        FROM raised
        """,
        kind,
        subject,
        detail,
    )
    return status != "INSERT 0 0"


async def clear_fault(connection: Connection, kind: FaultKind, subject: str) -> bool:
    """Clear a fault, if it is raised; whether it was."""
    status = await connection.execute(
        """
        WITH cleared AS (
            UPDATE faults
            SET cleared_at = now(),
                cleared_by = $3
            WHERE kind = $1
              AND subject = $2
              AND cleared_at IS NULL
            RETURNING id
        )
        INSERT INTO timeline (fault_id, what, who)
        SELECT id, 'cleared', $3
        FROM cleared
        """,
        kind,
        subject,
        _BY_ITSELF,
    )
    return status != "INSERT 0 0"


async def agree(connection: Connection, kind: FaultKind, found: Mapping[str, str]) -> int:
    """Have exactly the faults of a kind that were `found` (subject to detail): raise what is new, clear what is gone.

    Returns how many were raised or cleared.
    """
    status = await connection.execute(
        """
        WITH found AS (
            SELECT subject, detail
            FROM unnest($2::text[], $3::text[]) AS t (subject, detail)
        ),
        raised AS (
            INSERT INTO faults (kind, subject, detail)
            SELECT $1, subject, detail
            FROM found
            ORDER BY subject
            ON CONFLICT (kind, subject) WHERE cleared_at IS NULL DO NOTHING
            RETURNING id, detail
        ),
        cleared AS (
            UPDATE faults
            SET cleared_at = now(),
                cleared_by = $4
            WHERE kind = $1
              AND cleared_at IS NULL
              AND subject NOT IN (SELECT subject FROM found)
            RETURNING id
        )
        INSERT INTO timeline (fault_id, what, who, detail)
        SELECT id, 'raised', NULL, jsonb_build_object('detail', detail)
        FROM raised
        UNION ALL
        SELECT id, 'cleared', $4, '{}'
        FROM cleared
        """,
        kind,
        list(found.keys()),
        list(found.values()),
        _BY_ITSELF,
    )
    return int(status.rpartition(" ")[2])


async def dismiss(connection: Connection, fault_id: UUID, *, by: str) -> tuple[Fault, bool]:
    """A human says that it is right again, or seen; one that still is wrong is raised anew when it is next noticed.

    Returns the fault, and whether it was open until now.

    Raises:
        NotFoundError: there is no such fault.
    """
    async with connection.transaction():
        status = await connection.execute(
            "UPDATE faults SET cleared_at = now(), cleared_by = $2 WHERE id = $1 AND cleared_at IS NULL", fault_id, by
        )
        was_open = status == "UPDATE 1"
        if was_open:
            await connection.execute(
                "INSERT INTO timeline (fault_id, what, who) VALUES ($1, 'cleared', $2)", fault_id, by
            )
        row = await connection.fetchrow("SELECT * FROM faults WHERE id = $1", fault_id)
    if row is None:
        raise NotFoundError(f"there is no fault with the id {fault_id}")
    return _read(row), was_open


async def page(connection: Connection, *, cleared: bool, after: UUID | None, limit: int) -> list[Fault]:
    """Faults that still are, or those that are `cleared`; the newest first. `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT *
        FROM faults
        WHERE (cleared_at IS NOT NULL) = $1
          AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        cleared,
        after,
        limit,
    )
    return [_read(row) for row in rows]


async def open_by_kind(connection: Connection) -> dict[str, int]:
    """How many faults of each kind are open."""
    rows = await connection.fetch("SELECT kind, count(*) AS times FROM faults WHERE cleared_at IS NULL GROUP BY kind")
    return {row["kind"]: row["times"] for row in rows}


def _read(row: Row) -> Fault:
    return Fault(
        id=row["id"],
        kind=cast("FaultKind", row["kind"]),
        subject=row["subject"],
        detail=row["detail"],
        raised_at=row["raised_at"],
        cleared_at=row["cleared_at"],
        cleared_by=row["cleared_by"],
    )

"""The access log: who has read where alarms are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alarmd.core.access import Access
from alarmd.db.pool import Connection, Row


@dataclass(frozen=True, slots=True)
class Filters:
    """Which readings; None: whatever.

    Attributes:
        who: a key's name, exactly.
        alarm_id: one that was shown.
        since: at or after; `until` is before.
    """

    who: str | None = None
    what: str | None = None
    alarm_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def write(connection: Connection, readings: Sequence[Access]) -> None:
    """Write readings down; those that are written already stay as they are."""
    await connection.executemany(
        """
        INSERT INTO access_log (id, at, key_id, who, what, query, alarms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO NOTHING
        """,
        [(read.id, read.at, read.key_id, read.who, read.what, read.query, read.alarms) for read in readings],
    )


# Looked up first: Postgres takes what is in arrays for common, and would look at reading after reading.
_OF_ALARM = "(SELECT * FROM access_log WHERE alarms @> ARRAY[$3::uuid] OFFSET 0)"
_ALL = "(SELECT * FROM access_log WHERE $3::uuid IS NULL)"


async def page(
    connection: Connection, filters: Filters, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Access]:
    """Readings, the newest first; `after` is (at, id) of the last one seen."""
    at, access_id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT *
        FROM {_OF_ALARM if filters.alarm_id else _ALL} AS readings
        WHERE ($1::text IS NULL OR who = $1)
          AND ($2::text IS NULL OR what = $2)
          AND ($4::timestamptz IS NULL OR at >= $4)
          AND ($5::timestamptz IS NULL OR at < $5)
          AND ($6::timestamptz IS NULL OR (at, id) < ($6, $7::uuid))
        ORDER BY at DESC, id DESC
        LIMIT $8
        """,  # noqa: S608 - one of two texts of our own
        filters.who,
        filters.what,
        filters.alarm_id,
        filters.since,
        filters.until,
        at,
        access_id,
        limit,
    )
    return [_read(row) for row in rows]


def _read(row: Row) -> Access:
    return Access(
        at=row["at"],
        key_id=row["key_id"],
        who=row["who"],
        what=row["what"],
        query=row["query"],
        alarms=tuple(row["alarms"]),
        id=row["id"],
    )

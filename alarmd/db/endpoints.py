"""Receivers of alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn
from uuid import UUID

import asyncpg

from alarmd.core.delivery import Endpoint, Format
from alarmd.core.errors import ConflictError, NotFoundError, StaleError
from alarmd.db import faults
from alarmd.db.outbox import read_endpoint
from alarmd.db.pool import Connection, Row

Audience = Literal["police", "operators"]


@dataclass(frozen=True, slots=True)
class EndpointEntry:
    """What an administrator says of an endpoint.

    Attributes:
        audience: operators are told of alarms whose place is unknown.
        districts: legal codes; with no stations either: every store that no other route claims.
        stations: names of police stations and precincts, in full.
        position: in the chain; 0 is told first.
        format: what it is sent.
    """

    name: str
    url: str
    audience: Audience
    districts: tuple[str, ...]
    stations: tuple[str, ...]
    position: int
    accepts_tests: bool
    escalate_after_s: float
    acknowledge_within_s: float
    reopen_after_s: float
    format: Format


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when an endpoint is sent nothing, since when, who said so, and why."""

    until: datetime
    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """An endpoint as it is kept, without its secrets.

    `overlap_until` is until when its old secret signs as well; None: it has one that signs.
    """

    id: UUID
    entry: EndpointEntry
    overlap_until: datetime | None
    pause: Pause | None
    version: int
    created_at: datetime
    updated_at: datetime


async def ensure_default(connection: Connection, *, url: str, secret: str) -> EndpointRecord | None:
    """Have the default endpoint, which the settings gave, unless there has been any before; the one that is new."""
    row = await connection.fetchrow(
        """
        INSERT INTO endpoints (name, url, secrets)
        SELECT 'police', $1, ARRAY[$2]
        WHERE NOT EXISTS (SELECT 1 FROM endpoints WHERE audience <> 'canary')
        RETURNING *, now() AS now
        """,
        url,
        secret,
    )
    return read_record(row) if row else None


async def point(connection: Connection, *, name: str, url: str, secret: str) -> None:
    """Have the endpoint of this name at this URL, with this secret alone."""
    await connection.execute(
        """
        INSERT INTO endpoints (name, url, secrets)
        VALUES ($1, $2, ARRAY[$3])
        ON CONFLICT (name) DO UPDATE
        SET url = excluded.url,
            secrets = excluded.secrets,
            overlap_until = NULL,
            updated_at = now()
        """,
        name,
        url,
        secret,
    )


async def page(connection: Connection, *, after: UUID | None, limit: int) -> list[EndpointRecord]:
    """Endpoints in the order in which they were made, but for those removed, and for the canary's own.

    `after` is the last one seen.
    """
    rows = await connection.fetch(
        """
        SELECT *, now() AS now
        FROM endpoints
        WHERE removed_at IS NULL
          AND audience <> 'canary'
          AND ($1::uuid IS NULL OR id > $1)
        ORDER BY id
        LIMIT $2
        """,
        after,
        limit,
    )
    return [read_record(row) for row in rows]


async def get(connection: Connection, endpoint_id: UUID) -> EndpointRecord:
    """One endpoint.

    Raises:
        NotFoundError: there is none, or it was removed.
    """
    row = await connection.fetchrow(
        """
        SELECT *, now() AS now
        FROM endpoints
        WHERE id = $1
          AND removed_at IS NULL
          AND audience <> 'canary'
        """,
        endpoint_id,
    )
    if row is None:
        raise _unknown(endpoint_id)
    return read_record(row)


async def receiver(connection: Connection, endpoint_id: UUID) -> Endpoint:
    """One endpoint as it is sent to, with its secrets.

    Raises:
        NotFoundError: there is none, or it was removed.
    """
    row = await connection.fetchrow(
        "SELECT * FROM endpoints WHERE id = $1 AND removed_at IS NULL AND audience <> 'canary'", endpoint_id
    )
    if row is None:
        raise _unknown(endpoint_id)
    return read_endpoint(row)


async def add(connection: Connection, entry: EndpointEntry, *, secret: str) -> EndpointRecord:
    """Make an endpoint.

    Raises:
        ConflictError: another has had this name.
    """
    try:
        row = await connection.fetchrow(
            """
            INSERT INTO endpoints (name, url, audience, districts, stations, position, accepts_tests,
                                   escalate_after_s, acknowledge_within_s, reopen_after_s, format, secrets)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, ARRAY[$12])
            RETURNING *, now() AS now
            """,
            *_columns(entry),
            secret,
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(entry) from error
    assert row is not None  # noqa: S101 - INSERT ... RETURNING gives its row
    return read_record(row)


async def change(connection: Connection, endpoint_id: UUID, entry: EndpointEntry, *, version: int) -> EndpointRecord:
    """Change an endpoint that is still at this version.

    Raises:
        NotFoundError: there is none, or it was removed.
        StaleError: it was changed meanwhile.
        ConflictError: another has had this name.
    """
    try:
        row = await connection.fetchrow(
            """
            UPDATE endpoints
            SET name = $3,
                url = $4,
                audience = $5,
                districts = $6,
                stations = $7,
                position = $8,
                accepts_tests = $9,
                escalate_after_s = $10,
                acknowledge_within_s = $11,
                reopen_after_s = $12,
                format = $13,
                version = version + 1,
                updated_at = now()
            WHERE id = $1
              AND version = $2
              AND removed_at IS NULL
            RETURNING *, now() AS now
            """,
            endpoint_id,
            version,
            *_columns(entry),
        )
    except asyncpg.UniqueViolationError as error:
        raise _taken(entry) from error
    return read_record(row) if row else await _refuse(connection, endpoint_id)


async def rotate_secret(connection: Connection, endpoint_id: UUID, secret: str, *, overlap_s: float) -> EndpointRecord:
    """Sign with a new secret, and for so many seconds with the one before as well.

    Raises:
        NotFoundError: there is none, or it was removed.
    """
    row = await connection.fetchrow(
        """
        UPDATE endpoints
        SET secrets = CASE WHEN $3::float8 > 0 THEN ARRAY[$2, secrets[1]] ELSE ARRAY[$2] END,
            overlap_until = CASE WHEN $3::float8 > 0 THEN now() + make_interval(secs => $3) END,
            version = version + 1,
            updated_at = now()
        WHERE id = $1
          AND removed_at IS NULL
          AND audience <> 'canary'
        RETURNING *, now() AS now
        """,
        endpoint_id,
        secret,
        overlap_s,
    )
    return read_record(row) if row else await _refuse(connection, endpoint_id)


async def remove(connection: Connection, endpoint_id: UUID, *, by: str, version: int | None) -> None:
    """Send an endpoint nothing more. What it is still owed is given up by `by`, or goes to who else serves the store.

    Raises:
        NotFoundError: there is none, or it was removed.
        StaleError: it was changed meanwhile.
    """
    async with connection.transaction():
        name = await connection.fetchval(
            """
            UPDATE endpoints
            SET removed_at = now(),
                version = version + 1,
                updated_at = now()
            WHERE id = $1
              AND ($2::integer IS NULL OR version = $2)
              AND removed_at IS NULL
              AND audience <> 'canary'
            RETURNING name
            """,
            endpoint_id,
            version,
        )
        if name is None:
            await _refuse(connection, endpoint_id)
        await faults.clear_fault(connection, "endpoint_failing", name)
        await faults.clear_fault(connection, "endpoint_paused", name)
        await relieve(connection, by=by)


async def relieve(connection: Connection, *, by: str) -> None:
    """Give up what removed endpoints are owed; an alarm that thereby nobody is told of is routed anew.

    To be run again after a removal: a press that was being committed meanwhile may still have seen the endpoint.
    """
    await connection.execute(
        """
        WITH relieved AS (
            UPDATE deliveries d
            SET state = 'cancelled',
                cancelled_by = $1,
                cancel_reason = 'the endpoint was removed',
                claimed_by = NULL,
                fence = fence + 1
            FROM endpoints e
            WHERE e.id = d.endpoint_id
              AND e.removed_at IS NOT NULL
              AND d.state = 'pending'
            RETURNING d.alarm_id
        )
        UPDATE alarms a
        SET awaits_route = true
        WHERE a.id IN (SELECT alarm_id FROM relieved)
          AND a.kind <> 'canary'
          AND a.state IN ('open', 'cancel_requested')
          AND NOT EXISTS (
              SELECT 1
              FROM deliveries d
              JOIN endpoints e ON e.id = d.endpoint_id
              WHERE d.alarm_id = a.id
                AND (d.state = 'delivered' OR (d.state = 'pending' AND e.removed_at IS NULL)))
        """,
        by,
    )


def _columns(entry: EndpointEntry) -> tuple[object, ...]:
    return (
        entry.name,
        entry.url,
        entry.audience,
        entry.districts,
        entry.stations,
        entry.position,
        entry.accepts_tests,
        entry.escalate_after_s,
        entry.acknowledge_within_s,
        entry.reopen_after_s,
        entry.format,
    )


def _unknown(endpoint_id: UUID) -> NotFoundError:
    return NotFoundError(f"there is no endpoint with the id {endpoint_id}")


def _taken(entry: EndpointEntry) -> ConflictError:
    return ConflictError(f"the name {entry.name!r} is taken, or was by an endpoint that is removed: give another")


async def _refuse(connection: Connection, endpoint_id: UUID) -> NoReturn:
    """Say why nothing was changed."""
    found = await get(connection, endpoint_id)
    raise StaleError(f"the endpoint {found.entry.name} is at version {found.version} by now: read it again")


def read_record(row: Row) -> EndpointRecord:
    """Read a row of `endpoints` that has the database's time as `now`: what is over by then is left out."""
    lists = {name: tuple(row[name]) for name in ("districts", "stations")}
    entry = {name: row[name] for name in EndpointEntry.__slots__} | lists
    receiver = read_endpoint(row)
    pause = Pause(row["paused_until"], row["paused_at"], row["paused_by"], row["pause_reason"])
    return EndpointRecord(
        id=row["id"],
        entry=EndpointEntry(**entry),
        overlap_until=row["overlap_until"] if len(receiver.signing(row["now"])) > 1 else None,
        pause=pause if receiver.paused(row["now"]) else None,
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )

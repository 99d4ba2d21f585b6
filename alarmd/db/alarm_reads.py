"""Alarms as they are read: lists, and one with all that happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alarmd.core.alarm import Alarm
from alarmd.core.dialects.device import registered
from alarmd.core.errors import NotFoundError
from alarmd.db import deliveries
from alarmd.db.alarm_rows import read_alarm
from alarmd.db.pool import Connection, Row

_MOST_DELIVERIES = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which alarms; None: whatever. Canaries only when `kind` asks for them.

    `endpoint_id`: only those that this endpoint has had a word of.
    """

    states: Sequence[str] | None = None
    kind: str | None = None
    store_id: UUID | None = None
    button_id: str | None = None
    located: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    endpoint_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that happened to an alarm, each list in order."""

    presses: list[Row]
    timeline: list[Row]
    alerts: list[Row]
    deliveries: list[Row]
    attempts: list[Row]


# As a condition of its own, and not as one that may be left out: only then can Postgres begin with an endpoint's few
# deliveries, and need not ask of each alarm in turn.
_TOLD = "EXISTS (SELECT 1 FROM deliveries d WHERE d.alarm_id = a.id AND d.endpoint_id = $8)"
_WHOEVER = "$8::uuid IS NULL"


async def page(
    connection: Connection, filters: Filters, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Alarm]:
    """Alarms, the newest first; `after` is (opened_at, id) of the last one seen."""
    opened_at, alarm_id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT *
        FROM alarms a
        WHERE ($1::text[] IS NULL OR a.state = ANY ($1))
          AND CASE WHEN $2::text IS NULL THEN a.kind <> 'canary' ELSE a.kind = $2 END
          AND ($3::uuid IS NULL OR a.store_id = $3)
          AND ($4::text IS NULL OR a.button_id = $4)
          AND ($5::boolean IS NULL OR (a.store_id IS NOT NULL) = $5)
          AND ($6::timestamptz IS NULL OR a.opened_at >= $6)
          AND ($7::timestamptz IS NULL OR a.opened_at < $7)
          AND {_TOLD if filters.endpoint_id else _WHOEVER}
          AND ($9::timestamptz IS NULL OR (a.opened_at, a.id) < ($9, $10::uuid))
        ORDER BY a.opened_at DESC, a.id DESC
        LIMIT $11
        """,  # noqa: S608 - one of two texts of our own
        filters.states,
        filters.kind,
        filters.store_id,
        registered(filters.button_id) if filters.button_id else None,
        filters.located,
        filters.since,
        filters.until,
        filters.endpoint_id,
        opened_at,
        alarm_id,
        limit,
    )
    return [read_alarm(row) for row in rows]


async def get(connection: Connection, alarm_id: UUID, *, endpoint_id: UUID | None) -> Alarm:
    """One alarm.

    Raises:
        NotFoundError: there is none, or the endpoint has had no word of it.
    """
    row = await connection.fetchrow(
        """
        SELECT *
        FROM alarms a
        WHERE a.id = $1
          AND ($2::uuid IS NULL OR EXISTS (
              SELECT 1 FROM deliveries d WHERE d.alarm_id = a.id AND d.endpoint_id = $2))
        """,
        alarm_id,
        endpoint_id,
    )
    if row is None:
        raise NotFoundError(f"there is no alarm with the id {alarm_id}")
    return read_alarm(row)


async def told(connection: Connection, alarm_ids: Sequence[UUID], *, endpoint_id: UUID) -> set[UUID]:
    """Those of the alarms that an endpoint has had a word of."""
    rows = await connection.fetch(
        "SELECT DISTINCT alarm_id FROM deliveries WHERE alarm_id = ANY ($1) AND endpoint_id = $2",
        alarm_ids,
        endpoint_id,
    )
    return {row["alarm_id"] for row in rows}


async def history(connection: Connection, alarm_id: UUID) -> History:
    """All that happened to an alarm."""
    owed = await deliveries.page(connection, alarm_id=alarm_id, limit=_MOST_DELIVERIES)
    return History(
        presses=await _presses(connection, alarm_id),
        timeline=await _timeline(connection, alarm_id),
        alerts=await _alerts(connection, alarm_id),
        deliveries=owed,
        attempts=await deliveries.attempts(connection, [row["id"] for row in owed]),
    )


async def _presses(connection: Connection, alarm_id: UUID) -> list[Row]:
    return await connection.fetch(
        """
        SELECT p.button_id, p.press_id, p.kind, p.pressed_at, p.received_at, p.counter, p.gateway_id, p.source,
               p.faults, p.wire_id, p.topic, p.payload
        FROM timeline t
        JOIN presses p ON p.id = t.press
        WHERE t.alarm_id = $1
        ORDER BY t.id
        """,
        alarm_id,
    )


async def _timeline(connection: Connection, alarm_id: UUID) -> list[Row]:
    return await connection.fetch(
        "SELECT at, what, who, detail FROM timeline WHERE alarm_id = $1 ORDER BY id", alarm_id
    )


async def _alerts(connection: Connection, alarm_id: UUID) -> list[Row]:
    return await connection.fetch(
        "SELECT id, type, state, press_count, created_at FROM alerts WHERE alarm_id = $1 ORDER BY id", alarm_id
    )

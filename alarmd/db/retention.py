"""Retention: what is personal is taken from what is long over, some at a time. The alarms stay, and what was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from alarmd.core.audit import Actor
from alarmd.db import audit
from alarmd.db.pool import Connection, Row

ACCESS_LOG_DAYS: Final = 400  # at least; the database refuses to delete what is younger

_ALARMS_AT_ONCE: Final = 200
_ROWS_AT_ONCE: Final = 1000
_ITSELF: Final = Actor("alarmd", "service")


async def clear_some(connection: Connection, days: int) -> bool:
    """Clear some of what has been over for so many days; whether there may be more.

    Alarms that are not closed are never touched. One replica at a time: where another one clears, there is nothing to
    do here. Batches are small, since the change feed waits for every transaction that writes.
    """
    async with connection.transaction():
        # By key, whatever the statistics say: each batch is a small part of what there is.
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off")
        await connection.execute("SET LOCAL enable_mergejoin = off")
        position = await connection.fetchrow("SELECT * FROM retention FOR UPDATE SKIP LOCKED")
        if position is None:
            return False
        alarms = await _closed(connection, position, days)
        presses = await _loose(connection, position, days)
        done = {
            "alarms": len(alarms),
            "presses": await _clear_presses(connection, alarms) + await _clear_loose(connection, presses),
            "notes": await _clear_notes(connection, alarms),
            "answers": await _clear_answers(connection, alarms),
            "quarantined": await _delete_quarantined(connection, days),
            "readings": await _delete_readings(connection, max(days, ACCESS_LOG_DAYS)),
        }
        await _go_on(connection, position, alarms, presses, done)
    return (
        len(alarms) == _ALARMS_AT_ONCE
        or len(presses) == _ROWS_AT_ONCE
        or _ROWS_AT_ONCE in {done["quarantined"], done["readings"]}
    )


async def tell(connection: Connection, days: int) -> dict[str, int]:
    """Write down in the audit what was done since it was last told, and give it; nothing if nothing was."""
    async with connection.transaction():
        row = await connection.fetchrow("SELECT done FROM retention FOR UPDATE SKIP LOCKED")
        done: dict[str, int] = row["done"] if row else {}
        if not any(done.values()):
            return {}
        await connection.execute("UPDATE retention SET done = '{}'")
        await audit.record(connection, _ITSELF, "retention.ran", "retention", after={"days": days} | done)
    return done


async def _closed(connection: Connection, position: Row, days: int) -> list[Row]:
    """The alarms that come next, by when they were closed."""
    return await connection.fetch(
        """
        SELECT id, closed_at
        FROM alarms
        WHERE state = 'closed'
          AND (closed_at, id) > ($1, $2)
          AND closed_at < now() - make_interval(days => $3)
        ORDER BY closed_at, id
        LIMIT $4
        """,
        position["closed_at"],
        position["alarm_id"],
        days,
        _ALARMS_AT_ONCE,
    )


async def _loose(connection: Connection, position: Row, days: int) -> list[Row]:
    """The presses that come next, by when they were received; `loose` are those in no alarm."""
    return await connection.fetch(
        """
        SELECT id, received_at, (SELECT t.alarm_id FROM timeline t WHERE t.press = p.id) IS NULL AS loose
        FROM presses p
        WHERE received_at >= $1
          AND (received_at, id) > ($1, $2)
          AND received_at < now() - make_interval(days => $3)
        ORDER BY received_at, id
        LIMIT $4
        """,
        position["received_at"],
        position["press_id"],
        days,
        _ROWS_AT_ONCE,
    )


async def _clear_presses(connection: Connection, alarms: Sequence[Row]) -> int:
    """The presses themselves stay: one that came again after years would else open an alarm."""
    return _count(
        await connection.execute(
            """
            UPDATE presses p
            SET payload = ''
            FROM timeline t
            WHERE t.alarm_id = ANY ($1)
              AND p.id = t.press
              AND p.payload <> ''
            """,
            _ids(alarms),
        )
    )


async def _clear_loose(connection: Connection, presses: Sequence[Row]) -> int:
    return _count(
        await connection.execute(
            "UPDATE presses SET payload = '' WHERE id = ANY ($1) AND payload <> ''",
            [row["id"] for row in presses if row["loose"]],
        )
    )


async def _clear_notes(connection: Connection, alarms: Sequence[Row]) -> int:
    """What people wrote: notes, and why they refused. The reason of an escalation is alarmd's own word."""
    return _count(
        await connection.execute(
            """
            UPDATE timeline
            SET detail = detail - '{note,reason}'::text[]
            WHERE alarm_id = ANY ($1)
              AND what <> 'escalated'
              AND detail ?| '{note,reason}'
            """,
            _ids(alarms),
        )
    )


async def _clear_answers(connection: Connection, alarms: Sequence[Row]) -> int:
    return _count(
        await connection.execute(
            """
            UPDATE attempts a
            SET answer = ''
            FROM deliveries d
            WHERE d.alarm_id = ANY ($1)
              AND a.delivery_id = d.id
              AND a.answer <> ''
            """,
            _ids(alarms),
        )
    )


async def _delete_quarantined(connection: Connection, days: int) -> int:
    """Only what a human has looked at."""
    return _count(
        await connection.execute(
            """
            DELETE FROM quarantine
            WHERE id = ANY (ARRAY(
                SELECT id
                FROM quarantine
                WHERE dismissed_at < now() - make_interval(days => $1)
                  AND last_at < now() - make_interval(days => $1)
                ORDER BY last_at
                LIMIT $2))
            """,
            days,
            _ROWS_AT_ONCE,
        )
    )


async def _delete_readings(connection: Connection, days: int) -> int:
    return _count(
        await connection.execute(
            """
            DELETE FROM access_log
            WHERE id = ANY (ARRAY(
                SELECT id
                FROM access_log
                WHERE at < now() - make_interval(days => $1)
                ORDER BY at, id
                LIMIT $2))
            """,
            days,
            _ROWS_AT_ONCE,
        )
    )


async def _go_on(
    connection: Connection, position: Row, alarms: Sequence[Row], presses: Sequence[Row], done: dict[str, int]
) -> None:
    told: dict[str, Any] = position["done"]
    closed_at, alarm_id = _last(alarms, "closed_at") or (position["closed_at"], position["alarm_id"])
    received_at, press_id = _last(presses, "received_at") or (position["received_at"], position["press_id"])
    await connection.execute(
        "UPDATE retention SET closed_at = $1, alarm_id = $2, received_at = $3, press_id = $4, done = $5",
        closed_at,
        alarm_id,
        received_at,
        press_id,
        {name: told.get(name, 0) + number for name, number in done.items()},
    )


def _last(rows: Sequence[Row], at: str) -> tuple[datetime, UUID] | None:
    return (rows[-1][at], rows[-1]["id"]) if rows else None


def _ids(rows: Sequence[Row]) -> list[UUID]:
    return [row["id"] for row in rows]


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])

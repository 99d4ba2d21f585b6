"""Endpoints that a human pauses: what they are owed waits until the pause ends, and nothing waits with it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from alarmd.core.alert import timestamp
from alarmd.core.errors import Fault, InvalidError, NotFoundError
from alarmd.db import endpoints, faults, outbox
from alarmd.db.endpoints import EndpointRecord
from alarmd.db.pool import Connection, Row

_LONGEST: Final = timedelta(days=7)


async def pause(connection: Connection, endpoint_id: UUID, *, until: datetime, by: str, reason: str) -> EndpointRecord:
    """Send an endpoint nothing until then; a fault says so meanwhile.

    Alarms that it has not taken go to the next in their chains at the next look, within a second. Pausing it again
    sets a new end.

    Raises:
        NotFoundError: there is none, or it was removed.
        InvalidError: that is over, or longer than a week from now by the database's clock.
    """
    async with connection.transaction():
        row = await connection.fetchrow(
            """
            UPDATE endpoints
            SET paused_until = $2,
                paused_at = now(),
                paused_by = $3,
                pause_reason = $4,
                version = version + 1,
                updated_at = now()
            WHERE id = $1
              AND removed_at IS NULL
              AND audience <> 'canary'
            RETURNING *, now() AS now
            """,
            endpoint_id,
            until,
            by,
            reason,
        )
        record = _found(row, endpoint_id)
        if record.pause is None or until > record.updated_at + _LONGEST:
            wrong = "give a time in the future, at most a week from now"
            raise InvalidError(f"body.until: {wrong}", [Fault("body.until", wrong, until.isoformat())])
        # What waits is claimed now, found to be paused, and held until the pause ends.
        await outbox.hasten(connection, [endpoint_id])
        await _look_at_waiting(connection, endpoint_id)
        await faults.clear_fault(connection, "endpoint_paused", record.entry.name)
        detail = f"until {timestamp(until)} by {by}: {reason}"
        await faults.raise_fault(connection, "endpoint_paused", record.entry.name, detail)
        return record


async def resume(connection: Connection, endpoint_id: UUID) -> EndpointRecord:
    """End a pause now: what waited is due. One that is not paused stays as it is.

    Raises:
        NotFoundError: there is none, or it was removed.
    """
    async with connection.transaction():
        await _end(connection, endpoint_id)
        await outbox.hasten(connection, [endpoint_id])
        return await endpoints.get(connection, endpoint_id)


async def end_over(connection: Connection) -> None:
    """Clear up after pauses that are over: what waited is due by then, of itself."""
    async with connection.transaction():
        await _end(connection, None)


async def _end(connection: Connection, endpoint_id: UUID | None) -> None:
    """End the pause of an endpoint, or of each that is paused no longer, and the fault that tells of it."""
    rows = await connection.fetch(
        """
        UPDATE endpoints
        SET paused_until = NULL,
            paused_at = NULL,
            paused_by = NULL,
            pause_reason = NULL,
            version = version + 1,
            updated_at = now()
        WHERE paused_until IS NOT NULL
          AND CASE WHEN $1::uuid IS NULL THEN paused_until <= now() ELSE id = $1 END
        RETURNING name
        """,
        endpoint_id,
    )
    for row in rows:
        await faults.clear_fault(connection, "endpoint_paused", row["name"])


async def _look_at_waiting(connection: Connection, endpoint_id: UUID) -> None:
    """Let the alarms that an endpoint has not taken be looked at now."""
    await connection.execute(
        """
        UPDATE alarms
        SET escalate_at = now()
        WHERE id IN (
            SELECT alarm_id
            FROM deliveries
            WHERE endpoint_id = $1
              AND state = 'pending'
              AND urgency = 0)
          AND kind = 'panic'
          AND state IN ('open', 'cancel_requested')
          AND store_id IS NOT NULL
        """,
        endpoint_id,
    )


def _found(row: Row | None, endpoint_id: UUID) -> EndpointRecord:
    if row is None:
        raise NotFoundError(f"there is no endpoint with the id {endpoint_id}")
    return endpoints.read_record(row)

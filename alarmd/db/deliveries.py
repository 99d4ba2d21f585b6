"""Deliveries as they are read, and what a human may do with one: have it tried again, or give it up."""

from collections.abc import Sequence
from uuid import UUID

from alarmd.core.errors import ConflictError, NotFoundError
from alarmd.db.pool import Connection, Row


async def page(
    connection: Connection,
    *,
    delivery_id: UUID | None = None,
    alarm_id: UUID | None = None,
    endpoint_id: UUID | None = None,
    state: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Row]:
    """What is owed, or was, in the order in which it came to be owed; `after` is the last one seen."""
    return await connection.fetch(
        """
        SELECT d.id, d.alert_id, d.alarm_id, a.reference AS alarm_reference, d.endpoint_id, e.name AS endpoint,
               w.type AS alert_type, d.state, d.due_at, d.attempts, d.created_at, d.delivered_at, d.cancelled_by,
               d.cancel_reason
        FROM deliveries d
        JOIN endpoints e ON e.id = d.endpoint_id
        JOIN alerts w ON w.id = d.alert_id
        JOIN alarms a ON a.id = d.alarm_id
        WHERE ($1::uuid IS NULL OR d.id = $1)
          AND ($2::uuid IS NULL OR d.alarm_id = $2)
          AND ($3::uuid IS NULL OR d.endpoint_id = $3)
          AND ($4::text IS NULL OR d.state = $4)
          AND ($5::uuid IS NULL OR d.id > $5)
        ORDER BY d.id
        LIMIT $6
        """,
        delivery_id,
        alarm_id,
        endpoint_id,
        state,
        after,
        limit,
    )


async def attempts(connection: Connection, delivery_ids: Sequence[UUID]) -> list[Row]:
    """The attempts of deliveries, in order."""
    return await connection.fetch(
        """
        SELECT delivery_id, number, ended_at, duration_ms, status, error, answer
        FROM attempts
        WHERE delivery_id = ANY ($1)
        ORDER BY delivery_id, number
        """,
        delivery_ids,
    )


async def retry(connection: Connection, delivery_id: UUID, *, by: str) -> None:
    """Let a delivery be due now: one that waits, one that was cancelled, or one that was delivered and is wanted again.

    One that is under way stays as it is. The alert keeps its id, so that the receiver knows it again.

    Raises:
        NotFoundError: there is no such delivery.
        ConflictError: its endpoint was removed.
    """
    async with connection.transaction():
        row = await _lock(connection, delivery_id)
        if row["removed"]:
            raise ConflictError(f"the endpoint {row['endpoint']} was removed: nothing can be delivered to it")
        await connection.execute(
            """
            UPDATE deliveries
            SET state = 'pending',
                due_at = now(),
                delivered_at = NULL,
                cancelled_by = NULL,
                cancel_reason = NULL
            WHERE id = $1
              AND (state <> 'pending' OR claimed_by IS NULL)
            """,
            delivery_id,
        )
        await _note(connection, row, "delivery_retried", by)


async def cancel(connection: Connection, delivery_id: UUID, *, by: str, reason: str | None) -> None:
    """Give a delivery up. A result of an attempt that is under way comes too late.

    What is given up already stays as it was: who did it first, and why.

    Raises:
        NotFoundError: there is no such delivery.
        ConflictError: it has been delivered.
    """
    async with connection.transaction():
        row = await _lock(connection, delivery_id)
        if row["state"] == "delivered":
            raise ConflictError(f"it was delivered to {row['endpoint']} at {row['delivered_at'].isoformat()}")
        if row["state"] == "cancelled":
            return
        await connection.execute(
            """
            UPDATE deliveries
            SET state = 'cancelled',
                cancelled_by = $2,
                cancel_reason = $3,
                claimed_by = NULL,
                fence = fence + 1
            WHERE id = $1
            """,
            delivery_id,
            by,
            reason,
        )
        await _note(connection, row, "delivery_cancelled", by, reason)


async def _note(connection: Connection, row: Row, what: str, who: str, reason: str | None = None) -> None:
    """Put on the alarm's timeline what a human did with the delivery of a row that `_lock` gave."""
    detail = {"delivery_id": str(row["id"]), "alert": row["type"], "endpoint": row["endpoint"], "reason": reason}
    await connection.execute(
        "INSERT INTO timeline (alarm_id, what, who, detail) VALUES ($1, $2, $3, $4)",
        row["alarm_id"],
        what,
        who,
        {name: value for name, value in detail.items() if value is not None},
    )


async def hold(connection: Connection, delivery_id: UUID) -> None:
    """Let nobody else change a delivery until the transaction ends.

    Raises:
        NotFoundError: there is no such delivery.
    """
    await _lock(connection, delivery_id)


async def _lock(connection: Connection, delivery_id: UUID) -> Row:
    row = await connection.fetchrow(
        """
        SELECT d.id, d.alarm_id, d.state, d.delivered_at, w.type, e.name AS endpoint,
               e.removed_at IS NOT NULL AS removed
        FROM deliveries d
        JOIN alerts w ON w.id = d.alert_id
        JOIN endpoints e ON e.id = d.endpoint_id
        WHERE d.id = $1
        FOR UPDATE OF d
        """,
        delivery_id,
    )
    if row is None:
        raise NotFoundError(f"there is no delivery with the id {delivery_id}")
    return row

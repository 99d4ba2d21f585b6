"""Alarms: the steps that a human takes with one, each in one transaction with the alert that tells of it."""

from datetime import datetime
from uuid import UUID

from alarmd.core import alarm as decide
from alarmd.core import alert, route
from alarmd.core.alarm import Alarm, Disposition
from alarmd.core.errors import NotFoundError
from alarmd.core.route import LOCATE_WITHIN_S, REOPEN_AFTER_S
from alarmd.db import escalation, outbox
from alarmd.db.alarm_rows import read_alarm
from alarmd.db.pool import Connection


async def acknowledge(
    connection: Connection,
    alarm_id: UUID,
    *,
    by: str | None,
    reference: str | None,
    endpoint_id: UUID | None,
    note: str | None = None,
) -> Alarm:
    """The police have it. The same once more, by the same and under the same reference, changes nothing.

    Raises:
        NotFoundError: there is no such alarm.
        ConflictError: somebody has it already, or it is closed.
    """
    async with connection.transaction():
        alarm, now = await _lock(connection, alarm_id)
        who = await _who(connection, by, endpoint_id)
        if alarm.state == "acknowledged" and (alarm.acknowledged_by, alarm.acknowledged_ref) == (who, reference):
            return alarm
        acknowledged = decide.acknowledge(alarm, by=who, reference=reference, now=now)
        await connection.execute(
            """
            UPDATE alarms
            SET state = $2,
                acknowledged_at = $3,
                acknowledged_by = $4,
                acknowledged_ref = $5,
                escalate_at = CASE WHEN kind = 'panic' THEN $3::timestamptz + make_interval(secs => (
                    SELECT coalesce(min(e.reopen_after_s), $6::float8)
                    FROM deliveries d
                    JOIN endpoints e ON e.id = d.endpoint_id AND e.audience = 'police'
                    WHERE d.alarm_id = $1)) END
            WHERE id = $1
            """,
            alarm_id,
            acknowledged.state,
            acknowledged.acknowledged_at,
            acknowledged.acknowledged_by,
            acknowledged.acknowledged_ref,
            REOPEN_AFTER_S,
        )
        await _note(connection, alarm_id, "acknowledged", who, {"reference": reference})
        if note is not None:
            await _note(connection, alarm_id, "noted", who, {"note": note, "reference": reference})
        step = alert.step(by=who, at=now, reference=reference)
        await outbox.owe(connection, acknowledged, "alarm.acknowledged", step=step, without=endpoint_id)
        return acknowledged


async def reject(
    connection: Connection,
    alarm_id: UUID,
    *,
    by: str | None,
    reason: str,
    endpoint_id: UUID | None,
    reference: str | None = None,
) -> Alarm:
    """The police cannot take it: it stays open, the next in the chain gets it, and operators are alerted.

    An endpoint that has refused an alarm refuses it once: whatever it says again changes nothing, so that two endpoints
    which answer everything with a refusal do not send each other word of it for ever.

    Raises:
        NotFoundError: there is no such alarm.
        ConflictError: somebody has it already, or it is closed.
    """
    async with connection.transaction():
        alarm, now = await _lock(connection, alarm_id)
        decide.reject(alarm)
        if endpoint_id is not None and await _has_refused(connection, alarm_id, endpoint_id):
            return alarm
        who = await _who(connection, by, endpoint_id)
        endpoint = str(endpoint_id) if endpoint_id else None
        detail = {"reason": reason, "reference": reference, "endpoint_id": endpoint}
        await _note(connection, alarm_id, "rejected", who, detail)
        step = alert.step(by=who, at=now, reference=reference, reason=reason)
        await outbox.owe(connection, alarm, "alarm.rejected", step=step, without=endpoint_id)
        if alarm.kind == "panic":
            await _pass_on(connection, alarm_id, now, endpoint_id)
        return alarm


async def _pass_on(connection: Connection, alarm_id: UUID, now: datetime, endpoint_id: UUID | None) -> None:
    """To the next in the chain at once, unless whoever refused it was not asked last."""
    chain = (await escalation.chains(connection, [alarm_id]))[alarm_id]
    step = route.refuse(chain, endpoint_id, now)
    if step is not None:
        await escalation.take(connection, [(alarm_id, step)])


async def close(
    connection: Connection,
    alarm_id: UUID,
    *,
    by: str,
    disposition: Disposition,
    note: str | None,
    reference: str | None,
    endpoint_id: UUID | None,
) -> Alarm:
    """A human says that it is over: later presses open a new alarm.

    Raises:
        NotFoundError: there is no such alarm.
        ConflictError: it is closed already.
    """
    async with connection.transaction():
        # First the row that presses queue up at, then the alarm: the order of the press statement.
        await connection.execute("DELETE FROM joinable_alarms WHERE alarm_id = $1", alarm_id)
        alarm, now = await _lock(connection, alarm_id)
        closed = decide.close(alarm, by=by, disposition=disposition, now=now)
        await connection.execute(
            """
            UPDATE alarms
            SET state = 'closed',
                closed_at = $2,
                closed_by = $3,
                disposition = $4,
                awaits_route = false,
                escalate_at = NULL
            WHERE id = $1
            """,
            alarm_id,
            closed.closed_at,
            closed.closed_by,
            closed.disposition,
        )
        detail = {"disposition": disposition, "note": note, "reference": reference}
        await _note(connection, alarm_id, "closed", by, detail)
        step = alert.step(by=by, at=now, reference=reference, disposition=disposition)
        await outbox.owe(connection, closed, "alarm.closed", step=step, without=endpoint_id)
        return closed


async def reopen(connection: Connection, alarm_id: UUID, *, by: str, reason: str, reference: str | None) -> Alarm:
    """A human says that it is not over: all who were told of it are told again, also who reopened it.

    The chain's times count from now: who was told last is to take it and acknowledge it, or the next one is told.

    Raises:
        NotFoundError: there is no such alarm.
        ConflictError: it is open, or a canary.
    """
    async with connection.transaction():
        alarm, now = await _lock(connection, alarm_id)
        reopened = decide.reopen(alarm)
        await connection.execute(
            """
            UPDATE alarms a
            SET state = 'open',
                acknowledged_at = NULL,
                acknowledged_by = NULL,
                acknowledged_ref = NULL,
                closed_at = NULL,
                closed_by = NULL,
                disposition = NULL,
                reopened_at = now(),
                awaits_route = store_id IS NULL OR (kind = 'panic' AND NOT EXISTS (
                    SELECT 1
                    FROM deliveries d
                    JOIN endpoints e ON e.id = d.endpoint_id AND e.removed_at IS NULL AND e.audience = 'police'
                    WHERE d.alarm_id = a.id)),
                escalate_at = CASE
                    WHEN kind = 'panic' AND store_id IS NULL THEN now() + make_interval(secs => $2)
                    WHEN kind = 'panic' THEN now()
                END
            WHERE id = $1
            """,
            alarm_id,
            LOCATE_WITHIN_S,
        )
        detail = {"reason": reason, "reference": reference, "was": alarm.state, "disposition": alarm.disposition}
        await _note(connection, alarm_id, "reopened", by, detail)
        step = alert.step(by=by, at=now, reference=reference, reason=reason)
        await outbox.owe(connection, reopened, "alarm.reopened", step=step, urgency=0)
        return reopened


async def note(connection: Connection, alarm_id: UUID, *, by: str, text: str, reference: str | None) -> Alarm:
    """Put a note on the alarm's timeline, whatever its state.

    Raises:
        NotFoundError: there is no such alarm.
    """
    async with connection.transaction():
        alarm, _ = await _lock(connection, alarm_id)
        await _note(connection, alarm_id, "noted", by, {"note": text, "reference": reference})
        return alarm


async def _lock(connection: Connection, alarm_id: UUID) -> tuple[Alarm, datetime]:
    row = await connection.fetchrow("SELECT *, now() AS now FROM alarms WHERE id = $1 FOR UPDATE", alarm_id)
    if row is None:
        raise NotFoundError(f"there is no alarm with the id {alarm_id}")
    return read_alarm(row), row["now"]


async def _has_refused(connection: Connection, alarm_id: UUID, endpoint_id: UUID) -> bool:
    """Whether an endpoint has refused an alarm, since it was last reopened."""
    refused: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT 1
            FROM timeline t
            JOIN alarms a ON a.id = t.alarm_id
            WHERE t.alarm_id = $1
              AND t.what = 'rejected'
              AND t.detail ->> 'endpoint_id' = $2
              AND t.at >= coalesce(a.reopened_at, '-infinity'))
        """,
        alarm_id,
        str(endpoint_id),
    )
    return refused


async def _who(connection: Connection, by: str | None, endpoint_id: UUID | None) -> str:
    """Who acts: the name they gave, else the endpoint's."""
    if by is None:
        by = await connection.fetchval("SELECT name FROM endpoints WHERE id = $1", endpoint_id)
    return by or "unnamed"


async def _note(connection: Connection, alarm_id: UUID, what: str, who: str, detail: dict[str, str | None]) -> None:
    await connection.execute(
        "INSERT INTO timeline (alarm_id, what, who, detail) VALUES ($1, $2, $3, $4)",
        alarm_id,
        what,
        who,
        {name: value for name, value in detail.items() if value is not None},
    )

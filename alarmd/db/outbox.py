"""The outbox: what is owed to whom, claimed with a lease and a fence, and settled."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from alarmd.core.alarm import Alarm
from alarmd.core.alert import Alert, AlertType
from alarmd.core.delivery import LEASE_S, Delivery, Endpoint, Outcome
from alarmd.db.alarm_rows import read_alarm
from alarmd.db.pool import Connection, Row


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt, and when it ended, by `time.monotonic`, in seconds.

    `retry_in_s` counts from the settling; it has no meaning for a delivered one.
    """

    delivery: Delivery
    outcome: Outcome
    retry_in_s: float
    ended: float


async def owe(
    connection: Connection,
    alarm: Alarm,
    type_: AlertType,
    *,
    step: dict[str, Any] | None = None,
    without: UUID | None = None,
    urgency: int = 1,
) -> None:
    """Write an alert about an alarm, and a delivery of it for each endpoint that has had a word of this alarm.

    Runs in the transaction that changed the alarm.

    `step` is what a human did, as the alert is to say it, and `without` the endpoint that did it and knows already.
    `urgency` is 0 where the alert calls for help, 1 where it only tells.
    """
    await connection.execute(
        """
        WITH alerted AS (
            INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at, step)
            VALUES (uuid_v7(), $1, $2, $3, $4, $5, $6, $8)
            RETURNING id, alarm_id
        )
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT DISTINCT a.id, a.alarm_id, d.endpoint_id, $9::smallint, now()
        FROM alerted a
        JOIN deliveries d ON d.alarm_id = a.alarm_id
        JOIN endpoints e ON e.id = d.endpoint_id AND e.removed_at IS NULL
        WHERE d.endpoint_id IS DISTINCT FROM $7
        """,
        alarm.id,
        type_,
        alarm.state,
        alarm.located,
        alarm.press_count,
        alarm.last_pressed_at,
        without,
        step,
        urgency,
    )


async def endpoints(connection: Connection) -> tuple[datetime | None, dict[UUID, Endpoint]]:
    """All endpoints that are still there, and when one of them was last changed."""
    # When first: what is changed between the two statements is then read again, and not taken for known.
    changed_at = await connection.fetchval("SELECT max(updated_at) FROM endpoints")
    rows = await connection.fetch("SELECT * FROM endpoints WHERE removed_at IS NULL")
    return changed_at, {row["id"]: read_endpoint(row) for row in rows}


async def claim(
    connection: Connection, claimant: str, free: Mapping[UUID, int], *, each: int
) -> tuple[datetime | None, list[Delivery]]:
    """Claim what is due: at most `free[endpoint]` deliveries of an endpoint, `each` of one that is not named.

    An endpoint that does not answer has nothing free, and so leaves the others their turn. Rows that another process
    is claiming are passed over. Returns when the endpoints were last changed, and the deliveries.
    """
    lease_until = time.monotonic() + LEASE_S
    rows = await connection.fetch(
        """
        WITH capacity AS (
            SELECT e.id, coalesce(f.free, $4) AS free
            FROM endpoints e
            LEFT JOIN unnest($2::uuid[], $3::integer[]) AS f (id, free) ON f.id = e.id
            WHERE e.removed_at IS NULL
        ),
        due AS (
            SELECT d.id
            FROM capacity c
            CROSS JOIN LATERAL (
                SELECT id
                FROM deliveries
                WHERE endpoint_id = c.id
                  AND state = 'pending'
                  AND due_at <= now()
                ORDER BY urgency, due_at
                LIMIT c.free
                FOR UPDATE SKIP LOCKED
            ) d
        ),
        claimed AS (
            UPDATE deliveries d
            SET due_at = now() + make_interval(secs => $5),
                fence = fence + 1,
                claimed_by = $1
            FROM due
            WHERE d.id = due.id
            RETURNING d.*
        )
        SELECT a.*,
               w.state AS alert_state,
               w.located AS alert_located,
               w.press_count AS alert_press_count,
               w.last_pressed_at AS alert_last_pressed_at,
               w.id AS alert_id,
               w.type AS alert_type,
               w.reason AS alert_reason,
               w.step AS alert_step,
               w.created_at AS alerted_at,
               f.id AS first_id,
               f.created_at AS first_at,
               c.id AS delivery_id,
               c.endpoint_id,
               c.fence,
               c.attempts,
               c.urgency,
               extract(epoch FROM clock_timestamp() - a.received_at)::float8 AS age_s,
               (SELECT max(updated_at) FROM endpoints) AS endpoints_changed_at
        FROM claimed c
        JOIN alerts w ON w.id = c.alert_id
        JOIN alarms a ON a.id = c.alarm_id
        LEFT JOIN LATERAL (
            SELECT first.id, first.created_at
            FROM endpoints e
            JOIN deliveries d ON d.alarm_id = c.alarm_id AND d.endpoint_id = e.id
            JOIN alerts first ON first.id = d.alert_id
            WHERE e.id = c.endpoint_id
              AND e.format = 'cap' -- which refers to it; nobody else pays for the look-up
            ORDER BY first.created_at, first.id
            LIMIT 1
        ) f ON true
        ORDER BY c.urgency, c.created_at
        """,
        claimant,
        list(free.keys()),
        list(free.values()),
        each,
        LEASE_S,
    )
    return (rows[0]["endpoints_changed_at"] if rows else None), [_read_delivery(row, lease_until) for row in rows]


async def settle(connection: Connection, results: Sequence[Result]) -> set[UUID]:
    """Write down what came of attempts, each with its fence, all in one statement.

    Returns the ids of the deliveries that were settled. One that is missing had been claimed anew in the meantime, or
    cancelled: its result came too late and is refused.
    """
    now = time.monotonic()
    rows = await connection.fetch(
        """
        WITH result AS (
            SELECT *, now() - make_interval(secs => waited_s) AS ended_at
            FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::smallint[], $5::text[], $6::float8[], $7::text[],
                        $8::float8[], $9::float8[])
                AS t (id, fence, delivered, status, error, duration_ms, answer, retry_in_s, waited_s)
        ),
        settled AS (
            UPDATE deliveries d
            SET state = CASE WHEN r.delivered THEN 'delivered' ELSE 'pending' END,
                delivered_at = CASE WHEN r.delivered THEN r.ended_at END,
                due_at = now() + make_interval(secs => r.retry_in_s),
                attempts = d.attempts + 1,
                claimed_by = NULL
            FROM result r
            WHERE d.id = r.id
              AND d.fence = r.fence
              -- Not `= 'pending'`: that has small indexes, which would be read whole once for each result.
              AND d.state NOT IN ('delivered', 'cancelled')
            RETURNING d.id, d.alert_id, d.alarm_id, d.endpoint_id, d.attempts, r.delivered,
                      r.status, r.error, r.duration_ms, r.answer, r.ended_at
        ),
        logged AS (
            INSERT INTO attempts (delivery_id, number, ended_at, duration_ms, status, error, answer)
            SELECT id, attempts, ended_at, duration_ms, status, error, answer
            FROM settled
        ),
        noted AS (
            INSERT INTO timeline (at, alarm_id, what, who, detail)
            SELECT s.ended_at, s.alarm_id, 'delivered', e.name,
                   jsonb_build_object('alert', w.type, 'endpoint_id', s.endpoint_id, 'audience', e.audience,
                                      'attempts', s.attempts)
            FROM settled s
            JOIN endpoints e ON e.id = s.endpoint_id
            JOIN alerts w ON w.id = s.alert_id
            WHERE s.delivered
        )
        SELECT id
        FROM settled
        """,
        [result.delivery.id for result in results],
        [result.delivery.fence for result in results],
        [result.outcome.delivered for result in results],
        [result.outcome.status for result in results],
        [result.outcome.error for result in results],
        [result.outcome.duration_ms for result in results],
        [result.outcome.answer for result in results],
        [result.retry_in_s for result in results],
        [now - result.ended for result in results],
    )
    return {row["id"] for row in rows}


async def release(connection: Connection, claimant: str) -> int:
    """Give back every claim of this claimant, at its start or its end. The fence rises: an old holder is refused."""
    status = await connection.execute(
        """
        UPDATE deliveries
        SET due_at = now(),
            fence = fence + 1,
            claimed_by = NULL
        WHERE claimed_by = $1
          AND state = 'pending'
        """,
        claimant,
    )
    return int(status.rpartition(" ")[2])


async def give_back(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Give back claims that were not used; they are due at once."""
    await connection.execute(
        """
        UPDATE deliveries d
        SET due_at = now(),
            fence = d.fence + 1,
            claimed_by = NULL
        FROM unnest($1::uuid[], $2::bigint[]) AS t (id, fence)
        WHERE d.id = t.id
          AND d.fence = t.fence
          AND d.state = 'pending'
        """,
        [delivery.id for delivery in deliveries],
        [delivery.fence for delivery in deliveries],
    )


async def hold(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Give back claims on what paused endpoints are owed: it is due when their pause ends.

    An alarm that waited for them is looked at at once, so that the next in its chain is told.
    """
    await connection.execute(
        """
        WITH paused AS MATERIALIZED (
            SELECT id, paused_until
            FROM endpoints
            WHERE id = ANY ($3)
            FOR SHARE -- who resumes one meanwhile either finds what is held here, or is seen
        ),
        held AS (
            UPDATE deliveries d
            SET due_at = greatest(now(), p.paused_until),
                fence = d.fence + 1,
                claimed_by = NULL
            FROM unnest($1::uuid[], $2::bigint[]) AS t (id, fence), paused p
            WHERE d.id = t.id
              AND d.fence = t.fence
              AND d.state = 'pending'
              AND p.id = d.endpoint_id
            RETURNING d.alarm_id, d.urgency
        )
        UPDATE alarms
        SET escalate_at = now()
        WHERE id IN (SELECT alarm_id FROM held WHERE urgency = 0)
          AND kind = 'panic'
          AND state IN ('open', 'cancel_requested')
          AND store_id IS NOT NULL
        """,
        [delivery.id for delivery in deliveries],
        [delivery.fence for delivery in deliveries],
        list({delivery.endpoint_id for delivery in deliveries}),
    )


async def hasten(connection: Connection, endpoint_ids: Sequence[UUID]) -> None:
    """Let everything that waits for endpoints be due: they answer again."""
    await connection.execute(
        """
        UPDATE deliveries
        SET due_at = now()
        WHERE endpoint_id = ANY ($1)
          AND state = 'pending'
          AND claimed_by IS NULL
          AND due_at > now()
        """,
        endpoint_ids,
    )


def read_endpoint(row: Row) -> Endpoint:
    """Read a row of `endpoints`."""
    return Endpoint(
        row["id"],
        row["name"],
        row["url"],
        tuple(row["secrets"]),
        format=row["format"],
        overlap_until=row["overlap_until"],
        paused_until=row["paused_until"],
    )


def _read_delivery(row: Row, lease_until: float) -> Delivery:
    alarm = replace(
        read_alarm(row),
        state=row["alert_state"],
        store=row["store"] if row["alert_located"] else None,
        press_count=row["alert_press_count"],
        last_pressed_at=row["alert_last_pressed_at"],
    )
    return Delivery(
        id=row["delivery_id"],
        alert=Alert(
            row["alert_id"],
            row["alert_type"],
            row["alerted_at"],
            alarm,
            reason=row["alert_reason"],
            step=row["alert_step"],
            first=(row["first_id"], row["first_at"]) if row["first_id"] else None,
        ),
        endpoint_id=row["endpoint_id"],
        fence=row["fence"],
        attempts=row["attempts"],
        urgency=row["urgency"],
        since=time.monotonic() - row["age_s"],
        lease_until=lease_until,
    )

"""Escalation: which alarms are due for a look, who is in their chains, and what follows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from alarmd.core.route import Due, Link, Step
from alarmd.db.pool import Connection, Row


async def due(connection: Connection, limit: int) -> list[Due]:
    """Lock alarms that are due, until the transaction ends; those that another replica holds are passed over."""
    rows = await connection.fetch(
        """
        SELECT a.id, a.kind, a.state, a.store_id IS NOT NULL AS located, now() AS now,
               EXISTS (SELECT 1 FROM timeline t WHERE t.alarm_id = a.id AND t.what = 'escalated') AS escalated
        FROM alarms a
        WHERE a.escalate_at <= now()
        ORDER BY a.escalate_at
        LIMIT $1
        FOR UPDATE OF a SKIP LOCKED
        """,
        limit,
    )
    return [Due(row["id"], row["kind"], row["state"], row["located"], row["escalated"], row["now"]) for row in rows]


async def chains(connection: Connection, alarm_ids: Sequence[UUID]) -> dict[UUID, list[Link]]:
    """For each alarm the police endpoints of its route, and those that have been told of it.

    What they were told before it was last reopened does not count: they were told again then.
    """
    rows = await connection.fetch(
        """
        SELECT a.id AS alarm_id, e.id AS endpoint_id, e.position,
               e.escalate_after_s, e.acknowledge_within_s, e.reopen_after_s, d.told_at, d.taken_at,
               coalesce(e.paused_until > now(), false) AS paused
        FROM alarms a
        JOIN stores s ON s.id = a.store_id
        CROSS JOIN LATERAL (
            SELECT *, rank() OVER (ORDER BY nearness) AS route
            FROM endpoints
            CROSS JOIN LATERAL
                route_rank(districts, stations, a.store ->> 'district_code', s.station, s.precinct) AS nearness
            WHERE removed_at IS NULL
              AND audience = 'police'
              AND (a.kind <> 'test' OR accepts_tests)
              AND nearness IS NOT NULL
        ) e
        CROSS JOIN LATERAL (
            SELECT min(created_at) AS told_at, min(delivered_at) AS taken_at
            FROM deliveries
            WHERE alarm_id = a.id
              AND endpoint_id = e.id
              AND urgency = 0
              AND created_at >= coalesce(a.reopened_at, '-infinity')
        ) d
        WHERE a.id = ANY ($1)
          AND (e.route = 1 OR d.told_at IS NOT NULL)
        """,
        alarm_ids,
    )
    found: dict[UUID, list[Link]] = {alarm_id: [] for alarm_id in alarm_ids}
    for row in rows:
        found[row["alarm_id"]].append(_read_link(row))
    return found


async def panics(connection: Connection, alarm_ids: Sequence[UUID]) -> dict[UUID, list[datetime]]:
    """For each alarm when its panic presses came in."""
    rows = await connection.fetch(
        """
        SELECT t.alarm_id, p.received_at
        FROM timeline t
        JOIN presses p ON p.id = t.press
        WHERE t.alarm_id = ANY ($1)
          AND p.kind = 'panic'
        """,
        alarm_ids,
    )
    found: dict[UUID, list[datetime]] = {alarm_id: [] for alarm_id in alarm_ids}
    for row in rows:
        found[row["alarm_id"]].append(row["received_at"])
    return found


async def take(connection: Connection, steps: Sequence[tuple[UUID, Step]]) -> None:
    """Take a step for each alarm: who is next is owed the alert that the first had; operators get one of their own."""
    await _look_again(connection, steps)
    escalated = [(alarm_id, step) for alarm_id, step in steps if step.reason is not None]
    if escalated:
        await _tell_next(connection, escalated)
        await _alert_operators(connection, [(alarm_id, step) for alarm_id, step in escalated if step.operators])
        await _note(connection, escalated)


async def _look_again(connection: Connection, steps: Sequence[tuple[UUID, Step]]) -> None:
    await connection.execute(
        """
        UPDATE alarms a
        SET escalate_at = t.look_at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS t (alarm_id, look_at)
        WHERE a.id = t.alarm_id
        """,
        [alarm_id for alarm_id, _ in steps],
        [step.look_at for _, step in steps],
    )


async def _tell_next(connection: Connection, steps: Sequence[tuple[UUID, Step]]) -> None:
    told = [(alarm_id, endpoint_id) for alarm_id, step in steps for endpoint_id in step.tell]
    await connection.execute(
        """
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT w.id, t.alarm_id, t.endpoint_id, 0, now()
        FROM unnest($1::uuid[], $2::uuid[]) AS t (alarm_id, endpoint_id)
        CROSS JOIN LATERAL (
            SELECT id
            FROM alerts
            WHERE alarm_id = t.alarm_id
              AND located
              AND type IN ('alarm.opened', 'alarm.located')
            ORDER BY id DESC
            LIMIT 1
        ) w
        ON CONFLICT (alert_id, endpoint_id) DO NOTHING
        """,
        [alarm_id for alarm_id, _ in told],
        [endpoint_id for _, endpoint_id in told],
    )


async def _alert_operators(connection: Connection, steps: Sequence[tuple[UUID, Step]]) -> None:
    await connection.execute(
        """
        WITH alerted AS (
            INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at, reason)
            SELECT uuid_v7(), a.id, 'alarm.escalated', a.state, a.store_id IS NOT NULL, a.press_count,
                   a.last_pressed_at, t.reason
            FROM unnest($1::uuid[], $2::text[]) AS t (alarm_id, reason)
            JOIN alarms a ON a.id = t.alarm_id
            WHERE EXISTS (SELECT 1 FROM endpoints WHERE audience = 'operators' AND removed_at IS NULL)
            RETURNING id, alarm_id
        )
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT a.id, a.alarm_id, e.id, 0, now()
        FROM alerted a
        CROSS JOIN endpoints e
        WHERE e.audience = 'operators'
          AND e.removed_at IS NULL
        """,
        [alarm_id for alarm_id, _ in steps],
        [step.reason for _, step in steps],
    )


async def _note(connection: Connection, steps: Sequence[tuple[UUID, Step]]) -> None:
    await connection.execute(
        """
        INSERT INTO timeline (alarm_id, what, detail)
        SELECT t.alarm_id, 'escalated',
               jsonb_build_object(
                   'reason', t.reason,
                   'operators', t.operators,
                   'endpoints', (
                       SELECT coalesce(jsonb_agg(name ORDER BY name), '[]')
                       FROM endpoints
                       WHERE id = ANY (string_to_array(t.told, ',')::uuid[])))
        FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::text[]) AS t (alarm_id, reason, operators, told)
        """,
        [alarm_id for alarm_id, _ in steps],
        [step.reason for _, step in steps],
        [step.operators for _, step in steps],
        [",".join(map(str, step.tell)) for _, step in steps],
    )


def _read_link(row: Row) -> Link:
    return Link(**{name: row[name] for name in Link.__slots__})

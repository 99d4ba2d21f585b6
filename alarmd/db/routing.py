"""Alarms that nobody could be told of yet: found a store, found an endpoint, sent on their way."""

from alarmd.db.pool import Connection


async def route_waiting(connection: Connection) -> int:
    """Send every waiting alarm that can be sent by now, and return how many were.

    An alarm waits while its button has no store, or while no endpoint serves its store. It is looked for after each
    assignment of a button, after each alarm that opened without a store (the two may cross), after each new endpoint,
    and every few seconds by the sweep.
    """
    # Both statements see one state of the registry: a button assigned between them waits for the next look.
    async with connection.transaction(isolation="repeatable_read"):
        await _follow_button(connection)
        status = await _route(connection)
    return int(status.rpartition(" ")[2])


async def _follow_button(connection: Connection) -> None:
    """Let later presses at the store join the alarm that its button opened before it had a store.

    A statement of its own, so that locks are taken in the order of the press statement: joinable_alarms, then alarms.
    """
    await connection.execute(
        """
        UPDATE joinable_alarms j
        SET subject = found.subject
        FROM (
            SELECT DISTINCT ON (b.store_id, a.kind) a.id, a.kind, 'store:' || b.store_id AS subject
            FROM alarms a
            JOIN buttons b ON b.id = a.button_id AND b.revoked_at IS NULL AND b.store_id IS NOT NULL
            WHERE a.awaits_route
              AND a.store_id IS NULL
            ORDER BY b.store_id, a.kind, a.opened_at DESC
        ) found
        WHERE j.alarm_id = found.id
          AND NOT EXISTS (
              SELECT 1
              FROM joinable_alarms other
              WHERE other.subject = found.subject
                AND other.kind = found.kind)
        """
    )


async def _route(connection: Connection) -> str:
    return await connection.execute(
        """
        WITH waiting AS (
            SELECT a.id, a.kind, a.store_id IS NULL AS unlocated,
                   coalesce(a.store_id, s.id) AS store_id,
                   coalesce(a.store, s.snapshot) AS store,
                   ARRAY(
                       SELECT e.endpoint_id
                       FROM first_endpoints_of(
                           a.kind, coalesce(a.store ->> 'district_code', s.district_code), s.station, s.precinct) e
                   ) AS endpoints
            FROM alarms a
            LEFT JOIN buttons b ON a.store_id IS NULL AND b.id = a.button_id AND b.revoked_at IS NULL
            JOIN store_snapshots s ON s.id = coalesce(a.store_id, b.store_id)
            WHERE a.awaits_route
              AND a.state <> 'closed'
            ORDER BY a.opened_at
            LIMIT 1000
            FOR UPDATE OF a SKIP LOCKED
        ),
        routed AS (
            UPDATE alarms a
            SET store_id = w.store_id,
                store = w.store,
                awaits_route = w.kind = 'panic' AND w.endpoints = '{}',
                escalate_at = CASE WHEN w.kind = 'panic' THEN now() END
            FROM waiting w
            WHERE a.id = w.id
              AND (w.unlocated OR w.endpoints <> '{}')
            RETURNING a.id, a.state, a.press_count, a.last_pressed_at, w.unlocated, w.endpoints
        ),
        noted AS (
            INSERT INTO timeline (alarm_id, what)
            SELECT id, 'located'
            FROM routed
            WHERE unlocated
        ),
        alerted AS (
            INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
            SELECT uuid_v7(), id, CASE WHEN unlocated THEN 'alarm.located' ELSE 'alarm.opened' END,
                   state, true, press_count, last_pressed_at
            FROM routed
            WHERE endpoints <> '{}' OR unlocated
            RETURNING id, alarm_id
        )
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, due_at)
        SELECT a.id, a.alarm_id, unnest(r.endpoints), 0, now()
        FROM alerted a
        JOIN routed r ON r.id = a.alarm_id
        """
    )

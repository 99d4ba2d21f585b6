"""The canary in the database: its endpoint, what of it has arrived, and what it leaves behind."""

import asyncio
import secrets
from base64 import b64encode

import asyncpg

from alarmd.db.pool import UNAVAILABLE, Connection, Pool

ENDPOINT_NAME = "alarmd.canary"

_SECRET_BYTES = 32
_GIVEN_UP_AFTER_S = 600.0
_KEPT_FOR_S = 86_400.0
_AT_ONCE = 1000
_STUCK_AFTER_S = 60.0
_WITHIN_S = 5.0


async def ensure_endpoint(connection: Connection) -> None:
    """Have the canary's endpoint, with a random secret.

    Its URL is a name only: each dispatcher has a receiver of its own in its place.
    """
    await connection.execute(
        """
        INSERT INTO endpoints (name, url, secrets, audience)
        VALUES ($1, 'http://127.0.0.1/canary', ARRAY[$2], 'canary')
        ON CONFLICT DO NOTHING
        """,
        ENDPOINT_NAME,
        f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}",
    )


async def close_arrived(connection: Connection, button_id: str) -> list[str]:
    """Close the alarms of a replica's canaries that were delivered; the ids of their presses."""
    rows = await connection.fetch(
        """
        WITH closed AS (
            UPDATE alarms a
            SET state = 'closed',
                closed_at = now(),
                closed_by = 'alarmd',
                disposition = 'test'
            WHERE a.button_id = $1
              AND a.kind = 'canary'
              AND a.state <> 'closed'
              AND a.opened_at > now() - make_interval(secs => $2)
              AND EXISTS (SELECT 1 FROM deliveries d WHERE d.alarm_id = a.id AND d.state = 'delivered')
            RETURNING a.id
        ),
        parted AS (
            DELETE FROM joinable_alarms j
            USING closed c
            WHERE j.alarm_id = c.id
        ),
        noted AS (
            INSERT INTO timeline (alarm_id, what, who, detail)
            SELECT id, 'closed', 'alarmd', '{"disposition": "test"}'
            FROM closed
        )
        SELECT p.press_id
        FROM closed c
        JOIN timeline t ON t.alarm_id = c.id
        JOIN presses p ON p.id = t.press
        """,
        button_id,
        _GIVEN_UP_AFTER_S,
    )
    return [row["press_id"] for row in rows]


async def tidy(connection: Connection) -> None:
    """Give up canaries that did not arrive within 10 minutes, and remove those older than a day."""
    await _give_up(connection)
    await _remove(connection)


async def _give_up(connection: Connection) -> None:
    await connection.execute(
        """
        WITH late AS (
            SELECT id
            FROM alarms
            WHERE kind = 'canary'
              AND state <> 'closed'
              AND opened_at < now() - make_interval(secs => $1)
            ORDER BY opened_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ),
        cancelled AS (
            UPDATE deliveries
            SET state = 'cancelled',
                cancelled_by = 'alarmd',
                claimed_by = NULL,
                fence = fence + 1
            WHERE alarm_id IN (SELECT id FROM late)
              AND state = 'pending'
        ),
        closed AS (
            UPDATE alarms
            SET state = 'closed',
                closed_at = now(),
                closed_by = 'alarmd',
                disposition = 'cancelled'
            WHERE id IN (SELECT id FROM late)
            RETURNING id
        ),
        parted AS (
            DELETE FROM joinable_alarms
            WHERE alarm_id IN (SELECT id FROM late)
        )
        INSERT INTO timeline (alarm_id, what, who, detail)
        SELECT id, 'closed', 'alarmd', '{"disposition": "cancelled"}'
        FROM closed
        """,
        _GIVEN_UP_AFTER_S,
        _AT_ONCE,
    )


async def _remove(connection: Connection) -> None:
    """All that hangs on them goes with them: references are looked at when the whole statement is done."""
    await connection.execute(
        """
        WITH old AS MATERIALIZED (
            SELECT id
            FROM alarms
            WHERE kind = 'canary'
              AND state = 'closed'
              AND opened_at < now() - make_interval(secs => $1)
            ORDER BY opened_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ),
        tried AS (
            DELETE FROM attempts
            WHERE delivery_id IN (SELECT d.id FROM deliveries d WHERE d.alarm_id IN (SELECT id FROM old))
        ),
        owed AS (
            DELETE FROM deliveries
            WHERE alarm_id IN (SELECT id FROM old)
        ),
        alerted AS (
            DELETE FROM alerts
            WHERE alarm_id IN (SELECT id FROM old)
        ),
        happened AS (
            DELETE FROM timeline
            WHERE alarm_id IN (SELECT id FROM old)
            RETURNING press
        ),
        removed AS (
            DELETE FROM alarms
            WHERE id IN (SELECT id FROM old)
        )
        DELETE FROM presses
        WHERE id IN (SELECT press FROM happened)
        """,
        _KEPT_FOR_S,
        _AT_ONCE,
    )


async def outbox_moves(pool: Pool) -> bool:
    """Whether the database answers, and no panic alarm waits for longer than 60 s for any police endpoint to take it.

    What a failing endpoint is owed does not count while another of the police has the alarm, nor once a human does.
    """
    try:
        async with asyncio.timeout(_WITHIN_S), pool.acquire() as connection:
            stuck = await connection.fetchval(
                """
                SELECT EXISTS (
                    SELECT 1
                    FROM deliveries d
                    JOIN endpoints e ON e.id = d.endpoint_id AND e.audience = 'police'
                    JOIN alarms a ON a.id = d.alarm_id
                    WHERE d.state = 'pending'
                      AND d.created_at < now() - make_interval(secs => $1)
                      AND d.urgency = 0
                      AND a.kind = 'panic'
                      AND a.state IN ('open', 'cancel_requested')
                      AND NOT EXISTS (
                          SELECT 1
                          FROM deliveries o
                          JOIN endpoints p ON p.id = o.endpoint_id AND p.audience = 'police'
                          WHERE o.alarm_id = d.alarm_id
                            AND o.state = 'delivered'))
                """,
                _STUCK_AFTER_S,
            )
    except (*UNAVAILABLE, asyncpg.PostgresError):
        return False
    return not stuck

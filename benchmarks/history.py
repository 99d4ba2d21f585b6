"""A registry and a past: years of alarms beneath the one that counts."""

import asyncpg

_PRESSES = """
INSERT INTO presses (id, button_id, press_id, wire_id, kind, pressed_at, received_at, source, topic, payload)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, b, 'past-' || n, b, 'panic', at, at, 'mqtt',
       'alarmd/v1/buttons/' || b || '/press', '{}'
FROM (
    SELECT n, 'button-' || 1 + n % $2::integer AS b, now() - interval '3 years' + n * interval '90 s' AS at
    FROM generate_series(1, $1::integer) AS n
) AS past
"""
_ALARMS = """
INSERT INTO alarms (id, reference, kind, state, button_id, store_id, store, opened_at, received_at, last_pressed_at,
                    press_count, awaits_route, escalate_at, closed_at, closed_by, disposition)
SELECT p.id, alarm_reference(p.received_at, nextval('alarm_references')), 'panic', 'closed', p.button_id, b.store_id,
       s.snapshot, p.received_at, p.received_at, p.received_at, 1, false, NULL,
       p.received_at + interval '10 min', 'police', 'false'
FROM presses p
JOIN buttons b ON b.id = p.button_id
JOIN store_snapshots s ON s.id = b.store_id
WHERE p.press_id LIKE 'past-%'
"""
_TIMELINE = """
INSERT INTO timeline (at, alarm_id, what, press)
SELECT received_at, id, 'opened', id
FROM presses
WHERE press_id LIKE 'past-%'
"""
_ALERTS = """
INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at, created_at)
SELECT id, id, 'alarm.opened', 'open', true, 1, received_at, received_at
FROM presses
WHERE press_id LIKE 'past-%'
"""
_DELIVERIES = """
INSERT INTO deliveries (id, alert_id, alarm_id, endpoint_id, urgency, state, due_at, attempts, created_at,
                        delivered_at)
SELECT p.id, p.id, p.id, e.id, 0, 'delivered', p.received_at, 1, p.received_at, p.received_at
FROM presses p
CROSS JOIN (SELECT id FROM endpoints WHERE audience = 'police' LIMIT 1) AS e
WHERE p.press_id LIKE 'past-%'
"""
_ATTEMPTS = """
INSERT INTO attempts (delivery_id, number, ended_at, duration_ms, status, answer)
SELECT id, 1, received_at, 2.5, 204, ''
FROM presses
WHERE press_id LIKE 'past-%'
"""
_READ = """
UPDATE reading_positions
SET (xid, id) = (SELECT xid, id FROM timeline ORDER BY timeline.xid DESC, timeline.id DESC LIMIT 1)
"""
TABLES = ("presses", "alarms", "timeline", "alerts", "deliveries", "attempts")


async def write(database: str, alarms: int, stores: int) -> None:
    """Write so many alarms of the past, closed and delivered, evenly over the stores.

    The database has its stores and an endpoint; of what was pressed in it before, nothing is changed.
    """
    connection = await asyncpg.connect(database)
    # Only here: it is a past that is made up, and nothing is owed yet.
    await connection.execute("SET synchronous_commit = off")
    await connection.execute(_PRESSES, alarms, stores)
    for statement in (_ALARMS, _TIMELINE, _ALERTS, _DELIVERIES, _ATTEMPTS):
        await connection.execute(statement)
    await connection.execute(_READ)
    for table in TABLES:
        await connection.execute(f"VACUUM ANALYZE {table}")
    await connection.execute("CHECKPOINT")
    await connection.close()

-- Presses into alarms, in one statement: one round trip, one commit, one fsync.
--
--   $1..$12  the presses, as arrays of equal length (faults joined by commas)
--   $13      who claims the new deliveries
--   $14      for how long, in seconds (0: nobody claims them, they are due at once)
--   $15      a press this many seconds after the last one joins its alarm
--   $16      at most one alarm.repeated in this many seconds
--   $17      a press is late from this age on, in seconds
--   $18      for so many seconds an alarm without a store waits for one
--
-- Gives one row for each alarm that a new press opened or joined. A press that is known already gives none.
-- Times are the database's: what a press joins must not hang on the clocks of replicas.
WITH incoming AS (
    SELECT DISTINCT ON (button_id, press_id) *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[], $7::bigint[],
                $8::text[], $9::text[], $10::text[], $11::bytea[], $12::text[])
        AS t (button_id, press_id, wire_id, kind, pressed_at, waited_s, counter,
              gateway_id, source, topic, payload, faults)
    ORDER BY button_id, press_id -- one order for all replicas: they wait for one another, never in a circle
),
pressed AS (
    INSERT INTO presses (button_id, press_id, wire_id, kind, pressed_at, received_at, counter,
                         gateway_id, source, topic, payload, faults)
    SELECT button_id, press_id, wire_id, kind, pressed_at, now() - make_interval(secs => waited_s), counter,
           gateway_id, source, topic, payload,
           string_to_array(faults, ',')
    FROM incoming
    ON CONFLICT (button_id, press_id) DO NOTHING
    RETURNING id, button_id, press_id, wire_id, kind, pressed_at, received_at
),
-- LIMIT 1 keeps each of these a look-up by key, however large the registry.
placed AS MATERIALIZED (
    SELECT p.*,
           least(coalesce(p.pressed_at, p.received_at), p.received_at) AS pressed_or_received_at,
           coalesce(b.label, '') AS label,
           s.id AS store_id,
           s.snapshot AS store,
           s.district_code,
           CASE WHEN by_station.used THEN s.station END AS station,
           CASE WHEN by_station.used THEN s.precinct END AS precinct,
           CASE WHEN p.kind = 'panic' AND (b.test_mode_until > now() OR s.test_mode_until > now())
                THEN 'test' ELSE p.kind END AS alarm_kind,
           CASE WHEN p.kind = 'canary' THEN 'canary:' || p.id
                ELSE coalesce('store:' || s.id, 'button:' || p.button_id) END AS subject
    FROM pressed p
    LEFT JOIN LATERAL (
        SELECT label, store_id, test_mode_until
        FROM buttons
        WHERE id = p.button_id AND revoked_at IS NULL
        LIMIT 1
    ) b ON true
    LEFT JOIN LATERAL (
        SELECT id, snapshot, district_code, test_mode_until, station, precinct
        FROM store_snapshots
        WHERE id = b.store_id
        LIMIT 1
    ) s ON true
    -- While no route is by station, stores of one district have one route, however many precincts it has.
    CROSS JOIN (SELECT EXISTS (SELECT FROM endpoints WHERE stations <> '{}') AS used) by_station
),
-- The presses of this batch at one store are one incident; the first of them speaks for it.
incident AS MATERIALIZED (
    SELECT DISTINCT ON (subject, alarm_kind)
           subject, alarm_kind, id AS press, button_id, label, store_id, store, district_code, station, precinct,
           received_at, pressed_or_received_at,
           uuid_v7() AS new_alarm_id,
           count(*) OVER incident AS presses,
           array_agg(id) OVER incident AS ids,
           array_agg(button_id) OVER incident AS button_ids,
           array_agg(press_id) OVER incident AS press_ids,
           max(received_at) OVER incident AS last_received_at,
           max(pressed_or_received_at) OVER incident AS last_pressed_at,
           bool_or(kind = 'panic') OVER incident AS panics
    FROM placed
    WINDOW incident AS (
        PARTITION BY subject, alarm_kind
        ORDER BY received_at, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ORDER BY subject, alarm_kind, received_at, id
),
routes AS MATERIALIZED (
    SELECT r.alarm_kind, r.district_code, r.station, r.precinct,
           coalesce(array_agg(e.endpoint_id ORDER BY e.endpoint_id) FILTER (WHERE e.endpoint_id IS NOT NULL), '{}')
               AS endpoints,
           min(e.look_s) AS first_look_s
    FROM (SELECT DISTINCT alarm_kind, district_code, station, precinct FROM incident) r
    LEFT JOIN LATERAL first_endpoints_of(r.alarm_kind, r.district_code, r.station, r.precinct) e ON true
    GROUP BY r.alarm_kind, r.district_code, r.station, r.precinct
),
joined AS (
    INSERT INTO joinable_alarms AS j (subject, kind, alarm_id, press_count, last_received_at)
    SELECT subject, alarm_kind, new_alarm_id, presses, last_received_at
    FROM incident
    ORDER BY subject, alarm_kind
    ON CONFLICT (subject, kind) DO UPDATE
    SET alarm_id = CASE
            WHEN j.last_received_at >= excluded.last_received_at - make_interval(secs => $15::float8)
            THEN j.alarm_id ELSE excluded.alarm_id END,
        press_count = CASE
            WHEN j.last_received_at >= excluded.last_received_at - make_interval(secs => $15::float8)
            THEN j.press_count + excluded.press_count ELSE excluded.press_count END,
        repeated_at = CASE
            WHEN j.last_received_at < excluded.last_received_at - make_interval(secs => $15::float8) THEN NULL
            WHEN j.repeated_at > excluded.last_received_at - make_interval(secs => $16::float8) THEN j.repeated_at
            ELSE excluded.last_received_at END,
        last_received_at = greatest(j.last_received_at, excluded.last_received_at)
    RETURNING subject, kind, alarm_id, press_count, last_received_at, repeated_at
),
decided AS MATERIALIZED (
    SELECT i.*, j.alarm_id, j.press_count,
           j.alarm_id = i.new_alarm_id AS opens,
           j.alarm_id <> i.new_alarm_id AND coalesce(j.repeated_at = i.last_received_at, false) AS repeats,
           CASE WHEN j.alarm_id = i.new_alarm_id THEN alarm_reference(now(), nextval('alarm_references')) END AS reference,
           CASE WHEN i.received_at - i.pressed_or_received_at > make_interval(secs => $17::float8)
                THEN extract(epoch FROM i.received_at - i.pressed_or_received_at)::float8 END AS late_by_s,
           r.endpoints,
           r.first_look_s,
           uuid_v7() AS alert_id
    FROM incident i
    JOIN joined j ON j.subject = i.subject AND j.kind = i.alarm_kind
    JOIN routes r ON r.alarm_kind = i.alarm_kind AND coalesce(r.district_code, '') = coalesce(i.district_code, '')
        AND coalesce(r.precinct, r.station, '') = coalesce(i.precinct, i.station, '')
),
opened AS (
    INSERT INTO alarms (id, reference, kind, button_id, button_label, store_id, store,
                        opened_at, received_at, last_pressed_at, press_count, late_by_s, awaits_route, escalate_at)
    SELECT alarm_id, reference, alarm_kind, button_id, label, store_id, store,
           now(), received_at, last_pressed_at, press_count, late_by_s,
           alarm_kind <> 'canary' AND (store_id IS NULL OR (alarm_kind = 'panic' AND endpoints = '{}')),
           CASE
               WHEN alarm_kind = 'panic' AND store_id IS NULL THEN now() + make_interval(secs => $18::float8)
               WHEN alarm_kind = 'panic' THEN now() + make_interval(secs => coalesce(first_look_s, 0))
               WHEN alarm_kind = 'test' AND panics THEN now() -- pressed in test mode: is it meant?
           END
    FROM decided
    WHERE opens
),
repeated AS (
    UPDATE alarms a
    SET press_count = p.press_count,
        last_pressed_at = greatest(a.last_pressed_at, p.last_pressed_at),
        escalate_at = CASE WHEN a.kind = 'test' AND p.panics THEN now() ELSE a.escalate_at END
    FROM decided p
    WHERE NOT p.opens
      AND a.id = p.alarm_id
      AND a.id = ANY (ARRAY(SELECT alarm_id FROM decided WHERE NOT opens)) -- look them up, whatever joins cost
    RETURNING a.*
),
alerted AS (
    INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
    SELECT alert_id, alarm_id, 'alarm.opened', 'open', store_id IS NOT NULL, press_count, last_pressed_at
    FROM decided
    WHERE opens
    UNION ALL
    SELECT p.alert_id, a.id, 'alarm.repeated', a.state, a.store_id IS NOT NULL, a.press_count, a.last_pressed_at
    FROM decided p
    JOIN repeated a ON a.id = p.alarm_id
    WHERE p.repeats
),
-- An alarm's first word goes to the first endpoints of its route, what follows to all that have had a word of it.
addressed AS MATERIALIZED (
    SELECT p.*, e.endpoint_ids,
           ARRAY(SELECT uuid_v7() FROM unnest(e.endpoint_ids)) AS delivery_ids
    FROM decided p
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN p.opens THEN p.endpoints
            WHEN p.repeats THEN ARRAY(SELECT DISTINCT endpoint_id FROM deliveries WHERE alarm_id = p.alarm_id)
            ELSE '{}'
        END AS endpoint_ids
        OFFSET 0 -- so that it is looked up once
    ) e
),
owed AS (
    INSERT INTO deliveries (id, alert_id, alarm_id, endpoint_id, urgency, due_at, fence, claimed_by)
    SELECT e.delivery_id, p.alert_id, p.alarm_id, e.endpoint_id, CASE WHEN p.opens THEN 0 ELSE 1 END,
           now() + make_interval(secs => $14::float8), 1, CASE WHEN $14::float8 > 0 THEN $13::text END
    FROM addressed p
    CROSS JOIN LATERAL unnest(p.delivery_ids, p.endpoint_ids) AS e (delivery_id, endpoint_id)
),
noted AS (
    INSERT INTO timeline (at, alarm_id, what, press)
    SELECT now(), p.alarm_id, CASE WHEN p.opens AND w.place = 1 THEN 'opened' ELSE 'pressed' END, w.id
    FROM decided p
    CROSS JOIN LATERAL unnest(p.ids) WITH ORDINALITY AS w (id, place)
    ORDER BY p.received_at, p.press, w.place
),
touched AS (
    SELECT alarm_id AS id, reference, alarm_kind AS kind, 'open' AS state, button_id, label AS button_label, store,
           now() AS opened_at, received_at, last_pressed_at, press_count, late_by_s,
           NULL::timestamptz AS acknowledged_at, NULL AS acknowledged_by, NULL AS acknowledged_ref,
           NULL::timestamptz AS closed_at, NULL AS closed_by, NULL AS disposition,
           opens, repeats, alert_id, button_ids, press_ids, delivery_ids, endpoint_ids
    FROM addressed
    WHERE opens
    UNION ALL
    SELECT a.id, a.reference, a.kind, a.state, a.button_id, a.button_label, a.store,
           a.opened_at, a.received_at, a.last_pressed_at, a.press_count, a.late_by_s,
           a.acknowledged_at, a.acknowledged_by, a.acknowledged_ref,
           a.closed_at, a.closed_by, a.disposition,
           p.opens, p.repeats, p.alert_id, p.button_ids, p.press_ids, p.delivery_ids, p.endpoint_ids
    FROM addressed p
    LEFT JOIN repeated a ON a.id = p.alarm_id
    WHERE NOT p.opens
)
SELECT t.id IS NULL AND require_fresh_snapshot() AS stale,
       t.*,
       now() AS alerted_at,
       (SELECT max(updated_at) FROM endpoints) AS endpoints_changed_at
FROM touched t
ORDER BY t.opens DESC, t.received_at

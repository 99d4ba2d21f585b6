-- The canary: a press that alarmd sends itself, all the way to an endpoint of its own. And the sessions that brokers
-- hold for replicas.

ALTER TABLE endpoints
    DROP CONSTRAINT endpoints_audience_check,
    ADD CONSTRAINT endpoints_audience_check CHECK (audience IN ('police', 'operators', 'canary'));

-- One for all replicas: each sends what it claims for it to a receiver within its own process.
CREATE UNIQUE INDEX endpoints_canary ON endpoints (audience) WHERE audience = 'canary';

-- As before, and the canary's own endpoint for a canary: nobody else is told of one.
CREATE OR REPLACE FUNCTION first_endpoints(alarm_kind text, store_district text) RETURNS uuid[]
LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(array_agg(chosen.id ORDER BY chosen.id), '{}')
    FROM (
        SELECT e.id, rank() OVER (ORDER BY (e.districts = '{}'), e.position) AS rank
        FROM endpoints e
        WHERE e.removed_at IS NULL
          AND (alarm_kind <> 'test' OR e.accepts_tests)
          AND CASE WHEN alarm_kind = 'canary'
                   THEN e.audience = 'canary'
                   WHEN store_district IS NULL
                   THEN e.audience = 'operators'
                   ELSE e.audience = 'police' AND (e.districts = '{}' OR store_district = ANY (e.districts))
              END
    ) AS chosen
    WHERE chosen.rank = 1
);

-- Presses of these ids reach nobody: no real button may have one.
ALTER TABLE buttons ADD CONSTRAINT buttons_id_not_reserved CHECK (id NOT LIKE 'alarmd.canary.%') NOT VALID;

CREATE INDEX alarms_canaries ON alarms (opened_at) WHERE kind = 'canary';

-- A broker that says `session present: no` to a replica that is in here has forgotten what it held for it.
CREATE TABLE broker_sessions (
    client_id text NOT NULL,
    broker    text NOT NULL,            -- host and port
    since     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, broker)
);

-- What is owed to whom: alerts, endpoints, deliveries and their attempts.

CREATE TABLE endpoints (
    id                   uuid PRIMARY KEY DEFAULT uuid_v7(),
    name                 text NOT NULL UNIQUE CHECK (name <> ''),
    url                  text NOT NULL CHECK (url ~ '^https?://'),
    secrets              text[] NOT NULL CHECK (cardinality(secrets) BETWEEN 1 AND 3), -- newest first
    audience             text NOT NULL DEFAULT 'police' CHECK (audience IN ('police', 'operators')),
    districts            text[] NOT NULL DEFAULT '{}', -- legal codes; none: every store that no other route claims
    position             smallint NOT NULL DEFAULT 0 CHECK (position >= 0),
    accepts_tests        boolean NOT NULL DEFAULT true,
    escalate_after_s     double precision NOT NULL DEFAULT 15 CHECK (escalate_after_s > 0),
    acknowledge_within_s double precision NOT NULL DEFAULT 60 CHECK (acknowledge_within_s > 0),
    removed_at           timestamptz,
    version              integer NOT NULL DEFAULT 1,
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);

-- The endpoints that a new alarm goes to first: those of the most specific route, at the lowest position.
-- An alarm without a store goes to the operators, who find out where it is.
CREATE FUNCTION first_endpoints(alarm_kind text, store_district text) RETURNS uuid[]
LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(array_agg(chosen.id ORDER BY chosen.id), '{}')
    FROM (
        SELECT e.id, rank() OVER (ORDER BY (e.districts = '{}'), e.position) AS rank
        FROM endpoints e
        WHERE e.removed_at IS NULL
          AND alarm_kind <> 'canary'
          AND (alarm_kind <> 'test' OR e.accepts_tests)
          AND CASE WHEN store_district IS NULL
                   THEN e.audience = 'operators'
                   ELSE e.audience = 'police' AND (e.districts = '{}' OR store_district = ANY (e.districts))
              END
    ) AS chosen
    WHERE chosen.rank = 1
);

-- `id` is the webhook-id of every attempt. The columns are what changes from alert to alert; the rest of
-- the body is the alarm's and does not change, so each attempt sends the same bytes.
CREATE TABLE alerts (
    id              uuid PRIMARY KEY,
    alarm_id        uuid NOT NULL REFERENCES alarms (id),
    type            text NOT NULL CHECK (type IN (
                        'alarm.opened', 'alarm.repeated', 'alarm.cancel_requested',
                        'alarm.located', 'alarm.acknowledged', 'alarm.closed')),
    state           text NOT NULL CHECK (state IN ('open', 'cancel_requested', 'acknowledged', 'closed')),
    located         boolean NOT NULL,
    press_count     integer NOT NULL,
    last_pressed_at timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX alerts_alarm ON alerts (alarm_id, id);

-- The transactional outbox. A claim moves `due_at` to the end of its lease and raises `fence`;
-- a result is taken only from the holder of the newest fence.
CREATE TABLE deliveries (
    id           uuid PRIMARY KEY DEFAULT uuid_v7(),
    alert_id     uuid NOT NULL REFERENCES alerts (id),
    alarm_id     uuid NOT NULL REFERENCES alarms (id),
    endpoint_id  uuid NOT NULL REFERENCES endpoints (id),
    urgency      smallint NOT NULL, -- 0 the first word of an alarm, 1 the rest
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'cancelled')),
    due_at       timestamptz NOT NULL,
    fence        bigint NOT NULL DEFAULT 0,
    claimed_by   text,
    attempts     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    cancelled_by text,
    UNIQUE (alert_id, endpoint_id),
    CHECK ((state = 'delivered') = (delivered_at IS NOT NULL)),
    CHECK (state <> 'delivered' OR attempts > 0),
    CHECK ((state = 'cancelled') = (cancelled_by IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX deliveries_due ON deliveries (endpoint_id, urgency, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_pending_age ON deliveries (created_at) WHERE state = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (claimed_by) WHERE state = 'pending';
CREATE INDEX deliveries_alarm ON deliveries (alarm_id, endpoint_id);
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_id, created_at DESC);

CREATE TABLE attempts (
    delivery_id uuid NOT NULL REFERENCES deliveries (id),
    number      integer NOT NULL CHECK (number > 0),
    ended_at    timestamptz NOT NULL DEFAULT now(),
    duration_ms double precision NOT NULL,
    status      smallint,           -- HTTP status, none when no answer came
    error       text,               -- why it failed, none when it did not
    answer      text NOT NULL,      -- the first bytes of the response
    PRIMARY KEY (delivery_id, number)
);

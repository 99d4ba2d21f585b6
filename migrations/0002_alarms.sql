-- A press, the alarm it opens or joins, and all that happens to that alarm.

CREATE TABLE presses (
    id          uuid PRIMARY KEY DEFAULT uuid_v7(),
    button_id   text NOT NULL CHECK (button_id ~ '^[a-z0-9_.:-]{1,64}$'),
    press_id    text NOT NULL CHECK (press_id ~ '^[A-Za-z0-9_.:-]{1,64}$'),
    wire_id     text NOT NULL,      -- the button's id as its topic spells it: its receipts go there
    kind        text NOT NULL CHECK (kind IN ('panic', 'test', 'cancel', 'canary')),
    pressed_at  timestamptz,        -- by the button's clock, where it has a plausible one
    received_at timestamptz NOT NULL,
    counter     bigint,
    gateway_id  text,
    source      text NOT NULL CHECK (source IN ('mqtt', 'http')),
    topic       text,
    payload     bytea NOT NULL,
    faults      text[] NOT NULL DEFAULT '{}', -- members of the payload that were wrong and left out
    -- The one thing that makes a press happen once, whoever delivers it and how often.
    UNIQUE (button_id, press_id)
);

CREATE INDEX presses_received ON presses (received_at);

CREATE SEQUENCE alarm_references;

-- A-20261123-000042: the day in Seoul, for people to say to each other, and a number that alone is unique.
CREATE FUNCTION alarm_reference(opened_at timestamptz, number bigint) RETURNS text
LANGUAGE sql STABLE
RETURN to_char(opened_at AT TIME ZONE 'Asia/Seoul', '"A-"YYYYMMDD"-"')
    || lpad(number::text, greatest(6, length(number::text)), '0');

CREATE TABLE alarms (
    id                uuid PRIMARY KEY,
    reference         text NOT NULL UNIQUE,
    kind              text NOT NULL CHECK (kind IN ('panic', 'test', 'canary')),
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'cancel_requested', 'acknowledged', 'closed')),
    button_id         text NOT NULL,
    button_label      text NOT NULL DEFAULT '',
    store_id          uuid REFERENCES stores (id),
    store             jsonb,         -- snapshot; later edits of the registry do not change history
    opened_at         timestamptz NOT NULL,
    received_at       timestamptz NOT NULL,
    last_pressed_at   timestamptz NOT NULL,
    press_count       integer NOT NULL CHECK (press_count > 0),
    late_by_s         double precision CHECK (late_by_s > 0),
    awaits_route      boolean NOT NULL, -- owed to the police, but there is nobody to send it to yet
    acknowledged_at   timestamptz,
    acknowledged_by   text,
    acknowledged_ref  text,
    closed_at         timestamptz,
    closed_by         text,
    disposition       text CHECK (disposition IN ('actual', 'false', 'test', 'duplicate', 'cancelled')),
    CHECK ((store_id IS NULL) = (store IS NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK (state <> 'acknowledged' OR acknowledged_at IS NOT NULL),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_by IS NOT NULL)),
    CHECK ((state = 'closed') = (disposition IS NOT NULL))
);

CREATE INDEX alarms_newest ON alarms (opened_at DESC, id DESC);
CREATE INDEX alarms_unclosed ON alarms (opened_at DESC, id DESC) WHERE state <> 'closed';
CREATE INDEX alarms_store ON alarms (store_id, opened_at DESC, id DESC);
CREATE INDEX alarms_button ON alarms (button_id, opened_at DESC, id DESC);
CREATE INDEX alarms_awaiting_route ON alarms (opened_at) WHERE awaits_route;

-- The alarm that the next press at a store (or of a button without one) joins, if it comes soon enough.
-- One narrow row for each, so that concurrent commits of presses at one store take their turn here and
-- both see the same alarm. A row goes when its alarm is closed.
CREATE TABLE joinable_alarms (
    subject          text NOT NULL, -- 'store:<id>' or 'button:<id>'
    kind             text NOT NULL CHECK (kind IN ('panic', 'test', 'canary')),
    alarm_id         uuid NOT NULL,
    press_count      integer NOT NULL,
    last_received_at timestamptz NOT NULL,
    repeated_at      timestamptz,   -- when the police were last told of a further press
    PRIMARY KEY (subject, kind)
) WITH (fillfactor = 70);

CREATE INDEX joinable_alarms_alarm ON joinable_alarms (alarm_id);

-- An alarm that a press should join was committed after the statement's snapshot was taken: fail as a
-- serialization failure does, so that the statement is run again and sees it.
CREATE FUNCTION require_fresh_snapshot() RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the alarm to join was committed after this statement began'
        USING ERRCODE = 'serialization_failure';
END $$;

-- What happened to an alarm, in order; the change feed of the service as well.
-- (xid, id) orders readers without gaps: rows of transactions below the oldest running one are complete.
CREATE TABLE timeline (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz NOT NULL DEFAULT now(),
    alarm_id    uuid NOT NULL REFERENCES alarms (id),
    what        text NOT NULL CHECK (what IN (
                    'opened', 'pressed', 'cancel_requested', 'located', 'delivered',
                    'acknowledged', 'rejected', 'closed', 'noted')),
    who         text,               -- a person, key or endpoint; none when it was a button
    press       uuid REFERENCES presses (id),
    detail      jsonb NOT NULL DEFAULT '{}',
    CHECK (what NOT IN ('opened', 'pressed', 'cancel_requested') OR press IS NOT NULL),
    CHECK (what NOT IN ('acknowledged', 'rejected', 'closed', 'noted') OR who IS NOT NULL)
);

CREATE INDEX timeline_alarm ON timeline (alarm_id, id);
CREATE INDEX timeline_feed ON timeline (xid, id);
CREATE UNIQUE INDEX timeline_press ON timeline (press) WHERE press IS NOT NULL; -- a press is in one alarm at most

-- What could not be understood or trusted: stored as it came, shown to a human.
CREATE TABLE quarantine (
    id           uuid PRIMARY KEY DEFAULT uuid_v7(),
    digest       bytea NOT NULL UNIQUE, -- SHA-256 of reason, topic and payload: the same again counts up
    reason       text NOT NULL,
    detail       text NOT NULL,
    source       text NOT NULL CHECK (source IN ('mqtt', 'http')),
    topic        text,
    payload      bytea NOT NULL,
    button_id    text,
    times        integer NOT NULL DEFAULT 1,
    first_at     timestamptz NOT NULL DEFAULT now(),
    last_at      timestamptz NOT NULL DEFAULT now(),
    dismissed_at timestamptz,
    dismissed_by text,
    CHECK ((dismissed_at IS NULL) = (dismissed_by IS NULL))
);

CREATE INDEX quarantine_newest ON quarantine (last_at DESC, id DESC);
CREATE INDEX quarantine_undismissed ON quarantine (last_at DESC, id DESC) WHERE dismissed_at IS NULL;

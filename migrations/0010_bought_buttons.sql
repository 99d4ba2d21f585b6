-- Buttons that shops can buy: how each is understood, what was heard of those that nobody enrolled, and what is
-- remembered so that one press of many messages is one press.

-- Their makers and bridges give ids of any printable text: `서초구/CU 반포점/sos`. The contract of native topics stays as it
-- was; the code holds it. Lower case may be longer than what was written, so there is room for twice 128 characters.
ALTER TABLE buttons
    DROP CONSTRAINT buttons_id_check,
    ADD CONSTRAINT buttons_id_check CHECK (id <> '' AND length(id) <= 256) NOT VALID,
    ADD COLUMN dialect     text,  -- the one way in which it is heard; none: whichever
    ADD COLUMN profile     jsonb, -- what its events mean, where that is not the default
    ADD COLUMN replaces    text,  -- the button whose place it took
    ADD COLUMN replaced_by text;  -- the button that took its place

ALTER TABLE button_health
    DROP CONSTRAINT button_health_button_id_check,
    ADD CONSTRAINT button_health_button_id_check CHECK (button_id <> '' AND length(button_id) <= 256) NOT VALID,
    ADD COLUMN battery_v    double precision CHECK (battery_v >= 0),
    ADD COLUMN battery_low  boolean,
    ADD COLUMN link_quality smallint CHECK (link_quality BETWEEN 0 AND 255),
    ADD COLUMN offline_at   timestamptz; -- when its bridge last said that it cannot reach it

ALTER TABLE presses
    DROP CONSTRAINT presses_button_id_check,
    ADD CONSTRAINT presses_button_id_check CHECK (button_id <> '' AND length(button_id) <= 256) NOT VALID;

ALTER TABLE gateways
    DROP CONSTRAINT gateways_id_check,
    ADD CONSTRAINT gateways_id_check CHECK (id <> '' AND length(id) <= 256) NOT VALID;

-- As before; and one that its bridge cannot reach is silent at once.
CREATE OR REPLACE VIEW button_supervision AS
SELECT b.id AS button_id,
       h.gateway_id,
       CASE
           WHEN h.last_seen_at <= g.away_since THEN 'unknown'
           WHEN h.offline_at > h.last_seen_at THEN 'silent'
           WHEN now() - greatest(h.last_seen_at, b.supervised_from) > make_interval(secs => b.silent_after_s)
           THEN 'silent'
           ELSE 'ok'
       END AS supervision
FROM buttons b
LEFT JOIN button_health h ON h.button_id = b.id
LEFT JOIN gateway_supervision g ON g.id = h.gateway_id
WHERE b.store_id IS NOT NULL
  AND b.revoked_at IS NULL;

-- What was heard of each device, enrolled or not. Its row is locked while its messages are judged, so that all replicas
-- and brokers judge from one memory, and the memory is committed with the press.
CREATE TABLE devices (
    id            text PRIMARY KEY CHECK (id <> '' AND length(id) <= 256),
    wire_id       text NOT NULL,              -- as its ecosystem spells it
    dialect       text NOT NULL,
    model         text,
    alias         text,
    gateway_id    text,
    broadcast     boolean NOT NULL DEFAULT false, -- radio that may be a passer-by's
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    times_heard   bigint NOT NULL DEFAULT 0,
    pressed_at    timestamptz,                -- when it last said something like a press
    events        jsonb NOT NULL DEFAULT '[]', -- the last few, the newest first
    memory        jsonb NOT NULL DEFAULT '{}'  -- core/dialects/memory.py
) WITH (fillfactor = 70);

CREATE INDEX devices_newest ON devices (first_seen_at DESC, id DESC);

-- How operators read messages of devices that no dialect knows.
CREATE TABLE mappings (
    id         uuid PRIMARY KEY DEFAULT uuid_v7(),
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    document   jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL
);

-- Until then a button that nobody enrolled, pressed twice, becomes one of this store; through this gateway alone, if named.
ALTER TABLE stores
    ADD COLUMN enrolment_until      timestamptz,
    ADD COLUMN enrolment_gateway_id text;

CREATE INDEX stores_enrolling ON stores (enrolment_until) WHERE enrolment_until IS NOT NULL;

-- When a replica last had a connection to a broker: what it missed is only taken for known while another listened.
ALTER TABLE broker_sessions ADD COLUMN connected_at timestamptz;

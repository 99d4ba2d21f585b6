-- Faults: what is wrong with the service, or with what it watches, until it is right again.

CREATE TABLE faults (
    id         uuid PRIMARY KEY DEFAULT uuid_v7(),
    kind       text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    subject    text NOT NULL CHECK (subject <> ''), -- an endpoint's name, a button's id, a broker's address, ...
    detail     text NOT NULL,                       -- a sentence for whoever looks at it
    raised_at  timestamptz NOT NULL DEFAULT now(),
    cleared_at timestamptz,
    cleared_by text,
    CHECK ((cleared_at IS NULL) = (cleared_by IS NULL))
);

-- A thing is wrong once, however often it is noticed, and by however many replicas.
CREATE UNIQUE INDEX faults_open ON faults (kind, subject) WHERE cleared_at IS NULL;

-- The change feed tells of faults as it tells of alarms, in one order. What is checked is checked of new rows:
-- every old row passes, and a look at each of them would keep presses waiting.
ALTER TABLE timeline
    ALTER COLUMN alarm_id DROP NOT NULL,
    ADD COLUMN fault_id uuid REFERENCES faults (id),
    DROP CONSTRAINT timeline_what_check,
    ADD CONSTRAINT timeline_what_check CHECK (what IN (
        'opened', 'pressed', 'cancel_requested', 'located', 'delivered', 'escalated',
        'acknowledged', 'rejected', 'closed', 'noted', 'raised', 'cleared')) NOT VALID,
    ADD CONSTRAINT timeline_whose_check CHECK ((alarm_id IS NULL) <> (fault_id IS NULL)) NOT VALID;

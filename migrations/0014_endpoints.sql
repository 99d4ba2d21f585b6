-- What an endpoint is sent, how long its old secret signs as well, and for how long it is sent nothing.

ALTER TABLE timeline
    VALIDATE CONSTRAINT timeline_what_check,
    VALIDATE CONSTRAINT timeline_human_check;
ALTER TABLE alerts
    VALIDATE CONSTRAINT alerts_type_check,
    VALIDATE CONSTRAINT alerts_step_check;

ALTER TABLE endpoints
    ADD COLUMN format text DEFAULT 'cloudevents' NOT NULL CHECK (format IN ('cloudevents', 'cap', 'eido')),
    ADD COLUMN overlap_until timestamptz, -- of the secrets after the first; none: until the next rotation
    ADD COLUMN paused_until timestamptz,
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_by text,
    ADD COLUMN pause_reason text,
    ADD CONSTRAINT endpoints_pause_check CHECK (
        num_nulls(paused_until, paused_at, paused_by, pause_reason) IN (0, 4));

UPDATE endpoints SET overlap_until = now() + interval '24 hours' WHERE cardinality(secrets) > 1;

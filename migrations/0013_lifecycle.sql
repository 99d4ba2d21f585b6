-- Alarms that are opened again, and what humans do with deliveries: each is on the alarm's timeline, with who and why.

ALTER TABLE timeline
    DROP CONSTRAINT timeline_what_check,
    ADD CONSTRAINT timeline_what_check CHECK (what IN (
        'opened', 'pressed', 'cancel_requested', 'located', 'delivered', 'escalated',
        'acknowledged', 'rejected', 'closed', 'reopened', 'noted', 'delivery_retried', 'delivery_cancelled',
        'raised', 'cleared')) NOT VALID,
    ADD CONSTRAINT timeline_human_check CHECK (
        what NOT IN ('reopened', 'delivery_retried', 'delivery_cancelled') OR who IS NOT NULL) NOT VALID;

-- Since when the chain's times count anew; none: since the alarm was first told.
ALTER TABLE alarms ADD COLUMN reopened_at timestamptz;

-- `step` is what a human did, as the alert's body says it: by whom, when, under which reference, why.
ALTER TABLE alerts
    ADD COLUMN step jsonb,
    DROP CONSTRAINT alerts_type_check,
    ADD CONSTRAINT alerts_type_check CHECK (type IN (
        'alarm.opened', 'alarm.repeated', 'alarm.cancel_requested', 'alarm.located', 'alarm.escalated',
        'alarm.acknowledged', 'alarm.rejected', 'alarm.closed', 'alarm.reopened')) NOT VALID,
    ADD CONSTRAINT alerts_step_check CHECK (
        type NOT IN ('alarm.rejected', 'alarm.reopened') OR step IS NOT NULL) NOT VALID;

ALTER TABLE deliveries ADD COLUMN cancel_reason text;

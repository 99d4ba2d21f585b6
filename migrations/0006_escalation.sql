-- Escalation: when to look at an alarm again, and who is told if nobody took it, acknowledged it or closed it.

ALTER TABLE timeline VALIDATE CONSTRAINT timeline_what_check;
ALTER TABLE timeline VALIDATE CONSTRAINT timeline_whose_check;

-- None: nothing is to be waited for. The default is for replicas of an earlier version, which do not say: an early
-- look does no harm.
ALTER TABLE alarms ADD COLUMN escalate_at timestamptz;
ALTER TABLE alarms ALTER COLUMN escalate_at SET DEFAULT now() + interval '5 s';

CREATE INDEX alarms_to_escalate ON alarms (escalate_at) WHERE escalate_at IS NOT NULL;

ALTER TABLE endpoints
    ADD COLUMN reopen_after_s double precision NOT NULL DEFAULT 1800 CHECK (reopen_after_s > 0);

ALTER TABLE alerts
    ADD COLUMN reason text, -- of an escalation
    DROP CONSTRAINT alerts_type_check,
    ADD CONSTRAINT alerts_type_check CHECK (type IN (
        'alarm.opened', 'alarm.repeated', 'alarm.cancel_requested', 'alarm.located', 'alarm.escalated',
        'alarm.acknowledged', 'alarm.closed')) NOT VALID;

-- Seconds until the alarm is first looked at again, once these endpoints are told of it.
CREATE FUNCTION first_look_s(told uuid[]) RETURNS double precision
LANGUAGE sql STABLE
RETURN (
    SELECT min(least(escalate_after_s, acknowledge_within_s))
    FROM endpoints
    WHERE id = ANY (told)
);

-- What came into quarantine and was a press after all: the alarm that a human made of it. And why something was not.

ALTER TABLE quarantine
    ADD COLUMN dismiss_reason text,
    ADD COLUMN alarm_id uuid,
    ADD CONSTRAINT quarantine_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES alarms (id) NOT VALID,
    ADD CONSTRAINT quarantine_settled_check CHECK (
        dismissed_at IS NOT NULL OR num_nonnulls(dismiss_reason, alarm_id) = 0) NOT VALID;

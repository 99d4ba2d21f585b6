-- Retention: how far what is personal has been taken from what is long over. And what lists need to stay fast with a
-- long past.

-- An alarm that is opened again and closed again is closed later, and so is come upon once more.
CREATE INDEX alarms_closed ON alarms (closed_at, id) WHERE state = 'closed';

-- One row. All replicas share it, and take turns; what was done and not yet told stands with how far it is done.
CREATE TABLE retention (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    closed_at    timestamptz NOT NULL DEFAULT '-infinity',   -- of the last alarm that was looked at
    alarm_id     uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    received_at  timestamptz NOT NULL DEFAULT '-infinity',   -- of the last press that was looked at
    press_id     uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    done         jsonb NOT NULL DEFAULT '{}'                 -- how many of what, since it was last told
);

INSERT INTO retention DEFAULT VALUES;

-- Tests are rare among alarms, and so are deliveries that were given up.
CREATE INDEX alarms_tests ON alarms (opened_at DESC, id DESC) WHERE kind = 'test';
CREATE INDEX stores_district_name ON stores (district, id); -- a district is asked for by name or code
CREATE INDEX deliveries_cancelled ON deliveries (endpoint_id, id) WHERE state = 'cancelled';

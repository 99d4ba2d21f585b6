-- The access log: who has read where alarms are, and when.

CREATE TABLE access_log (
    id     uuid PRIMARY KEY,
    at     timestamptz NOT NULL,
    key_id uuid NOT NULL,
    who    text NOT NULL CHECK (who <> ''),
    what   text NOT NULL CHECK (what IN ('alarm', 'list', 'board', 'report', 'stream_opened', 'stream_ended')),
    query  text,                          -- which list or report
    alarms uuid[] NOT NULL DEFAULT '{}'   -- those that were shown
);

CREATE INDEX access_log_newest ON access_log (at DESC, id DESC);
CREATE INDEX access_log_who ON access_log (who, at DESC, id DESC);
CREATE INDEX access_log_what ON access_log (what, at DESC, id DESC);
CREATE INDEX access_log_alarms ON access_log USING gin (alarms);

-- An entry stays for 400 days, whatever the retention is, and whoever asks.
CREATE FUNCTION refuse_to_change_the_access_log() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '400 days' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'an entry of the access log is kept for 400 days'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RAISE EXCEPTION 'the access log is not changed: % is refused', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER access_log_is_kept
BEFORE UPDATE OR DELETE ON access_log
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_access_log();

CREATE TRIGGER access_log_is_not_emptied
BEFORE TRUNCATE ON access_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_access_log();

ALTER TABLE access_log
    ENABLE ALWAYS TRIGGER access_log_is_kept,
    ENABLE ALWAYS TRIGGER access_log_is_not_emptied;

-- The audit: every change that a human makes, with before and after; each row is chained to the one before it.

-- `before` and `after` are json, not jsonb: what was hashed is kept to the letter. Nothing refers to other tables, and
-- nothing here goes when the thing itself goes.
CREATE TABLE audit (
    seq     bigint PRIMARY KEY CHECK (seq > 0),
    at      timestamptz NOT NULL,
    what    text COLLATE "C" NOT NULL CHECK (what ~ '^[a-z_]+\.[a-z_]+$'), -- searched for by its beginning
    subject text NOT NULL CHECK (subject <> ''), -- stores/<id>, buttons/<id>, alarms/<id>, ...
    who     text NOT NULL CHECK (who <> ''),
    key_id  uuid,                                -- the key's, where it was one
    door    text NOT NULL CHECK (door IN ('http', 'cli', 'import', 'service')),
    before  json,
    after   json,
    hash    bytea NOT NULL CHECK (length(hash) = 32) -- SHA-256 of the hash before it and of the row's own content
);

CREATE INDEX audit_subject ON audit (subject, seq);
CREATE INDEX audit_what ON audit (what, seq);
CREATE INDEX audit_who ON audit (who, seq);
CREATE INDEX audit_at ON audit (at, seq);

-- The last link. Whoever adds one holds this row until the commit, so that the chain never forks.
CREATE TABLE audit_head (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq  bigint NOT NULL,
    hash bytea NOT NULL
);

INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION refuse_to_change_the_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit only grows: % is refused', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_only_grows
BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit();

-- Also while a session says that it replicates, in which ordinary triggers are silent.
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_only_grows;

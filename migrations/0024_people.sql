-- People who log in through an OpenID Connect provider: what such a session is worth hangs on no key, but on what the
-- provider said of them when they logged in.
ALTER TABLE console_sessions
    ALTER COLUMN key_id DROP NOT NULL,
    ADD COLUMN issuer  text,
    ADD COLUMN subject text,
    ADD COLUMN name    text,
    ADD COLUMN role    text CHECK (role IN ('viewer', 'operator', 'admin')),
    ADD CONSTRAINT console_sessions_of_somebody CHECK (
        num_nonnulls(key_id, issuer) = 1
        AND num_nonnulls(issuer, subject, name, role) IN (0, 4)
    ) NOT VALID;

-- A write is answered again to whoever sent it, which may be a person, who has an id and no key.
ALTER TABLE idempotency DROP CONSTRAINT idempotency_key_id_fkey;

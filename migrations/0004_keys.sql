-- API keys. Only the SHA-256 of a key is kept: the key itself has 256 random bits.
CREATE TABLE keys (
    id          uuid PRIMARY KEY DEFAULT uuid_v7(),
    name        text NOT NULL CHECK (name <> ''),
    digest      bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    role        text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'police', 'press')),
    endpoint_id uuid REFERENCES endpoints (id), -- whom a police key acts for; none: every route
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

-- Answers already given to writes that carried an Idempotency-Key, to be given again.
CREATE TABLE idempotency (
    key_id     uuid NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    token      text NOT NULL CHECK (length(token) BETWEEN 1 AND 255),
    request    bytea NOT NULL,      -- SHA-256 of method, path and body
    status     smallint NOT NULL,
    headers    jsonb NOT NULL,
    body       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key_id, token)
);

CREATE INDEX idempotency_age ON idempotency (created_at);

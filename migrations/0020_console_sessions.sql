-- Who is logged in to the console, and with which key. Only the SHA-256 of what the browser holds is kept.
CREATE TABLE console_sessions (
    digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
    key_id     uuid NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX console_sessions_expiry ON console_sessions (expires_at);

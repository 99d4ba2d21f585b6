-- Sessions by an id of their own, so that an administrator can name one without knowing what opens it.
ALTER TABLE console_sessions
    ADD COLUMN id uuid NOT NULL DEFAULT uuid_v7();

CREATE UNIQUE INDEX console_sessions_newest ON console_sessions (id);

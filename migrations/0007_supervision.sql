-- Supervision: how often each button and gateway is to be heard, and when a press of each last reached the police.

-- No interval: it is never called silent. One that was never heard counts from when it was enrolled or got a store.
ALTER TABLE buttons
    ADD COLUMN silent_after_s integer DEFAULT 86400 CHECK (silent_after_s > 0),
    ADD COLUMN supervised_from timestamptz NOT NULL DEFAULT now();

-- Heard itself, or a button behind it. None: all that was ever heard is that it is offline.
ALTER TABLE gateways
    ADD COLUMN silent_after_s integer DEFAULT 86400 CHECK (silent_after_s > 0),
    ADD COLUMN last_seen_at timestamptz;

UPDATE gateways g
SET last_seen_at = (SELECT max(h.last_seen_at) FROM button_health h WHERE h.gateway_id = g.id);

-- `away_since`: when it said, or its broker, that it is offline; or when it was last heard, if that is too long ago.
CREATE VIEW gateway_supervision AS
SELECT id,
       CASE
           WHEN state = 'offline' THEN changed_at
           WHEN now() - coalesce(last_seen_at, changed_at) > make_interval(secs => silent_after_s)
           THEN coalesce(last_seen_at, changed_at)
       END AS away_since
FROM gateways;

-- The buttons that are supervised, and how each is. The same is decided in core/supervision.py of what is found here;
-- a test holds the two together. Nothing can be said of a button whose gateway is away, unless it was heard since.
CREATE VIEW button_supervision AS
SELECT b.id AS button_id,
       h.gateway_id,
       CASE
           WHEN h.last_seen_at <= g.away_since THEN 'unknown'
           WHEN now() - greatest(h.last_seen_at, b.supervised_from) > make_interval(secs => b.silent_after_s)
           THEN 'silent'
           ELSE 'ok'
       END AS supervision
FROM buttons b
LEFT JOIN button_health h ON h.button_id = b.id
LEFT JOIN gateway_supervision g ON g.id = h.gateway_id
WHERE b.store_id IS NOT NULL
  AND b.revoked_at IS NULL;

-- When the last press of a button that reached the police did so.
CREATE TABLE button_proofs (
    button_id text PRIMARY KEY,
    proven_at timestamptz NOT NULL
);

-- How far a reader of the timeline has come. All replicas share it, and take turns.
CREATE TABLE reading_positions (
    reader text PRIMARY KEY,
    xid    xid8 NOT NULL,
    id     bigint NOT NULL
);

INSERT INTO reading_positions (reader, xid, id) VALUES ('proofs', '0', 0);

-- What lists must go through whole stands in indexes that are a tenth of their tables, and is decided in one pass.

CREATE INDEX stores_place_id ON stores (lat, lon, id);
CREATE INDEX stores_route ON stores (district_code, station, precinct, id);

-- How a supervised button is, by what is known of it; it becomes part of the statement that asks.
CREATE FUNCTION supervision_of(
    last_seen_at timestamptz,
    offline_at timestamptz,
    away_since timestamptz,
    supervised_from timestamptz,
    silent_after_s integer
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN last_seen_at <= away_since THEN 'unknown'
    WHEN offline_at > last_seen_at THEN 'silent' -- its bridge cannot reach it
    WHEN now() - greatest(last_seen_at, supervised_from) > make_interval(secs => silent_after_s) THEN 'silent'
    ELSE 'ok'
END;

CREATE OR REPLACE VIEW button_supervision AS
SELECT b.id AS button_id,
       h.gateway_id,
       supervision_of(h.last_seen_at, h.offline_at, g.away_since, b.supervised_from, b.silent_after_s)
           AS supervision
FROM buttons b
LEFT JOIN button_health h ON h.button_id = b.id
LEFT JOIN gateway_supervision g ON g.id = h.gateway_id
WHERE b.store_id IS NOT NULL
  AND b.revoked_at IS NULL;

-- The registry: which button belongs to which store, and what was last heard of each.

-- A UUID of version 7 (RFC 9562): rises with time, so that new rows land at the end of their indexes.
-- Postgres has its own from 18 on; alarmd runs on 15 to 18.
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
    set_byte(
        overlay(
            uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
            FROM 1 FOR 6),
        6,
        -- the high half of byte 6 is the version; its low half stays random
        (get_byte(uuid_send(gen_random_uuid()), 7) & 15) | 112),
    'hex')::uuid;

CREATE TABLE stores (
    id              uuid PRIMARY KEY DEFAULT uuid_v7(),
    code            text NOT NULL UNIQUE,
    name            text NOT NULL CHECK (name <> '' AND length(name) <= 200),
    chain           text,
    phone           text CHECK (phone ~ '^\+?[0-9]{3,15}$'),         -- E.164; 112 and 119 stand as they are
    road_address    text CHECK (road_address <> ''),
    jibun_address   text CHECK (jibun_address <> ''),
    postal_code     text CHECK (postal_code ~ '^[0-9]{5}$'),
    province        text,
    district        text NOT NULL,
    district_code   text NOT NULL CHECK (district_code ~ '^[0-9]{5}$'), -- legal code, not KOSTAT's
    police_station  text,
    entrance_note   text,
    lat             double precision NOT NULL CHECK (lat BETWEEN 32 AND 39.5),
    lon             double precision NOT NULL CHECK (lon BETWEEN 123.5 AND 132.5),
    status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    designated_year smallint CHECK (designated_year BETWEEN 1990 AND 2100),
    reference_date  date,
    provider_code   text,
    provider_name   text,
    test_mode_until timestamptz,
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (road_address IS NOT NULL OR jibun_address IS NOT NULL)
);

-- Neither name nor telephone number tells stores apart (27 real ones share one number, several are named just "CU").
CREATE UNIQUE INDEX stores_identity ON stores (name, district_code, coalesce(road_address, jibun_address));
CREATE INDEX stores_district ON stores (district_code, id);
CREATE INDEX stores_chain ON stores (chain, id);
CREATE INDEX stores_place ON stores (lat, lon);

CREATE SEQUENCE store_codes;

-- S-000042: for people to say to each other.
CREATE FUNCTION store_code(number bigint) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'S-' || lpad(number::text, greatest(6, length(number::text)), '0');

CREATE TABLE gateways (
    id         text PRIMARY KEY CHECK (id ~ '^[a-z0-9_.:-]{1,64}$'),
    state      text NOT NULL CHECK (state IN ('online', 'offline')),
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- `id` is the id on the wire in lower case: ids match without regard to case.
CREATE TABLE buttons (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9_.:-]{1,64}$'),
    label           text NOT NULL DEFAULT '',
    model           text,
    store_id        uuid REFERENCES stores (id),
    test_mode_until timestamptz,
    revoked_at      timestamptz,
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX buttons_store ON buttons (store_id);

-- What was last heard of a button, enrolled or not. Written in batches, away from the press path,
-- and apart from `buttons` so that a heartbeat never waits for an operator's edit.
CREATE TABLE button_health (
    button_id    text PRIMARY KEY CHECK (button_id ~ '^[a-z0-9_.:-]{1,64}$'),
    last_seen_at timestamptz NOT NULL,
    battery_pct  smallint CHECK (battery_pct BETWEEN 0 AND 100),
    rssi_dbm     smallint,
    tamper       boolean,
    firmware     text,
    gateway_id   text
) WITH (fillfactor = 70);

-- What the police are told of a store. An alarm keeps the snapshot taken in its press's transaction.
CREATE VIEW store_snapshots AS
SELECT
    id,
    district_code,
    test_mode_until,
    jsonb_build_object(
        'id', id,
        'code', code,
        'name', name,
        'chain', chain,
        'phone', phone,
        'road_address', road_address,
        'jibun_address', jibun_address,
        'postal_code', postal_code,
        'district', district,
        'district_code', district_code,
        'police_station', police_station,
        'entrance_note', entrance_note,
        'location', jsonb_build_object('lat', lat, 'lon', lon)) AS snapshot
FROM stores;

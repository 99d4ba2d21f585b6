-- Police stations and their precincts: to which of them a store belongs, and routes by them. When somebody last made
-- sure of a store on the spot. And what a store is found by, which the next migration fills in and indexes: that takes
-- seconds, which no press may wait for while this one has `stores` to itself.

-- `name` is in full, so that it is one of the whole country's: 서울동작경찰서, or 서울동작경찰서 사당지구대.
CREATE TABLE stations (
    name          text PRIMARY KEY CHECK (name <> '' AND length(name) <= 200),
    kind          text NOT NULL CHECK (kind IN ('headquarters', 'station', 'precinct')),
    parent        text REFERENCES stations (name), -- the station of a precinct
    phone         text CHECK (phone ~ '^\+?[0-9]{3,15}$'),
    address       text CHECK (address <> ''),
    province_code text NOT NULL CHECK (province_code ~ '^[0-9]{2}$'), -- how the legal codes of its districts begin
    district      text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'precinct') = (parent IS NOT NULL))
);

CREATE INDEX stations_parent ON stations (parent);

-- How people write it, without spaces: 서울강북경찰서 is also 강북경찰서. One writing may be that of several.
CREATE TABLE station_writings (
    province_code text NOT NULL,
    writing       text NOT NULL,
    name          text NOT NULL REFERENCES stations (name) ON DELETE CASCADE,
    PRIMARY KEY (province_code, writing, name)
);

CREATE INDEX station_writings_name ON station_writings (name);

-- The station and the precinct that a store's 관할경찰서명 names; no row where it names none, or several. Of two in one
-- city (there are two 신사지구대 in Seoul) it is the one in the store's district.
CREATE FUNCTION station_of(police_station text, store_district text, store_district_code text)
RETURNS TABLE (station text, precinct text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT min(CASE WHEN found.kind = 'precinct' THEN found.parent ELSE found.name END),
           min(CASE WHEN found.kind = 'precinct' THEN found.name END)
    FROM (
        SELECT s.name, s.kind, s.parent,
               rank() OVER (ORDER BY coalesce(s.district = store_district, false) DESC) AS rank
        FROM station_writings w
        JOIN stations s ON s.name = w.name
        WHERE w.writing = lower(replace(police_station, ' ', '') COLLATE "C")
          AND w.province_code = CASE left(store_district_code, 2)
                  WHEN '42' THEN '51' -- 강원도, until 2023
                  WHEN '45' THEN '52' -- 전라북도, until 2024
                  ELSE left(store_district_code, 2)
              END
          AND s.kind <> 'headquarters'
    ) AS found
    WHERE found.rank = 1
    HAVING count(*) = 1;
END;

-- `station` and `precinct` follow from `police_station`, which stays as it was written; a trigger keeps them.
ALTER TABLE stores
    ADD COLUMN verified_on date,
    ADD COLUMN station     text REFERENCES stations (name),
    ADD COLUMN precinct    text REFERENCES stations (name);

CREATE INDEX stores_station ON stores (station) WHERE station IS NOT NULL;
CREATE INDEX stores_precinct ON stores (precinct) WHERE precinct IS NOT NULL;

CREATE FUNCTION place_store() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT f.station, f.precinct
    INTO NEW.station, NEW.precinct
    FROM station_of(NEW.police_station, NEW.district, NEW.district_code) f;
    RETURN NEW;
END
$$;

CREATE TRIGGER stores_placed
BEFORE INSERT OR UPDATE OF police_station, district, district_code ON stores
FOR EACH ROW EXECUTE FUNCTION place_store();

CREATE OR REPLACE VIEW store_snapshots AS
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
        'location', jsonb_build_object('lat', lat, 'lon', lon)) AS snapshot,
    station,
    precinct
FROM stores;

-- Names of stations and precincts. An endpoint with neither districts nor stations serves what no other route claims.
ALTER TABLE endpoints ADD COLUMN stations text[] NOT NULL DEFAULT '{}';

-- How far a route is from being made for the store; 0 is nearest. None: it does not serve it.
CREATE FUNCTION route_rank(
    districts text[], stations text[], store_district text, store_station text, store_precinct text
) RETURNS integer
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN store_precinct = ANY (stations) THEN 0
    WHEN store_station = ANY (stations) THEN 1
    WHEN store_district = ANY (districts) THEN 2
    WHEN districts = '{}' AND stations = '{}' THEN 3
END;

-- As the one of two arguments, which replicas of an earlier version call; and with the routes by station. It stays of
-- the form that becomes part of the statement that asks.
CREATE FUNCTION first_endpoints_of(alarm_kind text, store_district text, store_station text, store_precinct text)
RETURNS TABLE (endpoint_id uuid, look_s double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT chosen.id, chosen.look_s
    FROM (
        SELECT e.id,
               least(e.escalate_after_s, e.acknowledge_within_s) AS look_s,
               rank() OVER (
                   ORDER BY CASE
                                WHEN e.audience = 'police'
                                THEN route_rank(e.districts, e.stations, store_district, store_station, store_precinct)
                            END,
                            e.position
               ) AS rank
        FROM endpoints e
        WHERE e.removed_at IS NULL
          AND (alarm_kind <> 'test' OR e.accepts_tests)
          AND CASE WHEN alarm_kind = 'canary'
                   THEN e.audience = 'canary'
                   WHEN store_district IS NULL
                   THEN e.audience = 'operators'
                   ELSE e.audience = 'police'
                        AND route_rank(e.districts, e.stations, store_district, store_station, store_precinct)
                            IS NOT NULL
              END
    ) AS chosen
    WHERE chosen.rank = 1;
END;

-- Stores are found by any part of their names, addresses and telephone numbers, and by the initial consonants of their
-- names (초성).

-- Without what writings of one name differ in. ASCII alone is folded: what else is depends on the database's locale.
CREATE FUNCTION search_folded(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(translate(words, E' \t\n,.()·', '') COLLATE "C");

-- The initial consonant of each syllable (U+AC00 to U+D7A3, 588 to each initial); what is no syllable stays.
CREATE FUNCTION search_initials(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(
               CASE WHEN ascii(letter) BETWEEN 44032 AND 55203
                    THEN substr('ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ', (ascii(letter) - 44032) / 588 + 1, 1)
                    ELSE letter END,
               '' ORDER BY number)
    FROM string_to_table(words, NULL) WITH ORDINALITY AS t (letter, number)
);

-- The first letter of each word, as names are shortened: 세일신 for 세븐일레븐 신림점. Chains of two words are written as
-- one.
CREATE FUNCTION search_heads(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(left(word, 1), '' ORDER BY number)
    FROM regexp_split_to_table(
             regexp_replace(words, '(세븐|미니|이마트|씨)(?=일[레래]븐|스톱|24|스페이스)', '\1 ', 'g'), '\s+')
        WITH ORDINALITY AS t (word, number)
);

-- What a store is found by, a line each: name, heads of its words, both in initials, addresses, code, and last after a
-- # the digits of its telephone number as they are dialled in Korea.
CREATE FUNCTION search_lines(name text, road_address text, jibun_address text, code text, phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN concat_ws(
    E'\n',
    search_folded(name),
    search_folded(search_heads(name)),
    search_initials(search_folded(name)),
    search_initials(search_folded(search_heads(name))),
    search_folded(road_address),
    search_folded(jibun_address),
    lower(code COLLATE "C"),
    '#' || replace(phone, '+82', '0'));

-- Each two letters that stand together, once.
CREATE FUNCTION search_pairs(lines text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT substr(lines, place, 2)
    FROM generate_series(1, length(lines) - 1) AS place
);

ALTER TABLE stores ADD COLUMN search text;

CREATE FUNCTION find_store() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.search := search_lines(NEW.name, NEW.road_address, NEW.jibun_address, NEW.code, NEW.phone);
    RETURN NEW;
END
$$;

CREATE TRIGGER stores_found
BEFORE INSERT OR UPDATE OF name, road_address, jibun_address, code, phone ON stores
FOR EACH ROW EXECUTE FUNCTION find_store();

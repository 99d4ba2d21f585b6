-- What the stores of before are found by, and the index. A press waits for neither: both let others read and lock keys.

UPDATE stores
SET search = search_lines(name, road_address, jibun_address, code, phone)
WHERE search IS NULL;

-- Over pairs of letters, and not pg_trgm: that takes the right to create an extension, knows nothing of a word of two
-- syllables, as most Korean ones are, and nothing of Hangul at all in a database of the locale C.
CREATE INDEX stores_search ON stores USING gin (search_pairs(search));

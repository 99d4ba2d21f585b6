-- Postgres 18 makes ids of version 7 (RFC 9562) by itself, in a tenth of the time.

DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        CREATE OR REPLACE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE RETURN uuidv7();
    END IF;
END $$;

"""Imports the registry, all or nothing, and exports it."""

import json
from collections.abc import Sequence
from dataclasses import fields
from importlib import resources

from alarmd.core.dataset import COLUMNS, OWN_COLUMNS, Reading
from alarmd.core.district import District, read_districts
from alarmd.core.phone import shown
from alarmd.core.plan import Change, Plan, Registered, plan_import
from alarmd.core.store import StoreEntry
from alarmd.db.pool import Connection, Row

EXPORT_COLUMNS = (*COLUMNS, *OWN_COLUMNS)

_LOCK = 0x73746F726573  # "stores" in ASCII: imports take turns
_FIELDS = tuple(field.name for field in fields(StoreEntry))


def load_districts() -> dict[str, District]:
    """The outlines that come with alarmd, by legal code."""
    text = resources.files("alarmd.core").joinpath("districts.json").read_text(encoding="utf-8")
    return read_districts(json.loads(text))


async def import_stores(connection: Connection, reading: Reading, *, dry_run: bool) -> Plan:
    """Bring the registry to what the file says, in one transaction; nothing is ever deleted.

    With `dry_run` nothing is written, and the plan says what would be.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        codes = list({line.store.district_code for line in reading.lines})
        plan = plan_import(reading, await _registered(connection, codes))
        if not dry_run:
            await _add(connection, plan.new)
            await _change(connection, plan.changed)
    return plan


async def export_rows(connection: Connection) -> list[list[str]]:
    """All stores in the columns of `EXPORT_COLUMNS`, in the order of their codes."""
    return [_as_cells(found) for found in await _registered(connection, None)]


async def _registered(connection: Connection, district_codes: Sequence[str] | None) -> list[Registered]:
    """The stores of some districts, or all of them."""
    rows = await connection.fetch(
        """
        SELECT id, code, name, district, district_code, lat, lon, road_address, jibun_address, chain, phone,
               postal_code, province, police_station, entrance_note, status, designated_year, reference_date,
               provider_code, provider_name
        FROM stores
        WHERE $1::text[] IS NULL OR district_code = ANY ($1)
        ORDER BY code
        """,
        district_codes,
    )
    return [_read(row) for row in rows]


async def _add(connection: Connection, changes: Sequence[Change]) -> None:
    await connection.execute(
        """
        INSERT INTO stores (code, name, district, district_code, lat, lon, road_address, jibun_address, chain, phone,
                            postal_code, province, police_station, entrance_note, status, designated_year,
                            reference_date, provider_code, provider_name)
        SELECT store_code(nextval('store_codes')), t.*
        FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::smallint[],
                    $16::date[], $17::text[], $18::text[]) AS t
        """,
        *_columns(changes),
    )


async def _change(connection: Connection, changes: Sequence[Change]) -> None:
    await connection.execute(
        """
        UPDATE stores s
        SET lat = t.lat,
            lon = t.lon,
            district = t.district,
            jibun_address = t.jibun_address,
            chain = t.chain,
            phone = t.phone,
            postal_code = coalesce(t.postal_code, s.postal_code),
            province = t.province,
            police_station = t.police_station,
            entrance_note = coalesce(t.entrance_note, s.entrance_note),
            status = t.status,
            designated_year = t.designated_year,
            reference_date = t.reference_date,
            provider_code = t.provider_code,
            provider_name = t.provider_name,
            version = s.version + 1,
            updated_at = now()
        FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::smallint[],
                    $16::date[], $17::text[], $18::text[], $19::uuid[])
            AS t (name, district, district_code, lat, lon, road_address, jibun_address, chain, phone, postal_code,
                  province, police_station, entrance_note, status, designated_year, reference_date, provider_code,
                  provider_name, id)
        WHERE s.id = t.id
        """,
        *_columns(changes),
        [change.id for change in changes],
    )


def _columns(changes: Sequence[Change]) -> list[list[object]]:
    return [[getattr(change.store, name) for change in changes] for name in _FIELDS]


def _read(row: Row) -> Registered:
    return Registered(row["id"], row["code"], StoreEntry(**{name: row[name] for name in _FIELDS}))


def _as_cells(found: Registered) -> list[str]:
    store = found.store
    cells = (
        store.name,
        store.province,
        store.district,
        store.district_code,
        store.road_address,
        store.jibun_address,
        store.lat,
        store.lon,
        shown(store.phone) if store.phone else None,
        store.police_station,
        store.designated_year,
        "Y" if store.status == "open" else "N",
        store.reference_date,
        store.provider_code,
        store.provider_name,
        found.code,
        store.postal_code,
        store.entrance_note,
    )
    return ["" if cell is None else str(cell) for cell in cells]

"""Imports the registry, all or nothing, and exports it."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from importlib import resources

import asyncpg

from alarmd.core.audit import Actor, Entry, as_text, members
from alarmd.core.columns import COLUMNS, OWN_COLUMNS
from alarmd.core.dataset import Progress, Reading, untold
from alarmd.core.district import District, read_districts
from alarmd.core.errors import ConflictError
from alarmd.core.likeness import Registered
from alarmd.core.phone import shown
from alarmd.core.plan import Change, Plan, Wishes, plan_import
from alarmd.core.store import StoreEntry
from alarmd.db import audit
from alarmd.db.pool import Connection, Row

EXPORT_COLUMNS = (*COLUMNS, *OWN_COLUMNS)

_LOCK = 0x73746F726573  # "stores" in ASCII: imports take turns
_FIELDS = tuple(field.name for field in fields(StoreEntry))
_AT_ONCE = 1000  # rows a statement: presses are taken in the same event loop, which encodes them


def load_districts() -> dict[str, District]:
    """The outlines that come with alarmd, by legal code."""
    text = resources.files("alarmd.core").joinpath("districts.json").read_text(encoding="utf-8")
    return read_districts(json.loads(text))


async def import_stores(
    connection: Connection,
    reading: Reading,
    *,
    by: Actor,
    dry_run: bool,
    wishes: Wishes | None = None,
    progress: Progress = untold,
) -> Plan:
    """Bring the registry to what the file says, in one transaction; nothing is ever deleted.

    Args:
        connection: to the database.
        reading: the file.
        by: whom the audit names.
        dry_run: write nothing; the plan says what would be.
        wishes: what is asked beside what the file says.
        progress: told from time to time.

    Raises:
        ConflictError: somebody registered one of these stores at the same moment.
    """
    codes = list({line.store.district_code for line in reading.lines})
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            if not dry_run:
                await _hold(connection, codes)
            progress("comparing", 0, len(reading.lines))
            plan = await asyncio.to_thread(plan_import, reading, await _registered(connection, codes), wishes)
            progress("comparing", len(reading.lines), len(reading.lines))
            if not dry_run:
                # First what is changed: a store that moved leaves its old name and address to a new one.
                of = len(plan.changed) + len(plan.new)
                entries = await asyncio.to_thread(_changes, plan.changed)
                for done, some in _batches(plan.changed):
                    progress("writing", done, of)
                    await _change(connection, some)
                for done, some in _batches(plan.new):
                    progress("writing", len(plan.changed) + done, of)
                    entries += await asyncio.to_thread(_additions, await _add(connection, some))
                await audit.record_all(connection, by, entries)
                progress("writing", of, of)
    except asyncpg.UniqueViolationError as error:
        raise ConflictError(
            "nothing was imported: somebody registered one of these stores at the same moment; import the file again"
        ) from error
    return plan


async def export_rows(connection: Connection) -> list[list[str]]:
    """All stores in the columns of `EXPORT_COLUMNS`, in the order of their codes."""
    registered = await _registered(connection, None)
    return await asyncio.to_thread(lambda: [_as_cells(found) for found in registered])


def _batches(changes: Sequence[Change]) -> Iterator[tuple[int, Sequence[Change]]]:
    """Some changes at a time, and how many came before them."""
    return ((start, changes[start : start + _AT_ONCE]) for start in range(0, len(changes), _AT_ONCE))


async def _hold(connection: Connection, district_codes: Sequence[str]) -> None:
    """Let nobody change these stores until the import is done. A press does not wait for this, nor does a reader."""
    await connection.execute(
        """
        SELECT
        FROM stores
        WHERE district_code = ANY ($1)
        ORDER BY id
        FOR NO KEY UPDATE
        """,
        district_codes,
    )


async def _registered(connection: Connection, district_codes: Sequence[str] | None) -> list[Registered]:
    """The stores of some districts, or all of them."""
    rows = await connection.fetch(
        """
        SELECT id, code, name, district, district_code, lat, lon, road_address, jibun_address, chain, phone,
               postal_code, province, police_station, entrance_note, status, designated_year, reference_date,
               provider_code, provider_name, verified_on
        FROM stores
        WHERE $1::text[] IS NULL OR district_code = ANY ($1)
        ORDER BY code
        """,
        district_codes,
    )
    return await asyncio.to_thread(lambda: [_read(row) for row in rows])


def _additions(rows: Sequence[Row]) -> list[Entry]:
    added = ((row, StoreEntry(**{name: row[name] for name in _FIELDS})) for row in rows)
    return [
        Entry("store.added", f"stores/{row['id']}", None, as_text({"code": row["code"], **members(store)}))
        for row, store in added
    ]


def _changes(changes: Sequence[Change]) -> list[Entry]:
    return [
        Entry(
            "store.changed",
            f"stores/{change.id}",
            as_text({name: before for name, (before, _) in change.fields.items()}),
            as_text({name: after for name, (_, after) in change.fields.items()}),
        )
        for change in changes
    ]


async def _add(connection: Connection, changes: Sequence[Change]) -> list[Row]:
    return await connection.fetch(
        """
        INSERT INTO stores (code, name, district, district_code, lat, lon, road_address, jibun_address, chain, phone,
                            postal_code, province, police_station, entrance_note, status, designated_year,
                            reference_date, provider_code, provider_name, verified_on)
        SELECT store_code(nextval('store_codes')), t.*
        FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::smallint[],
                    $16::date[], $17::text[], $18::text[], $19::date[]) AS t
        RETURNING *
        """,
        *_columns(changes),
    )


async def _change(connection: Connection, changes: Sequence[Change]) -> None:
    await connection.execute(
        """
        UPDATE stores s
        SET name = t.name,
            lat = t.lat,
            lon = t.lon,
            district = t.district,
            district_code = t.district_code,
            road_address = t.road_address,
            jibun_address = t.jibun_address,
            chain = t.chain,
            phone = t.phone,
            postal_code = t.postal_code,
            province = t.province,
            police_station = t.police_station,
            entrance_note = t.entrance_note,
            status = t.status,
            designated_year = t.designated_year,
            reference_date = t.reference_date,
            provider_code = t.provider_code,
            provider_name = t.provider_name,
            verified_on = t.verified_on,
            version = s.version + 1,
            updated_at = now()
        FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::smallint[],
                    $16::date[], $17::text[], $18::text[], $19::date[], $20::uuid[])
            AS t (name, district, district_code, lat, lon, road_address, jibun_address, chain, phone, postal_code,
                  province, police_station, entrance_note, status, designated_year, reference_date, provider_code,
                  provider_name, verified_on, id)
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
        store.chain,
        store.verified_on,
    )
    return ["" if cell is None else str(cell) for cell in cells]

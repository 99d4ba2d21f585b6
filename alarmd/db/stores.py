"""The stores of the registry."""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

import asyncpg

from alarmd.core.errors import ConflictError, Fault, InvalidError, NotFoundError, StaleError
from alarmd.core.store import StoreEntry, tidy
from alarmd.db.pool import Connection, Row

_FIELDS = tuple(field.name for field in fields(StoreEntry))
_PHONE = re.compile(r"[0-9\s().+-]{3,}")  # part of a telephone number, in any writing

_AT_ONCE = 500  # stores read at a time: presses are taken in the same event loop


@dataclass(frozen=True, slots=True)
class StoreModes:
    """In which modes a store is.

    Attributes:
        test_mode_until: until then its presses are tests.
        enrolment_until: until then a button that nobody enrolled, pressed twice, becomes one of it.
        enrolment_gateway_id: only one that is heard through this gateway; None: through any.
    """

    test_mode_until: datetime | None = None
    enrolment_until: datetime | None = None
    enrolment_gateway_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """A store in the registry. `version` rises with each change."""

    id: UUID
    code: str
    store: StoreEntry
    modes: StoreModes
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoreFilters:
    """Which stores; None: whatever.

    Attributes:
        q: in name or address, without regard to spaces and case, or digits of the telephone number.
        district: its name or legal code.
        near: latitude and longitude in degrees, radius in metres.
        bbox: least longitude and latitude, greatest longitude and latitude, in degrees.
    """

    q: str | None = None
    district: str | None = None
    chain: str | None = None
    status: str | None = None
    near: tuple[float, float, float] | None = None
    bbox: tuple[float, float, float, float] | None = None


async def page(connection: Connection, filters: StoreFilters, *, after: UUID | None, limit: int) -> list[StoreRecord]:
    """Stores in the order in which they came; `after` is the last one seen."""
    lat, lon, radius = filters.near or (None, None, None)
    west, south, east, north = filters.bbox or (None, None, None, None)
    q = tidy(filters.q).lower() if filters.q else None
    digits = re.sub(r"[^0-9]", "", re.sub(r"\+82[\s().-]*0?", "0", q)) if q and _PHONE.fullmatch(q) else ""
    rows = await connection.fetch(
        """
        SELECT s.*
        FROM stores s
        WHERE ($1::uuid IS NULL OR s.id > $1)
          AND ($2::text IS NULL
               OR position($2 IN lower(replace(s.name, ' ', ''))) > 0
               OR position($2 IN lower(replace(coalesce(s.road_address, ''), ' ', ''))) > 0
               OR position($2 IN lower(replace(coalesce(s.jibun_address, ''), ' ', ''))) > 0
               OR ($3 <> '' AND position($3 IN replace(s.phone, '+82', '0')) > 0))
          AND ($4::text IS NULL OR s.district = $4 OR s.district_code = $4)
          AND ($5::text IS NULL OR s.chain = $5)
          AND ($6::text IS NULL OR s.status = $6)
          AND ($7::float8 IS NULL OR (
               s.lat BETWEEN $7 - $9::float8 / 110000 AND $7 + $9 / 110000
               AND 12742000 * asin(least(1, sqrt(
                   power(sin(radians(s.lat - $7) / 2), 2)
                   + cos(radians($7)) * cos(radians(s.lat)) * power(sin(radians(s.lon - $8::float8) / 2), 2)))) <= $9))
          AND ($10::float8 IS NULL OR (s.lon BETWEEN $10 AND $12::float8 AND s.lat BETWEEN $11::float8 AND $13::float8))
        ORDER BY s.id
        LIMIT $14
        """,
        after,
        q.replace(" ", "") if q else None,
        digits,
        filters.district,
        filters.chain,
        filters.status,
        lat,
        lon,
        radius,
        west,
        south,
        east,
        north,
        limit,
    )
    return [_read(row) for row in rows]


async def get(connection: Connection, store_id: UUID) -> StoreRecord:
    """One store.

    Raises:
        NotFoundError: there is none.
    """
    row = await connection.fetchrow("SELECT * FROM stores WHERE id = $1", store_id)
    if row is None:
        raise NotFoundError(f"there is no store with the id {store_id}")
    return _read(row)


async def hold(connection: Connection, store_id: UUID) -> StoreRecord:
    """One store, which nobody else changes until the transaction ends. A press does not wait for it.

    Raises:
        NotFoundError: there is none.
    """
    await connection.execute("SELECT FROM stores WHERE id = $1 FOR NO KEY UPDATE", store_id)
    return await get(connection, store_id)


async def every(connection: Connection) -> list[StoreRecord]:
    """All stores, in the order in which they came."""
    found: list[StoreRecord] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        while some := await page(connection, StoreFilters(), after=found[-1].id if found else None, limit=_AT_ONCE):
            found += some
    return found


async def add(connection: Connection, store: StoreEntry) -> StoreRecord:
    """Register a store.

    Raises:
        ConflictError: one of that name, district and address is there already.
        InvalidError: the registry does not hold such a value.
    """
    try:
        row = await connection.fetchrow(
            """
            INSERT INTO stores (code, name, district, district_code, lat, lon, road_address, jibun_address, chain,
                                phone, postal_code, province, police_station, entrance_note, status, designated_year,
                                reference_date, provider_code, provider_name)
            VALUES (store_code(nextval('store_codes')), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                    $15, $16, $17, $18)
            RETURNING *
            """,
            *_values(store),
        )
    except asyncpg.UniqueViolationError as error:
        raise _twin(store) from error
    except asyncpg.CheckViolationError as error:
        raise _unfit(store, error) from error
    assert row is not None  # noqa: S101 - INSERT ... RETURNING gives its row
    return _read(row)


async def replace(
    connection: Connection,
    store_id: UUID,
    store: StoreEntry,
    *,
    modes: StoreModes,
    version: int | None,
) -> StoreRecord:
    """Write a store anew. With `version` only if it is still that one.

    Raises:
        NotFoundError: there is none.
        StaleError: it has been changed since.
        ConflictError: another one has that name, district and address.
        InvalidError: the registry does not hold such a value, the test mode would last longer than 24 hours, or the
            enrolment longer than one.
    """
    await require_short_test(connection, modes.test_mode_until)
    await _require_short_enrolment(connection, modes.enrolment_until)
    try:
        row = await connection.fetchrow(
            """
            UPDATE stores
            SET name = $1, district = $2, district_code = $3, lat = $4, lon = $5, road_address = $6,
                jibun_address = $7, chain = $8, phone = $9, postal_code = $10, province = $11, police_station = $12,
                entrance_note = $13, status = $14, designated_year = $15, reference_date = $16, provider_code = $17,
                provider_name = $18,
                test_mode_until = $19, enrolment_until = $20, enrolment_gateway_id = $21,
                version = version + 1,
                updated_at = now()
            WHERE id = $22
              AND ($23::integer IS NULL OR version = $23)
            RETURNING *
            """,
            *_values(store),
            modes.test_mode_until,
            modes.enrolment_until,
            modes.enrolment_gateway_id,
            store_id,
            version,
        )
    except asyncpg.UniqueViolationError as error:
        raise _twin(store) from error
    except asyncpg.CheckViolationError as error:
        raise _unfit(store, error) from error
    if row is None:
        found = await get(connection, store_id)
        raise StaleError(f'store {found.code} has been changed by somebody else: its ETag is now "{found.version}"')
    return _read(row)


async def remove(connection: Connection, store_id: UUID, *, version: int | None) -> None:
    """Remove a store that has no history.

    Raises:
        NotFoundError: there is none.
        StaleError: it has been changed since.
        ConflictError: it has alarms or buttons.
    """
    try:
        status = await connection.execute(
            "DELETE FROM stores WHERE id = $1 AND ($2::integer IS NULL OR version = $2)", store_id, version
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise ConflictError(
            "this store has alarms or buttons, and so stays: take its buttons away and set its status to closed"
        ) from error
    if status == "DELETE 0":
        found = await get(connection, store_id)
        raise StaleError(f'store {found.code} has been changed by somebody else: its ETag is now "{found.version}"')


async def require_short_test(connection: Connection, until: datetime | None) -> None:
    """Refuse a test mode of more than 24 hours, or until a time that is another one elsewhere.

    Raises:
        InvalidError: it is one.
    """
    _require_offset("test_mode_until", until)
    if until and not await connection.fetchval("SELECT $1 <= now() + interval '24 h 1 min'", until):
        raise InvalidError("test_mode_until: at most 24 hours from now, so that nobody forgets a button in test mode")


async def _require_short_enrolment(connection: Connection, until: datetime | None) -> None:
    _require_offset("enrolment_until", until)
    if until and not await connection.fetchval("SELECT $1 <= now() + interval '1 h 1 min'", until):
        raise InvalidError("enrolment_until: at most an hour from now, so that nobody forgets a store that enrols")


def _require_offset(name: str, until: datetime | None) -> None:
    if until and until.tzinfo is None:
        reason = "give the time with its offset, such as 2026-04-14T18:00:00+09:00"
        raise InvalidError(f"{name}: {reason}", [Fault(f"body.{name}", reason, until.isoformat())])


def _twin(store: StoreEntry) -> ConflictError:
    return ConflictError(f"{store.name!r} is registered already in district {store.district_code} at this address")


def _unfit(store: StoreEntry, error: asyncpg.CheckViolationError) -> InvalidError:
    """The column that a constraint of the table guards: Postgres names it stores_<column>_check."""
    name = (error.constraint_name or "").removeprefix("stores_").removesuffix("_check")
    reason = "the registry does not hold such a value"
    return InvalidError(f"{name}: {reason}", [Fault(f"body.{name}", reason, str(getattr(store, name, None)))])


def _values(store: StoreEntry) -> list[object]:
    tidied = store.tidied()
    return [getattr(tidied, name) for name in _FIELDS]


def _read(row: Row) -> StoreRecord:
    return StoreRecord(
        id=row["id"],
        code=row["code"],
        store=StoreEntry(**{name: row[name] for name in _FIELDS}),
        modes=StoreModes(*(row[field.name] for field in fields(StoreModes))),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )

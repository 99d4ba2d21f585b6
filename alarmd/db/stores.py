"""The stores of the registry."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

import asyncpg

from alarmd.core.errors import ConflictError, Fault, InvalidError, NotFoundError, StaleError
from alarmd.core.search import read_search
from alarmd.core.store import StoreEntry
from alarmd.core.supervision import LOW_BATTERY_PCT
from alarmd.db.pool import Connection, Row

_FIELDS = tuple(field.name for field in fields(StoreEntry))
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
    """A store in the registry. `version` rises with each change.

    `station` and `precinct` are those that its `police_station` names, in full. `distance_m` is how far it is from the
    place near which it was looked for.
    """

    id: UUID
    code: str
    store: StoreEntry
    modes: StoreModes
    station: str | None
    precinct: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class StoreFilters:
    """Which stores; None: whatever.

    Attributes:
        q: words, initial consonants or digits, as `read_search` takes them.
        district: its name or legal code.
        station: of the police, or a precinct, in full.
        near: latitude and longitude in degrees, radius in metres; what is found comes by its distance.
        bbox: least longitude and latitude, greatest longitude and latitude, in degrees.
        unproven_days: a button in it of which no press has reached the police for so many days.
        without_button: whether there is none in it.
        low_battery: whether the battery of one in it was last heard to be low.
    """

    q: str | None = None
    district: str | None = None
    station: str | None = None
    chain: str | None = None
    status: str | None = None
    near: tuple[float, float, float] | None = None
    bbox: tuple[float, float, float, float] | None = None
    unproven_days: int | None = None
    without_button: bool | None = None
    low_battery: bool | None = None


@dataclass(frozen=True, slots=True)
class StorePosition:
    """Where a page of stores ended: the last one, and how far away it was if places were looked for."""

    id: UUID
    distance_m: float = 0.0


async def page(
    connection: Connection, filters: StoreFilters, *, after: StorePosition | None, limit: int
) -> list[StoreRecord]:
    """Stores in the order in which they came, or by their distance; `after` is the last one seen."""
    lat, lon, radius = filters.near or (None, None, None)
    west, south, east, north = filters.bbox or (None, None, None, None)
    search = read_search(filters.q) if filters.q else None
    rows = await connection.fetch(
        """
        WITH chosen AS MATERIALIZED ( -- of those that are passed over as little is looked at as can be
            SELECT s.id, d.distance_m
            FROM stores s
            CROSS JOIN LATERAL (
                SELECT CASE WHEN $1::float8 IS NOT NULL THEN
                           12742000 * asin(least(1, sqrt(
                               sin(radians(s.lat - $1) / 2) ^ 2
                               + cos(radians($1)) * cos(radians(s.lat)) * sin(radians(s.lon - $2::float8) / 2) ^ 2)))
                       END AS distance_m
            ) d
            WHERE ($1::float8 IS NULL OR (
                   s.lat BETWEEN $1 - $3::float8 / 110000 AND $1 + $3 / 110000
                   AND s.lon BETWEEN $2 - $3 / (110000 * greatest(cos(radians($1)), 0.01))
                                 AND $2 + $3 / (110000 * greatest(cos(radians($1)), 0.01))))
              AND ($4::uuid IS NULL OR CASE WHEN $1::float8 IS NULL THEN s.id > $4
                                            ELSE (d.distance_m, s.id) > ($5::float8, $4) END)
              AND ($6::text[] IS NULL
                   OR (($7::text[] IS NULL OR search_pairs(s.search) @> $7)
                       AND s.search LIKE ALL ($6)
                       AND split_part(s.search, E'\n', 1) || E'\n' || split_part(s.search, E'\n', 2) ~ ALL ($8::text[]))
                   OR (search_pairs(s.search) @> $9::text[] AND s.search LIKE $10::text))
              AND ($11::text IS NULL OR s.district = $11 OR s.district_code = $11)
              AND ($12::text IS NULL OR s.station = $12 OR s.precinct = $12)
              AND ($13::text IS NULL OR s.chain = $13)
              AND ($14::text IS NULL OR s.status = $14)
              AND ($15::float8 IS NULL
                   OR (s.lon BETWEEN $15 AND $17::float8 AND s.lat BETWEEN $16::float8 AND $18::float8))
              AND ($19::integer IS NULL OR EXISTS (
                   SELECT
                   FROM buttons b
                   LEFT JOIN button_proofs p ON p.button_id = b.id
                   WHERE b.store_id = s.id
                     AND b.revoked_at IS NULL
                     AND (p.proven_at IS NULL OR p.proven_at <= now() - make_interval(days => $19))))
              AND ($20::boolean IS NOT TRUE OR NOT EXISTS (
                   SELECT FROM buttons b WHERE b.store_id = s.id AND b.revoked_at IS NULL))
              AND ($20::boolean IS NOT FALSE OR EXISTS (
                   SELECT FROM buttons b WHERE b.store_id = s.id AND b.revoked_at IS NULL))
              AND ($21::boolean IS NOT TRUE OR EXISTS (
                   SELECT FROM buttons b JOIN button_health h ON h.button_id = b.id
                   WHERE b.store_id = s.id
                     AND (coalesce(h.battery_pct <= $22, false) OR coalesce(h.battery_low, false))))
              AND ($21::boolean IS NOT FALSE OR NOT EXISTS (
                   SELECT FROM buttons b JOIN button_health h ON h.button_id = b.id
                   WHERE b.store_id = s.id
                     AND (coalesce(h.battery_pct <= $22, false) OR coalesce(h.battery_low, false))))
            ORDER BY d.distance_m, s.id
            LIMIT $23
        )
        SELECT s.*, c.distance_m
        FROM chosen c
        CROSS JOIN LATERAL (SELECT * FROM stores WHERE id = c.id LIMIT 1) s
        WHERE $3::float8 IS NULL OR c.distance_m <= $3 -- the farthest come last: here it is asked of the page alone
        ORDER BY c.distance_m, s.id
        """,
        lat,
        lon,
        radius,
        after.id if after else None,
        after.distance_m if after else None,
        search.like if search else None,
        (search.pairs or None) if search else None,
        search.regex if search else None,
        (search.phone_pairs or None) if search else None,
        search.phone if search else None,
        filters.district,
        filters.station,
        filters.chain,
        filters.status,
        west,
        south,
        east,
        north,
        filters.unproven_days,
        filters.without_button,
        filters.low_battery,
        LOW_BATTERY_PCT,
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
        while some := await page(
            connection, StoreFilters(), after=StorePosition(found[-1].id) if found else None, limit=_AT_ONCE
        ):
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
                                reference_date, provider_code, provider_name, verified_on)
            VALUES (store_code(nextval('store_codes')), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                    $15, $16, $17, $18, $19)
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
                provider_name = $18, verified_on = $19,
                test_mode_until = $20, enrolment_until = $21, enrolment_gateway_id = $22,
                version = version + 1,
                updated_at = now()
            WHERE id = $23
              AND ($24::integer IS NULL OR version = $24)
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
        station=row["station"],
        precinct=row["precinct"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        distance_m=row.get("distance_m"),
    )

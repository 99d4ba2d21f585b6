"""The stores of the registry."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

import asyncpg

from alarmd.core.errors import ConflictError, Fault, InvalidError, NotFoundError, StaleError
from alarmd.core.store import StoreEntry
from alarmd.db.pool import Connection, Row

_FIELDS = tuple(field.name for field in fields(StoreEntry))


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
    place near which it was looked for, `sorted_by` what its place in an order was by.
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
    sorted_by: str | None = None


async def get(connection: Connection, store_id: UUID) -> StoreRecord:
    """One store.

    Raises:
        NotFoundError: there is none.
    """
    row = await connection.fetchrow("SELECT * FROM stores WHERE id = $1", store_id)
    if row is None:
        raise NotFoundError(f"there is no store with the id {store_id}")
    return read(row)


async def hold(connection: Connection, store_id: UUID) -> StoreRecord:
    """One store, which nobody else changes until the transaction ends. A press does not wait for it.

    Raises:
        NotFoundError: there is none.
    """
    await connection.execute("SELECT FROM stores WHERE id = $1 FOR NO KEY UPDATE", store_id)
    return await get(connection, store_id)


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
    return read(row)


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
    return read(row)


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


def read(row: Row) -> StoreRecord:
    """The store that a row of the table is."""
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
        sorted_by=row.get("sorted_by"),
    )

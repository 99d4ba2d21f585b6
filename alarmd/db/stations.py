"""The police stations and precincts of the registry."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from alarmd.core.audit import Actor, Entry, as_text, members
from alarmd.core.errors import ConflictError, Fault, InvalidError, NotFoundError
from alarmd.core.station import Kind, StationEntry, StationPlan, StationReading, folded, plan_stations
from alarmd.db import audit
from alarmd.db.pool import Connection, Row

_LOCK = 0x73746174696F6E  # "station" in ASCII: imports take turns
_FIELDS = StationEntry.__slots__


@dataclass(frozen=True, slots=True)
class StationRecord:
    """A station or precinct, with how many open stores are its own."""

    entry: StationEntry
    stores: int


@dataclass(frozen=True, slots=True)
class StationFilters:
    """Which ones; None: whatever. `q` is part of the name, `parent` the station whose precincts are asked for."""

    q: str | None = None
    kind: Kind | None = None
    parent: str | None = None


async def page(
    connection: Connection, filters: StationFilters, *, after: str | None, limit: int
) -> list[StationRecord]:
    """Stations by their names, each before its precincts; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        SELECT t.*,
               (SELECT count(*)
                FROM stores s
                WHERE (s.station = t.name OR s.precinct = t.name)
                  AND s.status = 'open') AS stores
        FROM stations t
        WHERE ($1::text IS NULL OR t.name > $1)
          AND ($2::text IS NULL OR position($2 IN replace(t.name, ' ', '')) > 0)
          AND ($3::text IS NULL OR t.kind = $3)
          AND ($4::text IS NULL OR t.parent = $4)
        ORDER BY t.name
        LIMIT $5
        """,
        after,
        folded(filters.q) if filters.q else None,
        filters.kind,
        filters.parent,
        limit,
    )
    return [StationRecord(_read(row), row["stores"]) for row in rows]


async def in_full(connection: Connection, written: Sequence[str]) -> tuple[str, ...]:
    """The names in full of stations that somebody wrote in any way that is one station's alone, each once.

    Raises:
        InvalidError: there is no such station, or several.
    """
    found = []
    for number, writing in enumerate(written):
        names = await _named(connection, writing)
        if len(names) != 1:
            reason = f"may be {' or '.join(names)}" if names else "no such station: GET /v1/stations lists them"
            raise InvalidError(f"body.stations.{number}: {reason}", [Fault(f"body.stations.{number}", reason, writing)])
        found.append(names[0])
    return tuple(dict.fromkeys(found))


async def import_stations(connection: Connection, reading: StationReading, *, by: Actor, dry_run: bool) -> StationPlan:
    """Bring the registry to what the list says, and stores to their stations, in one transaction.

    Nothing is ever deleted. With `dry_run` nothing is written, and the plan says what would be. `by` is whom the audit
    names.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        rows = await connection.fetch("SELECT * FROM stations")
        plan = plan_stations(reading, {row["name"]: _read(row) for row in rows})
        if not dry_run:
            written = [*plan.new, *(after for _, after in plan.changed)]
            await _write(connection, written)
            await _write_writings(connection, written)
            await _place_stores(connection)
            await audit.record_all(connection, by, _entries(plan))
    return plan


async def remove(connection: Connection, name: str, *, by: Actor) -> None:
    """Remove a station or precinct that is no more. `by` is whom the audit names.

    Raises:
        NotFoundError: there is none of that name.
        ConflictError: stores or precincts belong to it, or an endpoint serves it.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        removed = await _delete(connection, name)
        await audit.hold(connection)  # whoever makes a route holds it until it can be seen
        endpoint = await connection.fetchval(
            "SELECT name FROM endpoints WHERE $1 = ANY (stations) AND removed_at IS NULL ORDER BY name LIMIT 1", name
        )
        if endpoint is not None:
            raise ConflictError(f"the endpoint {endpoint} serves {name}: take it out of its stations first")
        await audit.record(connection, by, "station.removed", f"stations/{name}", before=members(removed))


def _entries(plan: StationPlan) -> list[Entry]:
    added = [Entry("station.added", f"stations/{entry.name}", None, as_text(members(entry))) for entry in plan.new]
    changed = [
        Entry("station.changed", f"stations/{after.name}", as_text(members(before)), as_text(members(after)))
        for before, after in plan.changed
    ]
    return [*added, *changed]


async def _named(connection: Connection, writing: str) -> list[str]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT w.name
        FROM station_writings w
        JOIN stations s ON s.name = w.name
        WHERE w.writing = $1
          AND s.kind <> 'headquarters'
        ORDER BY w.name
        """,
        folded(writing),
    )
    return [row["name"] for row in rows]


async def _delete(connection: Connection, name: str) -> StationEntry:
    try:
        row = await connection.fetchrow("DELETE FROM stations WHERE name = $1 RETURNING *", name)
    except asyncpg.ForeignKeyViolationError as error:
        if error.table_name == "stores":
            raise ConflictError(
                f"stores belong to {name}: GET /v1/stores?station= lists them; change their police_station first"
            ) from error
        raise ConflictError(f"{name} has precincts: remove these first") from error
    if row is None:
        raise NotFoundError(f"there is no station with the name {name}")
    return _read(row)


async def _write(connection: Connection, entries: Sequence[StationEntry]) -> None:
    """In their order: a station is there before its precincts."""
    await connection.executemany(
        """
        INSERT INTO stations (name, kind, province_code, parent, phone, address, district)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (name) DO UPDATE
        SET kind = excluded.kind,
            province_code = excluded.province_code,
            parent = excluded.parent,
            phone = excluded.phone,
            address = excluded.address,
            district = excluded.district,
            updated_at = now()
        """,
        [[getattr(entry, name) for name in _FIELDS] for entry in entries],
    )


async def _write_writings(connection: Connection, entries: Sequence[StationEntry]) -> None:
    await connection.execute("DELETE FROM station_writings WHERE name = ANY ($1)", [entry.name for entry in entries])
    written = [(entry.province_code, writing, entry.name) for entry in entries for writing in entry.writings()]
    await connection.execute(
        """
        INSERT INTO station_writings (province_code, writing, name)
        SELECT *
        FROM unnest($1::text[], $2::text[], $3::text[])
        """,
        *map(list, zip(*written, strict=True) if written else ([], [], [])),
    )


async def _place_stores(connection: Connection) -> None:
    """Find the stations of all stores anew: the trigger that keeps them does, of those that have another by now."""
    await connection.execute(
        """
        UPDATE stores s
        SET police_station = s.police_station
        FROM stores t
        LEFT JOIN LATERAL station_of(t.police_station, t.district, t.district_code) f ON true
        WHERE s.id = t.id
          AND t.police_station IS NOT NULL
          AND (t.station IS DISTINCT FROM f.station OR t.precinct IS DISTINCT FROM f.precinct)
        """,
        timeout=60,
    )


def _read(row: Row) -> StationEntry:
    return StationEntry(**{name: row[name] for name in _FIELDS})

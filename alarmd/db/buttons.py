"""The buttons of the registry."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from alarmd.core.errors import ConflictError, InvalidError, NotFoundError, StaleError
from alarmd.db.pool import Connection, Row
from alarmd.db.stores import require_short_test


@dataclass(frozen=True, slots=True)
class ButtonRecord:
    """A button in the registry, with what was last heard of it.

    `battery_pct` is 0 to 100, `rssi_dbm` in dBm; None where nothing was heard. Until `test_mode_until` its presses are
    tests. A revoked one is as unknown.
    """

    id: str
    label: str
    model: str | None
    store_id: UUID | None
    test_mode_until: datetime | None
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    battery_pct: int | None
    rssi_dbm: int | None
    tamper: bool | None
    firmware: str | None
    gateway_id: str | None


@dataclass(frozen=True, slots=True)
class ButtonEntry:
    """What an operator says of a button."""

    label: str = ""
    model: str | None = None
    store_id: UUID | None = None
    test_mode_until: datetime | None = None


async def page(
    connection: Connection,
    *,
    store_id: UUID | None = None,
    assigned: bool | None = None,
    q: str | None = None,
    after: str | None,
    limit: int,
) -> list[ButtonRecord]:
    """Buttons by their ids; `after` is the last one seen, `q` a part of id, label or model."""
    rows = await connection.fetch(
        """
        SELECT b.*, h.last_seen_at, h.battery_pct, h.rssi_dbm, h.tamper, h.firmware, h.gateway_id
        FROM buttons b
        LEFT JOIN button_health h ON h.button_id = b.id
        WHERE ($1::text IS NULL OR b.id > $1)
          AND ($2::uuid IS NULL OR b.store_id = $2)
          AND ($3::boolean IS NULL OR (b.store_id IS NOT NULL) = $3)
          AND ($4::text IS NULL OR position($4 IN lower(b.id || ' ' || b.label || ' ' || coalesce(b.model, ''))) > 0)
        ORDER BY b.id
        LIMIT $5
        """,
        after,
        store_id,
        assigned,
        q.lower() if q else None,
        limit,
    )
    return [_read(row) for row in rows]


async def get(connection: Connection, button_id: str) -> ButtonRecord:
    """One button, by its id in any case.

    Raises:
        NotFoundError: it is not enrolled.
    """
    row = await connection.fetchrow(
        """
        SELECT b.*, h.last_seen_at, h.battery_pct, h.rssi_dbm, h.tamper, h.firmware, h.gateway_id
        FROM buttons b
        LEFT JOIN button_health h ON h.button_id = b.id
        WHERE b.id = lower($1)
        """,
        button_id,
    )
    if row is None:
        raise NotFoundError(f"no button with the id {button_id} is enrolled")
    return _read(row)


async def hold(connection: Connection, button_id: str) -> ButtonRecord:
    """One button, which nobody else changes until the transaction ends. A press does not wait for it.

    Raises:
        NotFoundError: it is not enrolled.
    """
    await connection.execute("SELECT FROM buttons WHERE id = lower($1) FOR NO KEY UPDATE", button_id)
    return await get(connection, button_id)


async def enrol(connection: Connection, button_id: str, entry: ButtonEntry) -> ButtonRecord:
    """Enrol a button, or one that was revoked anew.

    Raises:
        ConflictError: it is enrolled.
        InvalidError: there is no such store, or the test mode would last longer than 24 hours.
    """
    await require_short_test(connection, entry.test_mode_until)
    try:
        enrolled = await connection.fetchval(
            """
            INSERT INTO buttons AS b (id, label, model, store_id, test_mode_until)
            VALUES (lower($1), $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE
            SET label = excluded.label,
                model = excluded.model,
                store_id = excluded.store_id,
                test_mode_until = excluded.test_mode_until,
                revoked_at = NULL,
                version = b.version + 1,
                updated_at = now()
            WHERE b.revoked_at IS NOT NULL
            RETURNING id
            """,
            button_id,
            entry.label,
            entry.model,
            entry.store_id,
            entry.test_mode_until,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _no_store(entry) from error
    if enrolled is None:
        raise ConflictError(f"the button {button_id} is enrolled already")
    return await get(connection, button_id)


async def change(connection: Connection, button_id: str, entry: ButtonEntry, *, version: int | None) -> ButtonRecord:
    """Say something else of a button. With `version` only if it is still that one.

    Raises:
        NotFoundError: it is not enrolled.
        StaleError: it has been changed since.
        ConflictError: it is revoked.
        InvalidError: there is no such store, or the test mode would last longer than 24 hours.
    """
    await require_short_test(connection, entry.test_mode_until)
    try:
        status = await connection.execute(
            """
            UPDATE buttons
            SET label = $2,
                model = $3,
                store_id = $4,
                test_mode_until = $5,
                version = version + 1,
                updated_at = now()
            WHERE id = lower($1)
              AND ($6::integer IS NULL OR version = $6)
              AND revoked_at IS NULL
            """,
            button_id,
            entry.label,
            entry.model,
            entry.store_id,
            entry.test_mode_until,
            version,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _no_store(entry) from error
    found = await get(connection, button_id)
    if status == "UPDATE 0" and version not in {None, found.version}:
        raise _stale(found)
    if status == "UPDATE 0":
        raise ConflictError(f"the button {found.id} is revoked: POST it to /v1/buttons to enrol it anew")
    return found


async def remove(connection: Connection, button_id: str, *, version: int | None) -> ButtonRecord | None:
    """Remove a button; one that was ever pressed is revoked instead, and given back.

    Raises:
        NotFoundError: it is not enrolled.
        StaleError: it has been changed since.
    """
    async with connection.transaction():
        found = await hold(connection, button_id)
        if version is not None and found.version != version:
            raise _stale(found)
        if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM presses WHERE button_id = $1)", found.id):
            await connection.execute("DELETE FROM buttons WHERE id = $1", found.id)
            return None
        await connection.execute(
            """
            UPDATE buttons
            SET revoked_at = coalesce(revoked_at, now()),
                store_id = NULL,
                version = version + 1,
                updated_at = now()
            WHERE id = $1
            """,
            found.id,
        )
        return await get(connection, button_id)


def _no_store(entry: ButtonEntry) -> InvalidError:
    return InvalidError(f"store_id: there is no store with the id {entry.store_id}")


def _stale(found: ButtonRecord) -> StaleError:
    return StaleError(f'button {found.id} has been changed by somebody else: its ETag is now "{found.version}"')


def _read(row: Row) -> ButtonRecord:
    return ButtonRecord(**{name: row[name] for name in ButtonRecord.__slots__})

"""The buttons of the registry."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from alarmd.core.dialects.device import registered
from alarmd.core.errors import ConflictError, InvalidError, NotFoundError, StaleError
from alarmd.core.profile import Meaning
from alarmd.core.supervision import LOW_BATTERY_PCT, SILENT_AFTER_S, State
from alarmd.db.pool import Connection, Row
from alarmd.db.stores import require_short_test


@dataclass(frozen=True, slots=True)
class ButtonRecord:
    """A button in the registry, with what was last heard of it. A revoked one is as unknown.

    Attributes:
        silent_after_s: so long it may be unheard, in seconds; None: for ever.
        test_mode_until: until then its presses are tests.
        in_test_mode: whether they are now, by its own test mode or its store's.
        battery_pct: 0 to 100; `rssi_dbm` in dBm; None where nothing was heard.
        supervision: how it is; None while it is not supervised: in no store, or revoked.
        proven_at: when the last press of it that reached the police did so.
        dialect: the one way in which it is heard; None: whichever.
        profile: what its events mean; None: what is usual.
        replaces: the button whose place it took; `replaced_by` the one that took its place.
        battery_v: in volts; `link_quality` is 0 to 255.
    """

    id: str
    label: str
    model: str | None
    dialect: str | None
    profile: dict[str, Meaning] | None
    replaces: str | None
    replaced_by: str | None
    store_id: UUID | None
    store_name: str | None
    silent_after_s: int | None
    test_mode_until: datetime | None
    in_test_mode: bool
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    battery_pct: int | None
    battery_v: float | None
    battery_low: bool | None
    link_quality: int | None
    rssi_dbm: int | None
    tamper: bool | None
    firmware: str | None
    gateway_id: str | None
    supervision: State | None
    proven_at: datetime | None


@dataclass(frozen=True, slots=True)
class ButtonEntry:
    """What an operator says of a button.

    Attributes:
        dialect: the one way in which it is heard; None: whichever.
        profile: what its events mean, where that is not the default of its kind.
    """

    label: str = ""
    model: str | None = None
    store_id: UUID | None = None
    silent_after_s: int | None = SILENT_AFTER_S
    test_mode_until: datetime | None = None
    dialect: str | None = None
    profile: dict[str, Meaning] | None = None


@dataclass(frozen=True, slots=True)
class ButtonFilters:
    """Which buttons; None: whatever.

    Attributes:
        assigned: whether it is in a store.
        q: in id, label or model.
        supervision: how it is.
        low_battery: whether its battery was last heard to be low.
        unproven_days: in a store, and no press of it has reached the police for so many days.
    """

    store_id: UUID | None = None
    assigned: bool | None = None
    q: str | None = None
    supervision: State | None = None
    low_battery: bool | None = None
    unproven_days: int | None = None


async def page(connection: Connection, filters: ButtonFilters, *, after: str | None, limit: int) -> list[ButtonRecord]:
    """Buttons by their ids; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        WITH chosen AS MATERIALIZED ( -- what a filter does not ask for is not looked at, but for the page
            SELECT b.id
            FROM buttons b
            LEFT JOIN button_health h ON h.button_id = b.id
            LEFT JOIN gateway_supervision g ON g.id = h.gateway_id
            LEFT JOIN button_proofs p ON p.button_id = b.id
            CROSS JOIN LATERAL (
                SELECT supervision_of(h.last_seen_at, h.offline_at, g.away_since, b.supervised_from, b.silent_after_s)
                       AS supervision
            ) v
            WHERE ($1::text IS NULL OR b.id > $1)
              AND ($2::uuid IS NULL OR b.store_id = $2)
              AND ($3::boolean IS NULL OR (b.store_id IS NOT NULL) = $3)
              AND ($4::text IS NULL
                   OR position($4 IN lower(b.id || ' ' || b.label || ' ' || coalesce(b.model, ''))) > 0)
              AND ($5::text IS NULL
                   OR (b.store_id IS NOT NULL
                       AND b.revoked_at IS NULL
                       AND CASE -- most are well, as this writing tells the planner
                           WHEN $5 = 'ok' THEN v.supervision NOT IN ('silent', 'unknown')
                           ELSE v.supervision = $5
                       END))
              AND ($6::boolean IS NULL OR (coalesce(h.battery_pct <= $7, false) OR coalesce(h.battery_low, false)) = $6)
              AND ($8::integer IS NULL
                   OR (b.store_id IS NOT NULL
                       AND b.revoked_at IS NULL
                       AND (p.proven_at IS NULL OR p.proven_at <= now() - make_interval(days => $8))))
            ORDER BY b.id
            LIMIT $9
        )
        SELECT b.*, h.last_seen_at, h.battery_pct, h.battery_v, h.battery_low, h.link_quality, h.rssi_dbm, h.tamper,
               h.firmware, h.gateway_id, v.supervision, p.proven_at, s.name AS store_name,
               coalesce(b.test_mode_until > now(), false) OR coalesce(s.test_mode_until > now(), false) AS in_test_mode
        FROM chosen c
        CROSS JOIN LATERAL (SELECT * FROM buttons WHERE id = c.id LIMIT 1) b
        LEFT JOIN stores s ON s.id = b.store_id
        LEFT JOIN button_health h ON h.button_id = b.id
        LEFT JOIN LATERAL (SELECT supervision FROM button_supervision WHERE button_id = c.id LIMIT 1) v ON true
        LEFT JOIN button_proofs p ON p.button_id = b.id
        ORDER BY b.id
        """,
        after,
        filters.store_id,
        filters.assigned,
        filters.q.lower() if filters.q else None,
        filters.supervision,
        filters.low_battery,
        LOW_BATTERY_PCT,
        filters.unproven_days,
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
        SELECT b.*, h.last_seen_at, h.battery_pct, h.battery_v, h.battery_low, h.link_quality, h.rssi_dbm, h.tamper,
               h.firmware, h.gateway_id, v.supervision, p.proven_at, s.name AS store_name,
               coalesce(b.test_mode_until > now(), false) OR coalesce(s.test_mode_until > now(), false) AS in_test_mode
        FROM buttons b
        LEFT JOIN stores s ON s.id = b.store_id
        LEFT JOIN button_health h ON h.button_id = b.id
        LEFT JOIN button_supervision v ON v.button_id = b.id
        LEFT JOIN button_proofs p ON p.button_id = b.id
        WHERE b.id = $1
        """,
        registered(button_id),
    )
    if row is None:
        raise NotFoundError(f"no button with the id {button_id} is enrolled")
    return _read(row)


async def hold(connection: Connection, button_id: str) -> ButtonRecord:
    """One button, which nobody else changes until the transaction ends. A press does not wait for it.

    Raises:
        NotFoundError: it is not enrolled.
    """
    await connection.execute("SELECT FROM buttons WHERE id = $1 FOR NO KEY UPDATE", registered(button_id))
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
            INSERT INTO buttons AS b (id, label, model, store_id, silent_after_s, test_mode_until, dialect, profile)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE
            SET label = excluded.label,
                model = excluded.model,
                store_id = excluded.store_id,
                silent_after_s = excluded.silent_after_s,
                supervised_from = now(),
                test_mode_until = excluded.test_mode_until,
                dialect = excluded.dialect,
                profile = excluded.profile,
                replaced_by = NULL,
                revoked_at = NULL,
                version = b.version + 1,
                updated_at = now()
            WHERE b.revoked_at IS NOT NULL
            RETURNING id
            """,
            registered(button_id),
            entry.label,
            entry.model,
            entry.store_id,
            entry.silent_after_s,
            entry.test_mode_until,
            entry.dialect,
            entry.profile,
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
                silent_after_s = $5,
                supervised_from = CASE
                    WHEN store_id IS NULL AND $4::uuid IS NOT NULL THEN now() ELSE supervised_from END,
                test_mode_until = $6,
                dialect = $7,
                profile = $8,
                version = version + 1,
                updated_at = now()
            WHERE id = $1
              AND ($9::integer IS NULL OR version = $9)
              AND revoked_at IS NULL
            """,
            registered(button_id),
            entry.label,
            entry.model,
            entry.store_id,
            entry.silent_after_s,
            entry.test_mode_until,
            entry.dialect,
            entry.profile,
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


async def replace(
    connection: Connection, button_id: str, by: str, entry: ButtonEntry, *, version: int | None
) -> ButtonRecord:
    """Let another button take the place of one that is broken: its store and label. The old one is revoked.

    Args:
        connection: in a transaction.
        button_id: the old one.
        by: the new one; it is enrolled now, or is enrolled already and in no store.
        entry: what there is to say of the new one, but for the store and the label.
        version: of the old one; None: whichever.

    Raises:
        NotFoundError: the old one is not enrolled.
        StaleError: the old one has been changed since.
        ConflictError: it is revoked, the new one is in a store, or both are one.
    """
    old = await hold(connection, button_id)
    if version not in {None, old.version}:
        raise _stale(old)
    if old.revoked_at is not None:
        raise ConflictError(f"the button {old.id} is revoked: it has no place to take")
    if registered(by) == old.id:
        raise ConflictError(f"the button {old.id} cannot replace itself")
    placed = dataclasses.replace(entry, label=old.label, store_id=old.store_id, test_mode_until=old.test_mode_until)
    try:
        before = await hold(connection, by)
    except NotFoundError:
        before = None
    if before is None or before.revoked_at is not None:
        await enrol(connection, by, placed)
    elif before.store_id is not None:
        raise ConflictError(f"the button {before.id} is in a store already: take it away from there first")
    else:
        await change(connection, by, placed, version=None)
    await _link(connection, old.id, registered(by))
    return await get(connection, by)


async def _link(connection: Connection, old: str, new: str) -> None:
    await connection.execute(
        """
        UPDATE buttons
        SET replaced_by = CASE WHEN id = $1 THEN $2 ELSE replaced_by END,
            replaces = CASE WHEN id = $2 THEN $1 ELSE replaces END,
            revoked_at = CASE WHEN id = $1 THEN now() END,
            store_id = CASE WHEN id = $1 THEN NULL ELSE store_id END,
            version = version + 1,
            updated_at = now()
        WHERE id IN ($1, $2)
        """,
        old,
        new,
    )


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

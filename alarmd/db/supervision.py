"""What supervision finds: buttons and gateways that are not heard, batteries that are low, cases that are open."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from alarmd.core.fault import FaultKind
from alarmd.core.supervision import (
    WELL_BATTERY_PCT,
    Button,
    Gateway,
    battery_is_low,
    judge,
    name_of,
    of_battery,
    of_tamper,
)
from alarmd.db import faults
from alarmd.db.pool import UNAVAILABLE, Connection, Pool

_LOCK: Final = 0x7761746368  # "watch" in ASCII: the advisory lock of the replica that looks
_KINDS: Final[tuple[FaultKind, ...]] = (
    "gateway_away",
    "button_silent",
    "region_silent",
    "battery_low",
    "button_tampered",
)
_WITHIN_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Figures:
    """How many buttons are silent, and how many faults of each kind are open."""

    silent: int
    faults: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Ailing:
    """A supervised button that says it is not well; `name` is for people."""

    id: str
    name: str
    battery_pct: int | None
    battery_low: bool
    tamper: bool


async def look(connection: Connection) -> bool:
    """Let the open faults be those that there are; whether one was raised or cleared.

    One replica at a time: two that had read at different times would take each other's faults back.
    """
    async with connection.transaction():
        now = await _turn(connection)
        if now is None:
            return False
        open_ = await _open(connection)
        found = await _unheard(connection, open_["region_silent"], now) | await _unwell(
            connection, open_["battery_low"]
        )
        changed = [kind for kind in _KINDS if found[kind].keys() != open_[kind]]
        for kind in changed:
            await faults.agree(connection, kind, found[kind])
    return bool(changed)


async def figures(pool: Pool) -> Figures | None:
    """The figures as they are now; None when the database does not tell within two seconds."""
    try:
        async with asyncio.timeout(_WITHIN_S), pool.acquire() as connection:
            silent = await connection.fetchval("SELECT count(*) FROM button_supervision WHERE supervision = 'silent'")
            return Figures(silent, await faults.open_by_kind(connection))
    except (*UNAVAILABLE, asyncpg.PostgresError):
        return None


async def unheard(connection: Connection) -> Iterator[Button]:
    """The supervised buttons that are silent, or of which nothing can be said; made one by one, as they are read."""
    rows = await connection.fetch(
        """
        SELECT b.id, b.label, s.name AS store, s.district, s.district_code, b.supervised_from,
               h.last_seen_at, b.silent_after_s, h.gateway_id, h.offline_at
        FROM button_supervision v
        JOIN buttons b ON b.id = v.button_id
        JOIN stores s ON s.id = b.store_id
        LEFT JOIN button_health h ON h.button_id = b.id
        WHERE v.supervision <> 'ok'
        """
    )
    return (Button(*row) for row in rows)


async def gateways_away(connection: Connection) -> list[Gateway]:
    """The gateways that are away."""
    rows = await connection.fetch(
        """
        SELECT id, g.state, g.changed_at, g.last_seen_at, g.silent_after_s
        FROM gateway_supervision v
        JOIN gateways g USING (id)
        WHERE v.away_since IS NOT NULL
        """
    )
    return [Gateway(*row) for row in rows]


async def supervised(connection: Connection) -> dict[str, int]:
    """How many supervised buttons with an interval there are in each district, by its code."""
    rows = await connection.fetch(
        """
        SELECT s.district_code, count(*) AS buttons
        FROM buttons b
        JOIN stores s ON s.id = b.store_id
        WHERE b.revoked_at IS NULL
          AND b.silent_after_s IS NOT NULL
        GROUP BY s.district_code
        """
    )
    return {row["district_code"]: row["buttons"] for row in rows}


async def _turn(connection: Connection) -> datetime | None:
    """The time, if it is this replica's turn until the transaction ends."""
    return await connection.fetchval(  # type: ignore[no-any-return]
        "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN now() END", _LOCK
    )


async def _open(connection: Connection) -> dict[FaultKind, set[str]]:
    rows = await connection.fetch(
        "SELECT kind, subject FROM faults WHERE cleared_at IS NULL AND kind = ANY ($1)", list(_KINDS)
    )
    open_: dict[FaultKind, set[str]] = {kind: set() for kind in _KINDS}
    for row in rows:
        open_[row["kind"]].add(row["subject"])
    return open_


async def _unheard(connection: Connection, regions: set[str], now: datetime) -> dict[FaultKind, Mapping[str, str]]:
    buttons, gateways = await unheard(connection), await gateways_away(connection)
    of = await supervised(connection)
    # In a thread: presses are taken in this event loop, and a whole country that is silent takes a while.
    findings = await asyncio.to_thread(judge, buttons, gateways, of, regions, now)
    return {
        "gateway_away": findings.gateway_away,
        "button_silent": findings.button_silent,
        "region_silent": findings.region_silent,
    }


async def _unwell(connection: Connection, were_low: set[str]) -> dict[FaultKind, Mapping[str, str]]:
    ailing = await _ailing(connection)
    return {
        "battery_low": {
            button.id: of_battery(button.name, button.battery_pct)
            for button in ailing
            if battery_is_low(button.battery_pct, said_low=button.battery_low, was_low=button.id in were_low)
        },
        "button_tampered": {button.id: of_tamper(button.name) for button in ailing if button.tamper},
    }


async def _ailing(connection: Connection) -> Sequence[_Ailing]:
    rows = await connection.fetch(
        """
        SELECT b.id, b.label, s.name AS store, h.battery_pct, h.battery_low, h.tamper
        FROM button_health h
        JOIN buttons b ON b.id = h.button_id AND b.revoked_at IS NULL
        JOIN stores s ON s.id = b.store_id
        WHERE h.battery_pct < $1
           OR h.battery_low
           OR h.tamper
        """,
        WELL_BATTERY_PCT,
    )
    return [
        _Ailing(
            row["id"],
            name_of(row["id"], row["label"], row["store"]),
            row["battery_pct"],
            bool(row["battery_low"]),
            bool(row["tamper"]),
        )
        for row in rows
    ]

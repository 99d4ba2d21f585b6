"""Devices that were heard, and that nobody enrolled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alarmd.db.pool import Connection


@dataclass(frozen=True, slots=True)
class SightingRecord:
    """A device that was heard, and is not in the registry.

    Attributes:
        id: by which it is enrolled; `wire_id` is its ecosystem's spelling, `alias` another name of it.
        broadcast: radio that may be a passer-by's: it opens no alarm while it is not enrolled.
        pressed_at: when it last did something like a press.
        events: the last few of those, the newest first.
    """

    id: str
    wire_id: str
    dialect: str
    model: str | None
    alias: str | None
    gateway_id: str | None
    broadcast: bool
    first_seen_at: datetime
    last_seen_at: datetime
    times_heard: int
    pressed_at: datetime | None
    events: list[dict[str, Any]]
    battery_pct: int | None
    battery_v: float | None
    battery_low: bool | None
    link_quality: int | None
    rssi_dbm: int | None


@dataclass(frozen=True, slots=True)
class SightingFilters:
    """Which devices; None: whatever.

    Attributes:
        pressed: whether it ever did something like a press.
        q: in id, model or alias.
    """

    dialect: str | None = None
    gateway_id: str | None = None
    broadcast: bool | None = None
    pressed: bool | None = None
    q: str | None = None


async def page(
    connection: Connection, filters: SightingFilters, *, after: tuple[datetime, str] | None, limit: int
) -> list[SightingRecord]:
    """Devices, those that were first heard last at the top; `after` is (first_seen_at, id) of the last one seen."""
    first_seen_at, device_id = after or (None, None)
    rows = await connection.fetch(
        """
        SELECT d.*, h.battery_pct, h.battery_v, h.battery_low, h.link_quality, h.rssi_dbm
        FROM devices d
        LEFT JOIN button_health h ON h.button_id = d.id
        WHERE NOT EXISTS (SELECT 1 FROM buttons b WHERE b.id = d.id AND b.revoked_at IS NULL)
          AND ($1::text IS NULL OR d.dialect = $1)
          AND ($2::text IS NULL OR d.gateway_id = $2)
          AND ($3::boolean IS NULL OR d.broadcast = $3)
          AND ($4::boolean IS NULL OR (d.pressed_at IS NOT NULL) = $4)
          AND ($5::text IS NULL
               OR position($5 IN lower(d.id || ' ' || coalesce(d.model, '') || ' ' || coalesce(d.alias, ''))) > 0)
          AND ($6::timestamptz IS NULL OR (d.first_seen_at, d.id) < ($6, $7::text))
        ORDER BY d.first_seen_at DESC, d.id DESC
        LIMIT $8
        """,
        filters.dialect,
        filters.gateway_id,
        filters.broadcast,
        filters.pressed,
        filters.q.lower() if filters.q else None,
        first_seen_at,
        device_id,
        limit,
    )
    return [SightingRecord(**{name: row[name] for name in SightingRecord.__slots__}) for row in rows]

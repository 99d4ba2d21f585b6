"""The devices that were heard: what is remembered of each, enrolled or not."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alarmd.core.dialects import memory
from alarmd.core.dialects.repeats import Seen
from alarmd.db.pool import Connection, Row

_KEPT_DAYS: Final = 30
_MOST: Final = 100_000  # that nobody enrolled: whoever may speak to a broker may make up ids


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device was heard so many times; what it tells of itself is None where it did not say."""

    id: str
    wire_id: str
    dialect: str
    model: str | None = None
    alias: str | None = None
    gateway_id: str | None = None
    broadcast: bool = False
    times: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A device whose row is locked until the transaction ends.

    Attributes:
        now: the time by the database's clock, once it was locked.
        waited_s: how long the transaction had waited for it by then.
        events: the last few things that looked like presses, the newest first.
    """

    seen: Seen
    events: list[dict[str, Any]]
    now: datetime
    waited_s: float


async def hold(connection: Connection, sightings: Sequence[Sighting]) -> dict[str, Held]:
    """Note that devices were heard, each once, and lock them, in one order for all replicas."""
    rows = await connection.fetch(
        """
        INSERT INTO devices AS d (id, wire_id, dialect, model, alias, gateway_id, broadcast, times_heard)
        SELECT id, wire_id, dialect, model, alias, gateway_id, broadcast, times
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::bigint[])
            AS t (id, wire_id, dialect, model, alias, gateway_id, broadcast, times)
        ORDER BY id
        ON CONFLICT (id) DO UPDATE
        SET wire_id = excluded.wire_id,
            dialect = excluded.dialect,
            model = coalesce(excluded.model, d.model),
            alias = coalesce(excluded.alias, d.alias),
            gateway_id = coalesce(excluded.gateway_id, d.gateway_id),
            broadcast = excluded.broadcast,
            last_seen_at = greatest(d.last_seen_at, now()),
            times_heard = d.times_heard + excluded.times_heard
        RETURNING id, memory, events, clock_timestamp() AS now,
                  extract(epoch FROM clock_timestamp() - now())::float8 AS waited_s
        """,
        [one.id for one in sightings],
        [one.wire_id for one in sightings],
        [one.dialect for one in sightings],
        [one.model for one in sightings],
        [one.alias for one in sightings],
        [one.gateway_id for one in sightings],
        [one.broadcast for one in sightings],
        [one.times for one in sightings],
    )
    return {row["id"]: Held(memory.read(row["memory"]), row["events"], row["now"], row["waited_s"]) for row in rows}


async def remember(
    connection: Connection, seen: Sequence[tuple[str, Seen, list[dict[str, Any]]]], pressed: Collection[str]
) -> None:
    """Keep what is remembered of devices that are locked; `pressed` are those that did something like a press."""
    await connection.execute(
        """
        UPDATE devices d
        SET memory = t.memory::jsonb,
            events = t.events::jsonb,
            pressed_at = CASE WHEN t.pressed THEN now() ELSE d.pressed_at END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS t (id, memory, events, pressed)
        WHERE d.id = t.id
        """,
        [device_id for device_id, _, _ in seen],
        [json.dumps(memory.write(one)) for _, one, _ in seen],
        [json.dumps(events) for _, _, events in seen],
        [device_id in pressed for device_id, _, _ in seen],
    )


async def find(connection: Connection, device_id: str) -> Row | None:
    """What was heard of a device, by the id that the registry knows."""
    return await connection.fetchrow("SELECT dialect, model FROM devices WHERE id = $1", device_id)


async def forget_strangers(connection: Connection) -> None:
    """Forget devices that nobody enrolled and that were not heard for a month, and those beyond any real number."""
    await connection.execute(
        """
        DELETE FROM devices
        WHERE id IN (
            SELECT d.id
            FROM (
                SELECT id, last_seen_at, row_number() OVER (ORDER BY last_seen_at DESC) AS place
                FROM devices
            ) d
            LEFT JOIN buttons b ON b.id = d.id
            WHERE b.id IS NULL
              AND (d.last_seen_at < now() - make_interval(days => $1) OR d.place > $2))
        """,
        _KEPT_DAYS,
        _MOST,
    )

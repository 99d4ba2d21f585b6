"""What was last heard of buttons and gateways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alarmd.core.signal import Health
from alarmd.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Heard:
    """A button was heard, so many seconds ago."""

    button_id: str
    health: Health
    ago_s: float


@dataclass(frozen=True, slots=True)
class GatewayHeard:
    """A gateway is in a state, as was heard so many seconds ago.

    Attributes:
        seen_ago_s: since it was last heard itself, in seconds; None: only its broker was, which says that it is gone.
    """

    gateway_id: str
    state: Literal["online", "offline"]
    ago_s: float
    seen_ago_s: float | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A bridge said so many seconds ago that it cannot reach a button."""

    button_id: str
    ago_s: float


async def record(
    connection: Connection, buttons: Sequence[Heard], gateways: Sequence[GatewayHeard], gone: Sequence[Gone] = ()
) -> None:
    """Write down a batch, at most one entry a button and gateway. What a signal does not tell stays as it was.

    In one transaction, and so at one time: a gateway is never seen before the buttons that were heard through it.
    """
    async with connection.transaction():
        await _record_buttons(connection, buttons)
        await _record_gateways(connection, gateways, [entry.button_id for entry in buttons])
        if gone:
            await _record_gone(connection, gone)


async def _record_buttons(connection: Connection, heard: Sequence[Heard]) -> None:
    await connection.execute(
        """
        INSERT INTO button_health AS h (button_id, last_seen_at, battery_pct, rssi_dbm, tamper, firmware, gateway_id,
                                        battery_v, battery_low, link_quality)
        SELECT button_id, now() - make_interval(secs => ago_s), battery_pct, rssi_dbm, tamper, firmware, gateway_id,
               battery_v, battery_low, link_quality
        FROM unnest($1::text[], $2::float8[], $3::smallint[], $4::smallint[], $5::boolean[], $6::text[], $7::text[],
                    $8::float8[], $9::boolean[], $10::smallint[])
            AS t (button_id, ago_s, battery_pct, rssi_dbm, tamper, firmware, gateway_id,
                  battery_v, battery_low, link_quality)
        ORDER BY button_id
        ON CONFLICT (button_id) DO UPDATE
        SET last_seen_at = greatest(h.last_seen_at, excluded.last_seen_at),
            battery_pct = coalesce(excluded.battery_pct, h.battery_pct),
            rssi_dbm = coalesce(excluded.rssi_dbm, h.rssi_dbm),
            tamper = coalesce(excluded.tamper, h.tamper),
            firmware = coalesce(excluded.firmware, h.firmware),
            gateway_id = coalesce(excluded.gateway_id, h.gateway_id),
            battery_v = coalesce(excluded.battery_v, h.battery_v),
            battery_low = coalesce(excluded.battery_low, h.battery_low),
            link_quality = coalesce(excluded.link_quality, h.link_quality)
        """,
        [entry.button_id for entry in heard],
        [entry.ago_s for entry in heard],
        [entry.health.battery_pct for entry in heard],
        [entry.health.rssi_dbm for entry in heard],
        [entry.health.tamper for entry in heard],
        [entry.health.firmware for entry in heard],
        [entry.health.gateway_id for entry in heard],
        [entry.health.battery_v for entry in heard],
        [entry.health.battery_low for entry in heard],
        [entry.health.link_quality for entry in heard],
    )


async def _record_gone(connection: Connection, gone: Sequence[Gone]) -> None:
    """Of buttons that were never heard there is nothing to say: they are silent when their interval is over."""
    await connection.execute(
        """
        UPDATE button_health h
        SET offline_at = greatest(h.offline_at, now() - make_interval(secs => t.ago_s))
        FROM unnest($1::text[], $2::float8[]) AS t (button_id, ago_s)
        WHERE h.button_id = t.button_id
        """,
        [entry.button_id for entry in gone],
        [entry.ago_s for entry in gone],
    )


async def _record_gateways(connection: Connection, heard: Sequence[GatewayHeard], button_ids: Sequence[str]) -> None:
    """A button's signal that names no gateway counts for the one that it was last heard through.

    It does not bring back one that is offline: the button may have found another way.
    """
    await connection.execute(
        """
        WITH told AS (
            SELECT gateway_id, state,
                   now() - make_interval(secs => ago_s) AS changed_at,
                   now() - make_interval(secs => seen_ago_s) AS seen_at
            FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[])
                AS t (gateway_id, state, ago_s, seen_ago_s)
        ),
        carried AS (
            SELECT g.id AS gateway_id, g.state, g.changed_at, max(h.last_seen_at) AS seen_at
            FROM button_health h
            JOIN gateways g ON g.id = h.gateway_id
            WHERE h.button_id = ANY ($5)
            GROUP BY g.id
        )
        INSERT INTO gateways AS g (id, state, changed_at, last_seen_at)
        SELECT gateway_id,
               coalesce(t.state, c.state),
               coalesce(t.changed_at, c.changed_at),
               greatest(t.seen_at, c.seen_at)
        FROM told t
        FULL JOIN carried c USING (gateway_id)
        ORDER BY gateway_id
        ON CONFLICT (id) DO UPDATE
        SET state = CASE WHEN excluded.changed_at >= g.changed_at THEN excluded.state ELSE g.state END,
            changed_at = CASE
                WHEN excluded.changed_at >= g.changed_at AND excluded.state <> g.state
                THEN excluded.changed_at ELSE g.changed_at END,
            last_seen_at = greatest(g.last_seen_at, excluded.last_seen_at)
        """,
        [entry.gateway_id for entry in heard],
        [entry.state for entry in heard],
        [entry.ago_s for entry in heard],
        [entry.seen_ago_s for entry in heard],
        button_ids,
    )

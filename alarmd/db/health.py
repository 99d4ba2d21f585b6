"""What was last heard of buttons and gateways."""

from collections.abc import Sequence
from dataclasses import dataclass

from alarmd.core.signal import Health, Status
from alarmd.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Heard:
    """A button was heard, so many seconds ago."""

    button_id: str
    health: Health
    ago_s: float


async def record_health(connection: Connection, heard: Sequence[Heard]) -> None:
    """Write down a batch, at most one entry a button. What a signal does not tell stays as it was."""
    await connection.execute(
        """
        INSERT INTO button_health AS h (button_id, last_seen_at, battery_pct, rssi_dbm, tamper, firmware, gateway_id)
        SELECT button_id, now() - make_interval(secs => ago_s), battery_pct, rssi_dbm, tamper, firmware, gateway_id
        FROM unnest($1::text[], $2::float8[], $3::smallint[], $4::smallint[], $5::boolean[], $6::text[], $7::text[])
            AS t (button_id, ago_s, battery_pct, rssi_dbm, tamper, firmware, gateway_id)
        ORDER BY button_id
        ON CONFLICT (button_id) DO UPDATE
        SET last_seen_at = greatest(h.last_seen_at, excluded.last_seen_at),
            battery_pct = coalesce(excluded.battery_pct, h.battery_pct),
            rssi_dbm = coalesce(excluded.rssi_dbm, h.rssi_dbm),
            tamper = coalesce(excluded.tamper, h.tamper),
            firmware = coalesce(excluded.firmware, h.firmware),
            gateway_id = coalesce(excluded.gateway_id, h.gateway_id)
        """,
        [entry.button_id for entry in heard],
        [entry.ago_s for entry in heard],
        [entry.health.battery_pct for entry in heard],
        [entry.health.rssi_dbm for entry in heard],
        [entry.health.tamper for entry in heard],
        [entry.health.firmware for entry in heard],
        [entry.health.gateway_id for entry in heard],
    )


async def record_status(connection: Connection, status: Status) -> None:
    """Write down that a gateway is there, or gone."""
    await connection.execute(
        """
        INSERT INTO gateways AS g (id, state)
        VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE
        SET state = excluded.state,
            changed_at = CASE WHEN g.state = excluded.state THEN g.changed_at ELSE now() END
        """,
        status.gateway_id,
        status.state,
    )

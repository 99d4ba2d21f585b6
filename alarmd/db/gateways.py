"""The gateways that were heard of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alarmd.core.dialects.device import registered
from alarmd.core.errors import NotFoundError
from alarmd.db.pool import Connection


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """A gateway, as it is now.

    Attributes:
        state: what was last heard of it; `changed_at` is since when.
        last_seen_at: when it was heard, or a button behind it; None: never.
        silent_after_s: so long it may be unheard, in seconds; None: for ever.
        away_since: since when it is offline or unheard for too long; None while it is well.
        buttons: how many supervised buttons were last heard through it.
    """

    id: str
    state: Literal["online", "offline"]
    changed_at: datetime
    last_seen_at: datetime | None
    silent_after_s: int | None
    away_since: datetime | None
    buttons: int


async def page(
    connection: Connection, *, gateway_id: str | None = None, after: str | None = None, limit: int
) -> list[GatewayRecord]:
    """Gateways by their ids, or one of them; `after` is the last one seen."""
    rows = await connection.fetch(
        """
        WITH shown AS MATERIALIZED (
            SELECT *
            FROM gateways
            WHERE ($1::text IS NULL OR id = $1)
              AND ($2::text IS NULL OR id > $2)
            ORDER BY id
            LIMIT $3
        ),
        behind AS (
            SELECT gateway_id, count(*) AS buttons
            FROM button_supervision
            WHERE gateway_id IN (SELECT id FROM shown)
            GROUP BY gateway_id
        )
        SELECT g.id, g.state, g.changed_at, g.last_seen_at, g.silent_after_s, v.away_since,
               coalesce(b.buttons, 0) AS buttons
        FROM shown g
        JOIN gateway_supervision v ON v.id = g.id
        LEFT JOIN behind b ON b.gateway_id = g.id
        ORDER BY g.id
        """,
        gateway_id,
        after,
        limit,
    )
    return [GatewayRecord(*row) for row in rows]


async def change(connection: Connection, gateway_id: str, *, silent_after_s: int | None) -> GatewayRecord:
    """Say how long it may be unheard, in seconds; None: for ever. Its id in any case.

    Raises:
        NotFoundError: nothing was ever heard of it.
    """
    status = await connection.execute(
        "UPDATE gateways SET silent_after_s = $2 WHERE id = $1", registered(gateway_id), silent_after_s
    )
    if status == "UPDATE 0":
        raise _unknown(gateway_id)
    return (await page(connection, gateway_id=registered(gateway_id), limit=1))[0]


async def hold(connection: Connection, gateway_id: str) -> GatewayRecord:
    """One gateway, which nobody else changes until the transaction ends. Its id in any case.

    Raises:
        NotFoundError: nothing was ever heard of it.
    """
    await connection.execute("SELECT FROM gateways WHERE id = lower($1) FOR NO KEY UPDATE", gateway_id)
    found = await page(connection, gateway_id=gateway_id.lower(), limit=1)
    if not found:
        raise _unknown(gateway_id)
    return found[0]


async def forget(connection: Connection, gateway_id: str) -> None:
    """Forget a gateway that was taken away; when it is heard again it is there again. Its id in any case.

    Raises:
        NotFoundError: nothing was ever heard of it.
    """
    if await connection.execute("DELETE FROM gateways WHERE id = $1", registered(gateway_id)) == "DELETE 0":
        raise _unknown(gateway_id)


def _unknown(gateway_id: str) -> NotFoundError:
    return NotFoundError(f"nothing was ever heard of a gateway with the id {gateway_id}")

"""How endpoints are: read from the ledger, so that no delivery has anything more to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alarmd.db.pool import Connection

_LOOKED_AT = 200  # the newest deliveries of each endpoint
_WITHIN_S = 86_400.0


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """How an endpoint is.

    Attributes:
        owed: deliveries that wait for it.
        last_success_at: when it last took an alert, of its newest 200 or of the latest that it took.
        failing_since: since when it is known to fail; None while it does not.
        last_error, last_error_at: why and when an attempt last failed, of its newest 200 deliveries.
        p50_ms, p99_ms: how long it took to take an alert, over the attempts of its newest 200 deliveries within a day.
    """

    owed: int
    last_success_at: datetime | None
    failing_since: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    p50_ms: float | None
    p99_ms: float | None


async def read(connection: Connection, endpoint_ids: Sequence[UUID]) -> dict[UUID, EndpointHealth]:
    """How each of the endpoints is."""
    # LIMIT 1 keeps each of the attempts a look-up by key, however large the ledger.
    rows = await connection.fetch(
        """
        SELECT e.id, owed.owed, taken.last_success_at, f.raised_at AS failing_since,
               failed.error AS last_error, failed.ended_at AS last_error_at, paces.p50_ms, paces.p99_ms
        FROM endpoints e
        LEFT JOIN faults f ON f.kind = 'endpoint_failing' AND f.subject = e.name AND f.cleared_at IS NULL
        CROSS JOIN LATERAL (
            SELECT count(*) AS owed
            FROM deliveries d
            WHERE d.endpoint_id = e.id
              AND d.state = 'pending'
        ) owed
        CROSS JOIN LATERAL (
            SELECT max(newest.delivered_at) AS last_success_at
            FROM (
                SELECT d.delivered_at
                FROM deliveries d
                WHERE d.endpoint_id = e.id
                  AND d.state = 'delivered'
                ORDER BY d.created_at DESC
                LIMIT $2
            ) newest
        ) taken
        LEFT JOIN LATERAL (
            SELECT a.error, a.ended_at
            FROM (
                SELECT d.id, d.attempts
                FROM deliveries d
                WHERE d.endpoint_id = e.id
                ORDER BY d.created_at DESC
                LIMIT $2
            ) newest
            CROSS JOIN LATERAL (
                SELECT error, ended_at
                FROM attempts
                WHERE delivery_id = newest.id
                  AND number IN (newest.attempts, newest.attempts - 1) -- of one that was taken, the one before failed
                  AND error IS NOT NULL
                ORDER BY number DESC
                LIMIT 1
            ) a
            ORDER BY a.ended_at DESC
            LIMIT 1
        ) failed ON true
        CROSS JOIN LATERAL (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.duration_ms) AS p50_ms,
                   percentile_cont(0.99) WITHIN GROUP (ORDER BY a.duration_ms) AS p99_ms
            FROM (
                SELECT d.id, d.attempts
                FROM deliveries d
                WHERE d.endpoint_id = e.id
                  AND d.state = 'delivered'
                  AND d.created_at > now() - make_interval(secs => $3)
                ORDER BY d.created_at DESC
                LIMIT $2
            ) newest
            CROSS JOIN LATERAL (
                SELECT duration_ms
                FROM attempts
                WHERE delivery_id = newest.id
                  AND number = newest.attempts
                LIMIT 1
            ) a
        ) paces
        WHERE e.id = ANY ($1)
        """,
        endpoint_ids,
        _LOOKED_AT,
        _WITHIN_S,
    )
    names = EndpointHealth.__slots__
    return {row["id"]: EndpointHealth(**{name: row[name] for name in names}) for row in rows}

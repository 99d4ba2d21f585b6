"""Who would be alerted of each store, in what order, and by which rule."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from alarmd.core.errors import NotFoundError
from alarmd.db.pool import Connection, Row

Rule = Literal["precinct", "station", "district", "default"]
_RULES: tuple[Rule, ...] = ("precinct", "station", "district", "default")  # by the ranks of route_rank


@dataclass(frozen=True, slots=True)
class Stop:
    """An endpoint of a store's route."""

    id: UUID
    name: str
    position: int
    accepts_tests: bool
    escalate_after_s: float
    acknowledge_within_s: float


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """A store's route: the endpoints of the most specific rule that any endpoint has for it, by position; or none."""

    store_id: UUID
    code: str
    name: str
    status: Literal["open", "closed"]
    district: str
    district_code: str
    police_station: str | None
    station: str | None
    precinct: str | None
    rule: Rule | None
    stops: tuple[Stop, ...]


async def page(
    connection: Connection, *, store_id: UUID | None, unserved: bool, after: UUID | None, limit: int
) -> list[RouteRecord]:
    """Routes of stores in the order in which these were registered; `after` is the last one seen.

    What has a route is asked once for each district, station and precinct that there is, and not for each store.
    """
    rows = await connection.fetch(
        """
        WITH unserved AS (
            SELECT b.district_code, b.station, b.precinct
            FROM (SELECT DISTINCT district_code, station, precinct FROM stores WHERE $2) b
            WHERE NOT EXISTS (
                SELECT
                FROM endpoints e
                WHERE e.removed_at IS NULL
                  AND e.audience = 'police'
                  AND route_rank(e.districts, e.stations, b.district_code, b.station, b.precinct) IS NOT NULL)
        ),
        found AS MATERIALIZED ( -- they may be anywhere: an index that holds no more than this is gone through
            SELECT s.id
            FROM stores s
            WHERE (s.district_code, coalesce(s.station, ''), coalesce(s.precinct, '')) IN (
                SELECT district_code, coalesce(station, ''), coalesce(precinct, '')
                FROM unserved)
        ),
        chosen AS MATERIALIZED (
            SELECT s.id
            FROM stores s
            WHERE ($1::uuid IS NULL OR s.id = $1)
              AND ($3::uuid IS NULL OR s.id > $3)
              AND (NOT $2 OR s.id IN (SELECT id FROM found))
            ORDER BY s.id
            LIMIT $4
        )
        SELECT s.id AS store_id, s.code, s.name, s.status, s.district, s.district_code, s.police_station, s.station,
               s.precinct, r.rank, r.stops
        FROM chosen c
        CROSS JOIN LATERAL (SELECT * FROM stores WHERE id = c.id LIMIT 1) s
        LEFT JOIN LATERAL (
            SELECT e.rank,
                   jsonb_agg(
                       jsonb_build_object(
                           'id', e.id,
                           'name', e.name,
                           'position', e.position,
                           'accepts_tests', e.accepts_tests,
                           'escalate_after_s', e.escalate_after_s,
                           'acknowledge_within_s', e.acknowledge_within_s)
                       ORDER BY e.position, e.name) AS stops
            FROM (
                SELECT *, route_rank(districts, stations, s.district_code, s.station, s.precinct) AS rank
                FROM endpoints
                WHERE removed_at IS NULL
                  AND audience = 'police'
            ) e
            WHERE e.rank IS NOT NULL
            GROUP BY e.rank
            ORDER BY e.rank
            LIMIT 1
        ) r ON true
        ORDER BY s.id
        """,
        store_id,
        unserved,
        after,
        limit,
    )
    if store_id is not None and not unserved and after is None and not rows:
        raise NotFoundError(f"there is no store with the id {store_id}")
    return [_read(row) for row in rows]


def _read(row: Row) -> RouteRecord:
    members = {name: row[name] for name in RouteRecord.__slots__ if name not in {"rule", "stops"}}
    stops = tuple(Stop(**stop | {"id": UUID(stop["id"])}) for stop in row["stops"] or ())
    return RouteRecord(**members, rule=None if row["rank"] is None else _RULES[row["rank"]], stops=stops)

"""Lists of stores: those that fit, in an order, a page at a time."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from alarmd.core.search import read_search
from alarmd.core.supervision import LOW_BATTERY_PCT
from alarmd.db.pool import Connection
from alarmd.db.stores import StoreRecord, read

_AT_ONCE = 500  # stores read at a time: presses are taken in the same event loop


@dataclass(frozen=True, slots=True)
class StoreFilters:
    """Which stores; None: whatever.

    Attributes:
        q: words, initial consonants or digits, as `read_search` takes them.
        district: its name or legal code.
        station: of the police, or a precinct, in full.
        near: latitude and longitude in degrees, radius in metres; what is found comes by its distance.
        bbox: least longitude and latitude, greatest longitude and latitude, in degrees.
        unproven_days: a button in it of which no press has reached the police for so many days.
        without_button: whether there is none in it.
        low_battery: whether the battery of one in it was last heard to be low.
        in_test_mode: whether it is in test mode itself.
    """

    q: str | None = None
    district: str | None = None
    station: str | None = None
    chain: str | None = None
    status: str | None = None
    near: tuple[float, float, float] | None = None
    bbox: tuple[float, float, float, float] | None = None
    unproven_days: int | None = None
    without_button: bool | None = None
    low_battery: bool | None = None
    in_test_mode: bool | None = None


@dataclass(frozen=True, slots=True)
class StoreOrder:
    """By what stores are sorted, and which way; of those that are alike, the one that came first is the less."""

    by: Literal["code", "name", "district", "verified_on"]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class StorePosition:
    """Where a page of stores ended: the last one, how far away it was, or what it was sorted by."""

    id: UUID
    distance_m: float = 0.0
    sorted_by: str = ""


async def page(
    connection: Connection,
    filters: StoreFilters,
    *,
    after: StorePosition | None,
    limit: int,
    order: StoreOrder | None = None,
) -> list[StoreRecord]:
    """Stores in an order, or else by their distance, or else as they came; `after` is the last one seen.

    What is not asked for is none of the plan, which is made for each question: each order has an index.
    """
    lat, lon, radius = filters.near or (None, None, None)
    west, south, east, north = filters.bbox or (None, None, None, None)
    search = read_search(filters.q) if filters.q else None
    rows = await connection.fetch(
        """
        WITH chosen AS MATERIALIZED ( -- of those that are passed over as little is looked at as can be
            SELECT s.id, d.distance_m, o.sorted_by
            FROM stores s
            CROSS JOIN LATERAL (
                SELECT CASE WHEN $1::float8 IS NOT NULL THEN
                           12742000 * asin(least(1, sqrt(
                               sin(radians(s.lat - $1) / 2) ^ 2
                               + cos(radians($1)) * cos(radians(s.lat)) * sin(radians(s.lon - $2::float8) / 2) ^ 2)))
                       END AS distance_m
            ) d
            CROSS JOIN LATERAL (
                SELECT CASE $24::text
                           WHEN 'code' THEN s.code
                           WHEN 'name' THEN s.name
                           WHEN 'district' THEN s.district
                           WHEN 'verified_on'
                           THEN lpad(coalesce(s.verified_on - date '1970-01-01', 0)::text, 6, '0')
                       END AS sorted_by
            ) o
            WHERE ($1::float8 IS NULL OR (
                   s.lat BETWEEN $1 - $3::float8 / 110000 AND $1 + $3 / 110000
                   AND s.lon BETWEEN $2 - $3 / (110000 * greatest(cos(radians($1)), 0.01))
                                 AND $2 + $3 / (110000 * greatest(cos(radians($1)), 0.01))
                   AND ($24::text IS NULL OR d.distance_m <= $3)))
              AND ($4::uuid IS NULL OR CASE
                       WHEN $24 IS NOT NULL AND $25::boolean THEN (o.sorted_by, s.id) < ($26::text, $4)
                       WHEN $24 IS NOT NULL THEN (o.sorted_by, s.id) > ($26, $4)
                       WHEN $1::float8 IS NULL THEN s.id > $4
                       ELSE (d.distance_m, s.id) > ($5::float8, $4)
                   END)
              AND ($6::text[] IS NULL
                   OR (($7::text[] IS NULL OR search_pairs(s.search) @> $7)
                       AND s.search LIKE ALL ($6)
                       AND split_part(s.search, E'\n', 1) || E'\n' || split_part(s.search, E'\n', 2) ~ ALL ($8::text[]))
                   OR (search_pairs(s.search) @> $9::text[] AND s.search LIKE $10::text))
              AND ($11::text IS NULL OR s.district = $11 OR s.district_code = $11)
              AND ($12::text IS NULL OR s.station = $12 OR s.precinct = $12)
              AND ($13::text IS NULL OR s.chain = $13)
              AND ($14::text IS NULL OR s.status = $14)
              AND ($15::float8 IS NULL
                   OR (s.lon BETWEEN $15 AND $17::float8 AND s.lat BETWEEN $16::float8 AND $18::float8))
              AND ($19::integer IS NULL OR EXISTS (
                   SELECT
                   FROM buttons b
                   LEFT JOIN button_proofs p ON p.button_id = b.id
                   WHERE b.store_id = s.id
                     AND b.revoked_at IS NULL
                     AND (p.proven_at IS NULL OR p.proven_at <= now() - make_interval(days => $19))))
              AND ($20::boolean IS NOT TRUE OR NOT EXISTS (
                   SELECT FROM buttons b WHERE b.store_id = s.id AND b.revoked_at IS NULL))
              AND ($20::boolean IS NOT FALSE OR EXISTS (
                   SELECT FROM buttons b WHERE b.store_id = s.id AND b.revoked_at IS NULL))
              AND ($21::boolean IS NOT TRUE OR EXISTS (
                   SELECT FROM buttons b JOIN button_health h ON h.button_id = b.id
                   WHERE b.store_id = s.id
                     AND (coalesce(h.battery_pct <= $22, false) OR coalesce(h.battery_low, false))))
              AND ($21::boolean IS NOT FALSE OR NOT EXISTS (
                   SELECT FROM buttons b JOIN button_health h ON h.button_id = b.id
                   WHERE b.store_id = s.id
                     AND (coalesce(h.battery_pct <= $22, false) OR coalesce(h.battery_low, false))))
              AND ($27::boolean IS NULL OR coalesce(s.test_mode_until > now(), false) = $27)
            ORDER BY CASE WHEN $25 THEN o.sorted_by END DESC,
                     CASE WHEN NOT $25 THEN o.sorted_by END,
                     CASE WHEN $24 IS NULL THEN d.distance_m END,
                     CASE WHEN $25 THEN s.id END DESC,
                     CASE WHEN NOT $25 THEN s.id END
            LIMIT $23
        )
        SELECT s.*, c.distance_m, c.sorted_by
        FROM chosen c
        CROSS JOIN LATERAL (SELECT * FROM stores WHERE id = c.id LIMIT 1) s
        WHERE $3::float8 IS NULL OR c.distance_m <= $3 -- the farthest come last: here it is asked of the page alone
        ORDER BY CASE WHEN $25 THEN c.sorted_by END DESC,
                 CASE WHEN NOT $25 THEN c.sorted_by END,
                 CASE WHEN $24 IS NULL THEN c.distance_m END,
                 CASE WHEN $25 THEN s.id END DESC,
                 CASE WHEN NOT $25 THEN s.id END
        """,
        lat,
        lon,
        radius,
        after.id if after else None,
        after.distance_m if after else None,
        search.like if search else None,
        (search.pairs or None) if search else None,
        search.regex if search else None,
        (search.phone_pairs or None) if search else None,
        search.phone if search else None,
        filters.district,
        filters.station,
        filters.chain,
        filters.status,
        west,
        south,
        east,
        north,
        filters.unproven_days,
        filters.without_button,
        filters.low_battery,
        LOW_BATTERY_PCT,
        limit,
        order.by if order else None,
        order.descending if order else False,
        after.sorted_by if after else None,
        filters.in_test_mode,
    )
    return [read(row) for row in rows]


async def every(connection: Connection) -> list[StoreRecord]:
    """All stores, in the order in which they came."""
    found: list[StoreRecord] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        while some := await page(
            connection, StoreFilters(), after=StorePosition(found[-1].id) if found else None, limit=_AT_ONCE
        ):
            found += some
    return found

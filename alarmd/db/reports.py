"""Reports over many alarms: how many, how many of them false, and how long the police took."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alarmd.db.pool import Connection

By = Literal["store", "button", "hour", "day", "disposition", "district"]
Sort = Literal["alarms", "false", "share_false"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The alarms of one group. Tests and canaries are counted apart, and are in no other figure.

    Attributes:
        key: a store's or button's id, an hour of the day in Seoul (`00` to `23`), a day there (`2026-11-23`), a
            disposition, a legal code; None for alarms that have none, such as those without a store or not closed.
        name: of the store, the button or the district.
        presses: that opened or joined the alarms.
        share_false: of those closed, 0 to 1; None while none is.
        delivery_p50_s: seconds from the press's receipt until the police's first 2xx; None where none was.
        acknowledgement_p50_s: seconds from the press's receipt until a human there had it.
    """

    key: str | None
    name: str | None
    alarms: int
    presses: int
    closed: int
    actual: int
    false: int
    test: int
    duplicate: int
    cancelled: int
    share_false: float | None
    delivered: int
    delivery_p50_s: float | None
    delivery_p90_s: float | None
    delivery_p99_s: float | None
    acknowledged: int
    acknowledgement_p50_s: float | None
    acknowledgement_p90_s: float | None
    acknowledgement_p99_s: float | None
    tests: int
    canaries: int


async def of_alarms(
    connection: Connection, by: By, *, since: datetime, until: datetime, sort: Sort = "alarms", limit: int
) -> tuple[Figures, list[Figures]]:
    """The figures of all alarms that were opened from `since` to before `until`, and of each group of them.

    Hours and days come in their order; other groups those first of which there is most, or the share is greatest; at
    most `limit` of them.
    """
    async with connection.transaction(readonly=True):
        # A month is looked up, which costs little where tables are in memory or on flash; a year is read through.
        await connection.execute("SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '32MB'")
        rows = await connection.fetch(
            """
            WITH chosen AS MATERIALIZED (
                SELECT a.id, a.received_at, a.kind, a.disposition, a.state, a.press_count,
                       CASE $3::text
                           WHEN 'store' THEN a.store_id::text
                           WHEN 'button' THEN a.button_id
                           WHEN 'hour' THEN to_char(a.opened_at AT TIME ZONE 'Asia/Seoul', 'HH24')
                           WHEN 'day' THEN to_char(a.opened_at AT TIME ZONE 'Asia/Seoul', 'YYYY-MM-DD')
                           WHEN 'disposition' THEN a.disposition
                           WHEN 'district' THEN a.store ->> 'district_code'
                       END AS key,
                       CASE $3
                           WHEN 'store' THEN a.store ->> 'name'
                           WHEN 'button' THEN a.button_label
                           WHEN 'district' THEN a.store ->> 'district'
                       END AS name,
                       extract(epoch FROM a.acknowledged_at - a.received_at)::float8 AS acknowledgement_s
                FROM alarms a
                WHERE a.opened_at >= $1
                  AND a.opened_at < $2
            ),
            taken AS MATERIALIZED (
                SELECT d.alarm_id, min(d.delivered_at) AS at
                FROM deliveries d
                WHERE d.alarm_id IN (SELECT id FROM chosen)
                  AND d.endpoint_id IN (SELECT id FROM endpoints WHERE audience = 'police')
                  AND d.state = 'delivered'
                GROUP BY d.alarm_id
            ),
            timed AS (
                SELECT c.*, extract(epoch FROM t.at - c.received_at)::float8 AS delivery_s
                FROM chosen c
                LEFT JOIN taken t ON t.alarm_id = c.id
            ),
            counted AS (
                SELECT grouping(key) AS total,
                       key,
                       max(name) AS name,
                       count(*) FILTER (WHERE kind = 'panic') AS alarms,
                       coalesce(sum(press_count) FILTER (WHERE kind = 'panic'), 0) AS presses,
                       count(*) FILTER (WHERE kind = 'panic' AND state = 'closed') AS closed,
                       count(*) FILTER (WHERE kind = 'panic' AND disposition = 'actual') AS actual,
                       count(*) FILTER (WHERE kind = 'panic' AND disposition = 'false') AS were_false,
                       count(*) FILTER (WHERE kind = 'panic' AND disposition = 'test') AS test,
                       count(*) FILTER (WHERE kind = 'panic' AND disposition = 'duplicate') AS duplicate,
                       count(*) FILTER (WHERE kind = 'panic' AND disposition = 'cancelled') AS cancelled,
                       count(delivery_s) FILTER (WHERE kind = 'panic') AS delivered,
                       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY delivery_s)
                           FILTER (WHERE kind = 'panic') AS delivery,
                       count(acknowledgement_s) FILTER (WHERE kind = 'panic') AS acknowledged,
                       percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY acknowledgement_s)
                           FILTER (WHERE kind = 'panic') AS acknowledgement,
                       count(*) FILTER (WHERE kind = 'test') AS tests,
                       count(*) FILTER (WHERE kind = 'canary') AS canaries
                FROM timed
                GROUP BY GROUPING SETS ((key), ())
            )
            SELECT key,
                   CASE WHEN total = 0 THEN name END AS name,
                   alarms, presses, closed, actual, were_false, test, duplicate, cancelled,
                   round(were_false::numeric / nullif(closed, 0), 4)::float8 AS share_false,
                   delivered,
                   delivery[1] AS delivery_p50_s, delivery[2] AS delivery_p90_s, delivery[3] AS delivery_p99_s,
                   acknowledged, acknowledgement[1] AS acknowledgement_p50_s,
                   acknowledgement[2] AS acknowledgement_p90_s, acknowledgement[3] AS acknowledgement_p99_s,
                   tests, canaries
            FROM counted
            ORDER BY total DESC,
                     CASE WHEN $3 IN ('hour', 'day') THEN key END,
                     CASE WHEN $4 = 'share_false' THEN were_false::float8 / nullif(closed, 0) END DESC NULLS LAST,
                     CASE WHEN $4 <> 'alarms' THEN were_false END DESC,
                     alarms DESC, key
            LIMIT $5
            """,
            since,
            until,
            by,
            sort,
            limit + 1,
        )
    total, *groups = [Figures(*row) for row in rows]
    return total, groups

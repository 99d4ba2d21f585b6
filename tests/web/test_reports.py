"""How many alarms are false, and how long the police take: counted, and nobody is muted for it."""

import csv
import io
from typing import Any

import httpx
import pytest

from alarmd.db.pool import Pool
from tests.web.conftest import As, Press, slug


@pytest.fixture
async def past(admin: httpx.AsyncClient, pool: Pool) -> httpx.AsyncClient:
    """Ten panic alarms at each of two stores in two districts, of which half and a tenth were false; and two tests.

    The n-th was pressed n times, delivered after n seconds and acknowledged after 10 n. They were opened at 22:30 or
    23:30 in Seoul.
    """
    await pool.execute(
        "UPDATE stores SET district = '강남구', district_code = '11680', name = '=가게' WHERE code = 'S-000002'"
    )
    await pool.execute(
        """
        INSERT INTO alarms (id, reference, kind, state, button_id, button_label, store_id, store, opened_at,
                            received_at, last_pressed_at, press_count, awaits_route, acknowledged_at, acknowledged_by,
                            closed_at, closed_by, disposition)
        SELECT uuid_v7(), store || '-' || n, CASE WHEN n > 10 THEN 'test' ELSE 'panic' END,
               CASE WHEN n = 10 THEN 'open' ELSE 'closed' END, b.id, b.label, s.id, s.snapshot, at, at, at, n, false,
               CASE WHEN n < 10 THEN at + n * interval '10 s' END, CASE WHEN n < 10 THEN 'desk' END,
               CASE WHEN n <> 10 THEN at + interval '1 h' END, CASE WHEN n <> 10 THEN 'desk' END,
               CASE WHEN n = 10 THEN NULL WHEN n > 10 THEN 'test' WHEN n <= falses THEN 'false' ELSE 'actual' END
        FROM (VALUES (1, 5, 10), (2, 1, 12)) AS t (store, falses, last)
        CROSS JOIN LATERAL generate_series(1, last) AS n
        CROSS JOIN LATERAL (
            SELECT '2025-11-02T22:30:00+09:00'::timestamptz + CASE WHEN n <= 3 THEN interval '1 h' ELSE '0' END AS at
        ) AS time
        JOIN buttons b ON b.id = 'button-' || store
        JOIN store_snapshots s ON s.id = b.store_id;
        INSERT INTO alerts (id, alarm_id, type, state, located, press_count, last_pressed_at)
        SELECT id, id, 'alarm.opened', 'open', true, 1, opened_at FROM alarms;
        INSERT INTO deliveries (alert_id, alarm_id, endpoint_id, urgency, state, due_at, attempts, delivered_at)
        SELECT a.id, a.id, e.id, 0, 'delivered', now(), 1,
               opened_at + split_part(reference, '-', 2)::integer * interval '1 s'
        FROM alarms a, endpoints e
        """
    )
    return admin


TIME = {"since": "2025-11-01T00:00:00Z", "until": "2025-12-01T00:00:00Z"}


async def report(client: httpx.AsyncClient, by: str, **query: Any) -> dict[str, Any]:
    answer = await client.get("/v1/reports/alarms", params={"by": by, **TIME, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_store_is_told_with_its_share_of_false_alarms_and_how_long_the_police_took(
    past: httpx.AsyncClient, pool: Pool
) -> None:
    found = await report(past, "store")
    ids = [str(row["id"]) for row in await pool.fetch("SELECT id FROM stores ORDER BY code LIMIT 2")]
    assert sorted(item["key"] for item in found["items"]) == sorted(ids)
    first, second = sorted(found["items"], key=lambda item: ids.index(item["key"]))
    assert (first["name"], second["name"]) == ("가게 1", "=가게")
    for item, false in ((first, 5), (second, 1)):
        assert (item["alarms"], item["closed"], item["false"], item["actual"]) == (10, 9, false, 9 - false)
        assert item["share_false"] == round(false / 9, 4)
        assert item["presses"] == 55
        assert (item["delivered"], item["delivery_p50_s"], item["delivery_p99_s"]) == (10, 5.5, pytest.approx(9.91))
        assert (item["delivery_p90_s"], item["acknowledgement_p90_s"]) == (pytest.approx(9.1), pytest.approx(82))
        assert (item["acknowledged"], item["acknowledgement_p50_s"]) == (9, 50)
        assert item["acknowledgement_p99_s"] == pytest.approx(89.2)
    assert ((first["tests"], second["tests"]), found["total"]["tests"]) == ((0, 2), 2)
    assert (found["total"]["alarms"], found["total"]["false"], found["total"]["key"]) == (20, 6, None)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("button", {"button-1": (10, 5), "button-2": (10, 1)}),
        ("hour", {"22": (14, 2), "23": (6, 4)}),
        ("day", {"2025-11-02": (20, 6)}),
        ("district", {"11350": (10, 5), "11680": (10, 1)}),
        ("disposition", {"false": (6, 6), "actual": (12, 0), None: (2, 0), "test": (0, 0)}),
    ],
)
async def test_alarms_are_grouped(past: httpx.AsyncClient, by: str, expected: dict[str, tuple[int, int]]) -> None:
    found = await report(past, by)
    assert {item["key"]: (item["alarms"], item["false"]) for item in found["items"]} == expected
    if by == "hour":
        assert [item["key"] for item in found["items"]] == ["22", "23"]
    if by == "district":
        assert {item["name"] for item in found["items"]} == {"노원구", "강남구"}
    assert len((await report(past, by, limit=1))["items"]) == 1


async def test_days_are_those_of_seoul_in_their_order(past: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute(
        "UPDATE alarms SET opened_at = '2025-11-03T00:15:00+09:00' WHERE opened_at = '2025-11-02T23:30:00+09:00'"
    )
    found = await report(past, "day", sort="share_false")
    assert [(item["key"], item["alarms"]) for item in found["items"]] == [("2025-11-02", 14), ("2025-11-03", 6)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("alarms", ["=가게", "가게 1", "가게 3"]),
        ("false", ["가게 1", "가게 3", "=가게"]),
        ("share_false", ["가게 3", "가게 1", "=가게"]),
    ],
)
async def test_the_worst_come_first_when_asked_for(
    past: httpx.AsyncClient, pool: Pool, sort: str, expected: list[str]
) -> None:
    await pool.execute(
        """
        UPDATE alarms
        SET store_id = s.id,
            store = s.snapshot
        FROM store_snapshots s
        WHERE s.snapshot ->> 'code' = 'S-000003'
          AND reference IN ('1-1', '1-2', '2-3')
        """
    )
    found = await report(past, "store", sort=sort)
    assert [item["name"] for item in found["items"]] == expected


async def test_a_report_is_a_table_for_who_asks_for_one(past: httpx.AsyncClient) -> None:
    by_format = await past.get("/v1/reports/alarms", params={"by": "store", "format": "csv", **TIME})
    by_accept = await past.get("/v1/reports/alarms", params={"by": "store", **TIME}, headers={"Accept": "text/csv"})
    assert by_format.content == by_accept.content
    assert by_format.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(by_format.content.decode("utf-8-sig"))))
    assert {(row["name"], row["alarms"], row["false"]) for row in rows} == {
        ("가게 1", "10", "5"),
        ("'=가게", "10", "1"),
    }


async def test_only_the_time_that_is_asked_for_is_counted_by_itself_the_last_30_days(
    past: httpx.AsyncClient, press: Press
) -> None:
    await press("button-3")
    lately = (await past.get("/v1/reports/alarms", params={"by": "button"})).json()
    assert [item["key"] for item in lately["items"]] == ["button-3"]
    until = {"since": TIME["since"], "until": "2025-11-02T23:30:00+09:00"}
    assert (await report(past, "hour", **until))["total"]["alarms"] == 14
    empty = await report(past, "store", since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z")
    assert (empty["items"], empty["total"]["alarms"], empty["total"]["share_false"]) == ([], 0, None)


@pytest.mark.parametrize(
    "query",
    [
        {"by": "nobody"},
        {"by": "hour", "since": "2025-11-02T00:00:00Z", "until": "2025-11-01T00:00:00Z"},
        {"by": "hour", "since": "2020-11-02T00:00:00Z", "until": "2025-11-01T00:00:00Z"},
        {"by": "hour", "until": "0001-01-02T00:00:00Z"},
    ],
)
async def test_a_time_that_is_none_or_too_long_is_refused(as_role: As, query: dict[str, str]) -> None:
    assert slug(await (await as_role("viewer")).get("/v1/reports/alarms", params=query)) == "invalid"

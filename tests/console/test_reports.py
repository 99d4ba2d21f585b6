"""The page Reports: what was, when, how quick, and how much of it was false."""

import csv
import io
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.console.conftest import Open
from tests.service import ADMIN_KEY, Service, until
from tests.web.conftest import connect

SEOUL = timezone(timedelta(hours=9))


@pytest.fixture
async def past(service: Service, police: Police, pool: Pool) -> None:
    """A false alarm at the first store, and at the second one of two presses that was not; both of today."""
    async with connect(service, ADMIN_KEY) as admin:
        for number, presses, disposition in ((1, 1, "false"), (2, 2, "actual")):
            for _ in range(presses):
                alarm_id = await _press(admin, f"button-{number}")
            await until(
                pool, f"EXISTS (SELECT 1 FROM deliveries WHERE alarm_id = '{alarm_id}' AND state = 'delivered')"
            )
            await admin.post(f"/v1/alarms/{alarm_id}/acknowledge", json={"by": "김경위"})
            await admin.post(f"/v1/alarms/{alarm_id}/close", json={"by": "김경위", "disposition": disposition})


async def _press(admin: httpx.AsyncClient, button_id: str) -> str:
    answer = await admin.post("/v1/presses", json={"button_id": button_id, "press_id": token_hex(8)})
    return str(answer.json()["alarm_id"])


async def test_a_month_is_told_by_totals_charts_and_tables_that_name_no_person(past: None, open_page: Open) -> None:
    page = await open_page("/reports", role="viewer")
    figures = {"Alarms": "2", "Presses": "3", "Actual": "1", "False": "1", "Share false": "50 %", "Tests": "0"}
    for name, value in figures.items():
        await expect(page.locator(".figure").filter(has_text=re.compile(f"{name}$")).locator("b")).to_have_text(value)
    hours = _section(page, "Presses by hour of the day")
    await expect(hours.get_by_role("img", name="Presses by hour of the day")).to_be_visible()
    await expect(hours.locator("rect.bar")).to_have_count(24)
    await hours.get_by_text("As a table").click()
    counted = await hours.locator("tbody tr").all_text_contents()
    assert [row[:2] for row in counted] == [f"{hour:02}" for hour in range(24)]
    assert sum(int(row[2:]) for row in counted) == 3
    for title in ("From the press to the police", "From the press to a human who has it"):
        quick = _section(page, title)
        await expect(quick.get_by_role("img", name=title)).to_be_visible()
        await expect(quick.locator(".chart .mark")).to_have_count(3)  # of one day: p50, p90 and p99
        await expect(quick.locator(".legend")).to_contain_text("half within (p50)")
    first, second = await _stores(page, 2)
    assert first.startswith("가게 1100 %")
    assert second.startswith("가게 20 %")
    await expect(page.get_by_role("table", name="Share false by district").locator("tbody")).to_contain_text(
        "노원구50 %"
    )
    await expect(page.locator("main")).not_to_contain_text("김경위")


async def test_a_range_is_chosen_by_name_or_by_days_and_stays_in_the_address(past: None, open_page: Open) -> None:
    page = await open_page("/reports", role="viewer")
    ranged, begin, end = (page.get_by_label(name, exact=True) for name in ("Time", "From", "To"))
    today = datetime.now(SEOUL).date()
    for name, first in (
        ("Today", today),
        ("The last 7 days", today - timedelta(days=6)),
        ("This month", today.replace(day=1)),
    ):
        await ranged.select_option(name)
        assert (await begin.input_value(), await end.input_value()) == (first.isoformat(), today.isoformat())
        await expect(page.get_by_role("status").filter(has_text=f"{first} to {today}, Korean time")).to_be_visible()
        await expect(page.locator(".figure").first).to_contain_text("2")
    await ranged.select_option("Last month")
    last = today.replace(day=1) - timedelta(days=1)
    assert (await begin.input_value(), await end.input_value()) == (last.replace(day=1).isoformat(), last.isoformat())
    await expect(page.get_by_text("There was no alarm in this time.")).to_be_visible()
    await page.reload()
    await expect(ranged).to_have_value("last")
    await end.fill(today.isoformat())
    await expect(ranged).to_have_value("custom")
    await expect(page.locator(".figure").first).to_contain_text("2")
    await page.reload()
    assert (await begin.input_value(), await end.input_value()) == (last.replace(day=1).isoformat(), today.isoformat())
    await expect(page.locator(".figure").first).to_contain_text("2")


async def test_a_range_that_is_too_long_is_refused_in_words(open_page: Open) -> None:
    page = await open_page("/reports?range=custom&from=2020-01-01&to=2025-01-01", role="viewer", complaints=True)
    await expect(page.get_by_role("alert").filter(has_text="longer than 366 days")).to_be_visible()
    await page.get_by_label("Time", exact=True).select_option("Today")
    await expect(page.get_by_role("alert").filter(has_text="longer than 366 days")).to_be_hidden()
    await expect(page.get_by_text("There was no alarm in this time.")).to_be_visible()


async def test_stores_come_as_they_are_asked_for_and_all_of_them_when_asked(
    past: None, open_page: Open, pool: Pool
) -> None:
    await pool.execute(
        """
        INSERT INTO stores (code, name, district, district_code, road_address, lat, lon)
        SELECT store_code(nextval('store_codes')), '점포 ' || n, '노원구', '11350', '동일로 ' || n, 37.65, 127.06
        FROM generate_series(1, 60) AS n;
        INSERT INTO alarms (id, reference, kind, state, button_id, store_id, store, opened_at, received_at,
                            last_pressed_at, press_count, awaits_route)
        SELECT uuid_v7(), 'R-' || n || '-' || (snapshot ->> 'code'), 'panic', 'open', 'b', id, snapshot, now(), now(),
               now(), 1, false
        FROM store_snapshots, generate_series(1, 2) AS n
        WHERE snapshot ->> 'name' LIKE '점포%'
        """
    )
    page = await open_page("/reports", role="viewer")
    assert (await _stores(page, 20))[0].startswith("가게 1100 %")
    await page.get_by_role("button", name="Show more").click()
    await _stores(page, 62)
    await page.get_by_label("Sort by").select_option("Most alarms")
    assert (await _stores(page, 20))[0].startswith("점포")
    sorted_by = page.get_by_role("table", name="Share false by store").locator("th[aria-sort]")
    await expect(sorted_by).to_have_text("Alarms")


async def test_each_part_is_a_spreadsheet_and_all_of_it_is_printed_without_the_menu(
    past: None, open_page: Open, tmp_path: Path
) -> None:
    page = await open_page("/reports", role="viewer", theme="dark")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Share false by store · CSV").click()
    await (await waiting.value).save_as(tmp_path / "stores.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "stores.csv").read_text(encoding="utf-8-sig"))))
    assert {(row["name"], row["presses"], row["false"]) for row in rows} == {("가게 1", "1", "1"), ("가게 2", "2", "0")}
    await page.set_viewport_size({"width": 690, "height": 990})  # A4 without its margins
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", name="Share false by store")).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Share false").last).to_be_visible()  # a table, and no cards
    for hidden in (
        page.locator(".top"),
        page.get_by_role("button"),
        page.locator(".filters"),
        page.get_by_role("link", name="CSV"),
    ):
        assert not [one for one in await hidden.all() if await one.is_visible()]
    ground = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


async def test_it_is_korean_for_who_reads_korean(past: None, open_page: Open) -> None:
    page = await open_page("/reports", role="viewer", language="ko")
    await expect(page.get_by_role("heading", name="통계", exact=True)).to_be_visible()
    await expect(_section(page, "시간대별 누름 횟수").get_by_role("img")).to_be_visible()
    await expect(page.get_by_role("table", name="점포별 오경보 비율").locator("tbody tr").first).to_contain_text(
        "가게 1100 %"
    )


def _section(page: Page, title: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name=title))


async def _stores(page: Page, count: int) -> list[str]:
    rows = page.get_by_role("table", name=re.compile("Share false by store")).locator("tbody tr")
    await expect(rows).to_have_count(count)
    return await rows.all_text_contents()

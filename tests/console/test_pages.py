"""Every page: on a phone and on a wall, light and dark, in both languages, for whoever cannot see, and under attack."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.console.conftest import Open
from tests.service import ADMIN_KEY, Service
from tests.web.conftest import connect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "build" / "console" / "node_modules" / "axe-core" / "axe.min.js"
NAUGHTY: list[str] = json.loads((ROOT / "tests" / "data" / "blns.json").read_text(encoding="utf-8"))
PAGES = (
    *("/", "/alarms", "/alarms/ALARM", "/stores", "/stores/new", "/stores/STORE", "/stores/import", "/buttons"),
    *("/buttons/sightings", "/mappings"),
    *("/deliveries", "/endpoints", "/quarantine", "/faults", "/reports", "/practice?store=STORE", "/keys", "/audit"),
)
# What a thumb would miss: lower than 44 px (WCAG 2.2, 2.5.5), and not in running text.
LOW = """
[...document.querySelectorAll("button, select, summary, a[href], input:not([type=checkbox], [type=radio])")]
  .filter((one) => one.checkVisibility() && !one.closest("p") && one.getBoundingClientRect().height < 43.5)
  .map((one) => `${one.tagName} ${one.textContent.trim()}`)
"""
PHONE_PX = 480
LONG_NAME = "GS25 서울특별시교육청과학전시관남산분관점(24시간 무인결제 병행 운영 점포)"
LONG_ADDRESS = "서울특별시 용산구 소월로 99-12, 남산과학관 별관 지하 1층 101호 (후암동, 남산그린빌딩)" + "가" * 60


@pytest.fixture
async def furnished(service: Service, police: Police, pool: Pool) -> dict[str, str]:
    """Something on every page, some of it long: ids by the word that stands for them in a path."""
    await pool.execute(
        "UPDATE stores SET name = $1, road_address = $2, entrance_note = $2 WHERE code = 'S-000001'",
        LONG_NAME,
        LONG_ADDRESS,
    )
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    press_id = await button.press(battery_pct=9)
    alarm_id = (await button.receipt(press_id, "delivered"))["alarm_id"]
    await button.send_raw("press", b"\xff\xfe not JSON " + b"x" * 300)
    await button.stop()
    store_id = await pool.fetchval("SELECT id FROM stores WHERE code = 'S-000001'")
    await pool.execute(
        "INSERT INTO faults (kind, subject, detail) VALUES ('button_silent', 'button-2', $1)", LONG_ADDRESS
    )
    return {"ALARM": alarm_id, "STORE": str(store_id)}


async def _visit(page: Page, path: str, ids: dict[str, str]) -> None:
    for word, found in ids.items():
        path = path.replace(word, found)
    await page.goto(path)
    await expect(page.locator("main h1")).to_have_count(1)
    await page.wait_for_load_state("load")
    await expect(page.locator("#lost")).to_be_hidden()


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(360, "light", "ko"), (360, "dark", "en"), (1920, "dark", "ko")]
)
async def test_no_page_scrolls_sideways_and_axe_finds_nothing_serious(
    furnished: dict[str, str], open_page: Open, width: int, theme: str, language: str
) -> None:
    page = await open_page(role="admin", width=width, theme=theme, language=language)
    source = AXE.read_text(encoding="utf-8")
    found: list[str] = []
    for path in PAGES:
        await _visit(page, path, furnished)
        await expect(page.locator("main :text('…')").filter(has_text=re.compile("^(Reading|읽는 중)…$"))).to_have_count(
            0
        )
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path} is {wide} px wide")
        if width <= PHONE_PX:
            found += [f"{path} has something too low for a thumb: {low}" for low in await page.evaluate(LOW)]
        await page.evaluate(source)
        report: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{path} {violation['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
            for violation in report["violations"]
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]
    assert found == []


async def test_names_that_are_attacks_are_names(service: Service, police: Police, pool: Pool, open_page: Open) -> None:
    names = [name for name in NAUGHTY if 0 < len(name.strip()) <= 200 and "\x00" not in name]
    names.sort(key=lambda name: "<" not in name)  # those first that would be elements
    await pool.execute("DELETE FROM buttons")
    await pool.execute("DELETE FROM stores")
    await pool.execute(
        """
        INSERT INTO stores (code, name, district, district_code, road_address, entrance_note, lat, lon)
        SELECT store_code(n), name, name, '11350', '동일로 ' || n, name, 37.65, 127.06
        FROM unnest($1::text[]) WITH ORDINALITY AS naughty (name, n)
        """,
        names,
    )
    await pool.execute(
        """
        INSERT INTO buttons (id, label, store_id)
        SELECT 'b-' || lower(code), name, id
        FROM stores
        WHERE code <= store_code(150)
        """
    )
    async with connect(service, ADMIN_KEY) as admin:
        for number in range(1, 151):
            body = {"button_id": f"b-s-{number:06}", "press_id": "once"}
            assert (await admin.post("/v1/presses", json=body)).status_code == 202
    page = await open_page("/")
    page.on("dialog", lambda dialog: pytest.fail(f"a name opened a dialog: {dialog.message}"))
    await expect(page.get_by_role("article")).to_have_count(150)
    shown = await page.locator(".alarm-store").evaluate_all("nodes => nodes.map((node) => node.textContent)")
    assert set(shown) == set(names[:150])
    for path in (
        "/stores",
        "/alarms",
        f"/stores/{await pool.fetchval('SELECT id FROM stores WHERE code = store_code(1)')}",
    ):
        await page.goto(path)
        await expect(page.locator("main h1")).to_have_count(1)
        await expect(page.locator("tbody tr").first).to_be_visible()
        for _ in range(12):
            more = page.get_by_role("button", name="Show more")
            await expect(page.locator(".more button:disabled:visible")).to_have_count(0)
            if not await more.first.is_visible():
                break
            await more.first.click()
        assert (
            await page.evaluate("document.querySelectorAll('main script, main iframe, main img, main svg').length") == 0
        )

"""The board, as somebody looks at it at three in the morning."""

import re
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.console.conftest import Open
from tests.service import Service, until

SOON = 1000  # ms


async def _button(service: Service, button_id: str) -> Button:
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    return button


async def test_a_press_shows_without_a_reload_and_is_acknowledged_there_and_the_police_learn_it(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    page = await open_page("/")
    await expect(page.get_by_text("No alarm is waiting")).to_be_visible()
    button = await _button(service, "button-3")
    await button.press()
    card = page.get_by_role("article")
    await expect(card).to_be_visible(timeout=SOON)
    await expect(card.get_by_role("heading")).to_have_text("가게 3")
    await expect(card).to_contain_text("서울특별시 노원구 동일로 3")
    await expect(card.get_by_role("link", name="Call 02-716-0302")).to_have_attribute("href", "tel:+8227160302")
    await expect(card).to_contain_text("Presses: 1")
    await expect(card).to_contain_text(re.compile(r"delivered in [\d.]+ m?s"))
    await expect(page.get_by_text("No alarm is waiting")).to_be_hidden()
    await expect(page.locator("#spoken")).to_have_text("New alarm: 가게 3")
    await expect(card.get_by_role("timer")).to_have_text(re.compile(r"00:0[2-9]"))  # it counts
    await button.press()
    await expect(card).to_contain_text("Presses: 2")

    await card.get_by_role("button", name="Acknowledge the alarm of 가게 3").click()
    await expect(card).to_contain_text("Acknowledged by operator desk")
    await expect(page.get_by_text("No alarm is waiting")).to_be_visible()
    told = await police.expects("alarm.acknowledged", store="S-000003")
    assert told.alarm["state"] == "acknowledged"
    assert await pool.fetchval("SELECT acknowledged_by FROM alarms") == "operator desk"
    await button.stop()


async def test_a_board_that_hears_nothing_says_so_and_catches_up(
    service: Service, police: Police, open_page: Open
) -> None:
    page = await open_page("/", complaints=True)
    lost = page.get_by_role("alert").filter(has_text="Connection lost")
    await expect(page.get_by_text("No alarm is waiting")).to_be_visible()
    await expect(lost).to_be_hidden()
    service.settings["http_port"] = urlsplit(service.url).port
    button = await _button(service, "button-1")
    await service.stop()
    await expect(lost).to_be_visible()
    await expect(page).to_have_title(re.compile("Connection lost"))
    await button.press()
    await service.restart()
    await expect(lost).to_be_hidden()
    await expect(page.get_by_role("article").get_by_role("heading")).to_have_text("가게 1")
    await button.stop()


async def test_alarms_that_nobody_takes_and_that_nobody_can_place_stand_out(
    service: Service, police: Police, open_page: Open
) -> None:
    police.behaviour = Behaviour(fail=503)
    page = await open_page("/")
    here, somewhere = await _button(service, "button-2"), await _button(service, "stranger")
    await here.press()
    await somewhere.press()
    await expect(page.get_by_role("article").filter(has_text="가게 2")).to_contain_text("failing")
    lost = page.get_by_role("article").filter(has_text="Button of unknown place")
    await expect(lost).to_contain_text("stranger is in no store")
    await expect(page.get_by_role("heading", level=2).filter(has_text="2 waiting")).to_be_visible()
    await here.stop()
    await somewhere.stop()


async def test_who_may_only_look_is_not_offered_to_acknowledge(
    service: Service, police: Police, open_page: Open
) -> None:
    viewer, station = await open_page("/", role="viewer"), await open_page("/", role="police")
    button = await _button(service, "button-4")
    await button.press()
    for page, offered in ((viewer, 0), (station, 1)):
        await expect(page.get_by_role("article")).to_be_visible()
        await expect(page.get_by_role("button", name="Acknowledge the alarm")).to_have_count(offered)
    await button.stop()


async def test_other_pages_tell_of_what_burns(service: Service, police: Police, open_page: Open) -> None:
    page = await open_page("/stores")
    button = await _button(service, "button-5")
    await button.press()
    await expect(page.get_by_role("link", name="Alarms waiting: 1")).to_be_visible()
    await page.get_by_role("link", name="Alarms waiting: 1").click()
    await expect(page.get_by_role("article")).to_contain_text("가게 5")
    await button.stop()


async def test_the_status_line_has_all_that_must_live_and_leads_to_where_one_mends_it(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    service.settings["canary_interval_s"] = 5
    await service.restart()
    page = await open_page("/", role="admin")
    line = page.get_by_role("list", name="State of the system")
    for text, href in (
        ("Database", "/faults"),
        ("Broker", "/faults"),
        ("Outbox", "/deliveries?state=pending"),
        ("Canary", "/faults"),
        ("0 buttons silent", "/buttons?supervision=silent"),
        ("Battery low 0", "/buttons?low_battery=true"),
        ("Endpoint failing 0", "/endpoints"),
    ):
        await expect(line.get_by_role("link").filter(has_text=text)).to_have_attribute("href", href)
    await pool.execute("INSERT INTO button_health (button_id, last_seen_at, battery_pct) VALUES ('button-2', now(), 4)")
    await until(pool, "EXISTS (SELECT 1 FROM faults WHERE kind = 'battery_low')")
    await page.reload()
    await expect(line.get_by_role("link").filter(has_text="▲ Battery low 1")).to_be_visible()
    viewer = await open_page("/", role="viewer")
    await expect(viewer.get_by_role("link").filter(has_text="Endpoint failing")).to_have_attribute("href", "/faults")


async def test_sound_is_armed_by_a_button(open_page: Open) -> None:
    page = await open_page("/")
    button = page.get_by_role("button", name="Switch sound on")
    await button.click()
    await expect(page.get_by_role("button", name="Sound is on")).to_have_attribute("aria-pressed", "true")


async def test_language_and_theme_are_chosen_and_kept(open_page: Open) -> None:
    page = await open_page("/")
    await page.get_by_role("button", name="한국어").click()
    await expect(page.locator("html")).to_have_attribute("lang", "ko")
    await expect(page.get_by_text("대기 중인 경보가 없습니다")).to_be_visible()
    await page.get_by_role("button", name="화면: 자동").click()
    await page.get_by_role("button", name="화면: 밝게").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.goto("/alarms")
    await expect(page.get_by_role("heading", name="경보 기록")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_an_alarm_is_followed_to_its_end_on_its_own_page(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    button = await _button(service, "button-6")
    await button.press(battery_pct=64)
    await police.expects("alarm.opened")
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'delivered')")
    page = await open_page("/")
    await page.get_by_role("link", name="Details").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("가게 6")
    timeline = page.get_by_role("listitem")
    await expect(timeline.filter(has_text="Opened").first).to_contain_text(re.compile(r"\d\d:\d\d:\d\d\.\d{3}"))
    await expect(timeline.filter(has_text="battery 64 %")).to_be_visible()
    await expect(page.get_by_text("1 attempts")).to_be_visible()

    await _step(page, "Note", {"Note": "불이 켜져 있음"})
    await expect(timeline.filter(has_text="불이 켜져 있음")).to_be_visible()
    await _step(page, "Reject", {"Reason": "우리 관할이 아님"})
    await expect(timeline.filter(has_text="우리 관할이 아님")).to_be_visible()
    await _step(page, "Acknowledge", {"Reference": "112-4711"})
    await expect(page.locator("dd").filter(has_text="112-4711")).to_contain_text("operator desk")
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("dialog").get_by_label("What it turned out to be").select_option("false")
    await page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    await expect(page.get_by_text("Closed · False").first).to_be_visible()
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    assert await pool.fetchval("SELECT disposition FROM alarms") == "false"
    await police.expects("alarm.closed")
    await button.stop()


async def _step(page: Page, name: str, entries: dict[str, str]) -> None:
    await page.get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    for label, text in entries.items():
        await dialog.get_by_label(label, exact=True).fill(text)
    await dialog.get_by_role("button", name=name, exact=True).click()
    await expect(dialog).to_be_hidden()

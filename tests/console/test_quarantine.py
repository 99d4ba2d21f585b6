"""The quarantine, as an operator looks through it: nothing, or a press that only looked odd."""

import re

from playwright.async_api import expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.console.conftest import Open
from tests.service import Service, until

ODD = b'{"press_id": "p1", "kind": "<img src=x onerror=alert(1)>"}'


async def _send(service: Service, pool: Pool, button_id: str, payload: bytes) -> None:
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    await button.send_raw("press", payload)
    await until(pool, "EXISTS (SELECT 1 FROM quarantine)")
    await button.stop()


async def test_an_odd_press_of_a_known_button_is_made_an_alarm_at_its_store(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await _send(service, pool, "button-3", ODD)
    page = await open_page("/quarantine")
    row = page.locator("tbody tr")
    await expect(row).to_contain_text("The kind of the press is unknown")
    await expect(row).to_contain_text("alarmd/v1/buttons/button-3/press")
    await expect(row.locator("pre").first).to_have_text(ODD.decode())
    await row.get_by_text("Hexadecimal").click()
    await expect(row.locator("pre").nth(1)).to_contain_text("7b 22 70 72 65 73 73 5f")
    await row.get_by_role("button", name="Make it an alarm").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Chosen: 가게 3")
    await expect(dialog.get_by_label("Button", exact=True)).to_have_value("button-3")
    await dialog.get_by_label("Note").fill("점주와 통화함")
    await dialog.get_by_role("button", name="Make it an alarm").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("가게 3")
    await expect(page.get_by_role("listitem").filter(has_text="operator desk").first).to_contain_text("점주와 통화함")
    await expect(page.get_by_text("Arrived late by")).to_be_visible()
    await police.expects("alarm.opened", store="S-000003")
    await page.goto("/quarantine")
    await expect(page.get_by_text("Nothing is in quarantine")).to_be_visible()
    await page.get_by_label("State").select_option("true")
    await expect(row).to_contain_text("Made an alarm by operator desk")
    await expect(row.get_by_role("link", name="Alarm")).to_have_attribute("href", re.compile("^/alarms/"))


async def test_where_nobody_knows_the_button_a_store_is_chosen(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await _send(service, pool, "stranger", b"\xff\x00help")
    page = await open_page("/quarantine")
    await page.get_by_role("button", name="Make it an alarm").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Make it an alarm").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Choose the store where it was pressed.")
    await dialog.get_by_role("searchbox").fill("가게 7")
    await dialog.get_by_role("radio").first.check()
    await expect(dialog.get_by_label("Button", exact=True).get_by_role("option")).to_have_text(["Unknown", "button-7"])
    await expect(dialog.get_by_label("Button", exact=True)).to_have_value("")
    await dialog.get_by_role("button", name="Make it an alarm").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("가게 7")
    await expect(page.locator("dd").filter(has_text="Unknown")).to_be_visible()
    await police.expects("alarm.opened", store="S-000007")


async def test_what_is_no_press_is_dismissed_with_a_reason(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await _send(service, pool, "button-1", b"[]")
    page = await open_page("/quarantine")
    await page.get_by_role("button", name="Dismiss").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why").fill("설치 시험")
    await dialog.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text("Nothing is in quarantine")).to_be_visible()
    await page.get_by_label("State").select_option("true")
    await expect(page.locator("tbody tr")).to_contain_text("설치 시험")
    await expect(page.locator("tbody tr")).to_contain_text("Dismissed by operator desk")
    assert await pool.fetchval("SELECT dismiss_reason FROM quarantine") == "설치 시험"


async def test_who_dismisses_what_somebody_made_an_alarm_is_told_who_it_was(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await _send(service, pool, "button-4", ODD)
    slow, quick = await open_page("/quarantine", complaints=True), await open_page("/quarantine", role="admin")
    await slow.get_by_role("button", name="Dismiss").click()
    await slow.get_by_role("dialog").get_by_label("Why").fill("시험")
    await quick.get_by_role("button", name="Make it an alarm").click()
    await quick.get_by_role("dialog").get_by_role("button", name="Make it an alarm").click()
    await expect(quick.get_by_role("heading", level=1)).to_have_text("가게 4")
    await slow.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    await expect(slow.get_by_role("dialog").get_by_role("alert")).to_contain_text("admin desk made alarm A-")
    await slow.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(slow.get_by_text("Nothing is in quarantine")).to_be_visible()
    await expect(slow.locator("tbody tr")).to_have_count(0)

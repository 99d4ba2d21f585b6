"""One alarm, and what is owed of it, as an operator deals with both."""

import re

from playwright.async_api import Page, Route, expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.console.conftest import Open
from tests.service import Service, until


async def _press(service: Service, button_id: str) -> str:
    """Press; the alarm's id."""
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    alarm_id: str = (await button.receipt(await button.press(), "recorded"))["alarm_id"]
    await button.stop()
    return alarm_id


async def _step(page: Page, name: str, entries: dict[str, str]) -> None:
    await page.get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    for label, text in entries.items():
        await dialog.get_by_label(label, exact=True).fill(text)
    await dialog.get_by_role("button", name=name, exact=True).click()


async def test_an_alarm_that_is_not_over_is_reopened_with_a_reason(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    alarm_id = await _press(service, "button-1")
    page = await open_page(f"/alarms/{alarm_id}")
    await expect(page.get_by_role("button", name="Reopen")).to_have_count(0)
    await _step(page, "Close", {"Note": "오경보로 보임"})
    await expect(page.get_by_text("Closed · Actual").first).to_be_visible()
    for name in ("Acknowledge", "Reject", "Close"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    await _step(page, "Reopen", {"Why it is not over": "신고자와 통화: 아직 위험"})
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_be_visible()
    reopened = page.get_by_role("listitem").filter(has_text="Opened again").filter(has_text="operator desk")
    await expect(reopened).to_contain_text("아직 위험")
    await expect(reopened).to_contain_text("before: Closed")
    await police.expects("alarm.reopened")
    assert await pool.fetchval("SELECT state FROM alarms") == "open"


async def test_who_acknowledges_second_is_told_who_was_first(service: Service, police: Police, open_page: Open) -> None:
    alarm_id = await _press(service, "button-2")
    page, station = (
        await open_page(f"/alarms/{alarm_id}", complaints=True),
        await open_page(f"/alarms/{alarm_id}", role="police"),
    )
    await page.get_by_role("button", name="Acknowledge", exact=True).click()
    await _step(station, "Acknowledge", {"By": "김경위"})
    await expect(station.get_by_role("dialog")).to_be_hidden()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("was acknowledged by 김경위")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(page.locator("dd").filter(has_text="김경위")).to_be_visible()
    await expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)


async def test_a_delivery_is_given_up_with_a_reason_and_taken_up_again_in_place(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    police.behaviour = Behaviour(fail=503)
    alarm_id = await _press(service, "button-3")
    await until(pool, "EXISTS (SELECT 1 FROM attempts)")
    page = await open_page(f"/alarms/{alarm_id}")
    owed = page.locator(".owed")
    await expect(owed).to_contain_text("Next try")
    await _step(page, "Give up", {"Why it is given up": "전화로 알림"})
    await expect(owed).to_contain_text("Given up")
    await expect(owed).to_contain_text("operator desk: 전화로 알림")
    await expect(page.get_by_role("listitem").filter(has_text="Delivery given up")).to_contain_text("전화로 알림")
    police.behaviour = Behaviour()
    await owed.get_by_role("button", name="Send again").click()
    await police.expects("alarm.opened", store="S-000003")
    await expect(owed).to_contain_text("✓ Delivered")


async def test_deliveries_are_found_by_state_endpoint_and_alarm(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    police.behaviour = Behaviour(fail=503)
    for button_id in ("button-4", "button-5"):
        alarm_id = await _press(service, button_id)
    await until(pool, "(SELECT count(*) FROM deliveries WHERE attempts > 0) = 2")
    page = await open_page("/deliveries")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(2)
    await rows.first.get_by_text("attempts").click()
    await expect(rows.first.get_by_role("listitem").first).to_contain_text(re.compile(r"503 · \d+ ms"))
    reference = await pool.fetchval("SELECT reference FROM alarms WHERE id = $1", alarm_id)
    await page.get_by_role("button", name=reference).click()
    await expect(rows).to_have_count(1)
    await expect(page.get_by_label("Alarm", exact=True)).to_have_value(alarm_id)
    await page.get_by_label("State").select_option("delivered")
    await expect(page.get_by_text("There is no such delivery")).to_be_visible()
    await page.get_by_label("Alarm", exact=True).select_option("")
    await page.get_by_label("State").select_option("")
    await page.get_by_role("button", name="police").first.click()
    await expect(rows).to_have_count(2)
    await page.goto(f"/alarms/{alarm_id}")
    await page.locator(".head").get_by_role("link", name="Deliveries").click()
    await expect(rows).to_have_count(1)
    await _step(page, "Give up", {"Why it is given up": "중복"})
    await expect(rows).to_contain_text("operator desk: 중복")


async def test_whoever_is_logged_out_meanwhile_is_asked_to_log_in_and_nothing_breaks(
    service: Service, open_page: Open
) -> None:
    alarm_id = await _press(service, "button-1")
    page = await open_page(f"/alarms/{alarm_id}", complaints=True)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    asked: list[str] = []

    async def stay(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(status=204)  # a page stays where it is, and what breaks on it is still seen

    await page.route("**/login?*", stay)
    await page.context.clear_cookies()
    async with page.expect_response(lambda response: response.status == 401 and alarm_id in response.url):
        await _press(service, "button-1")  # the page, which still has its stream, looks at its alarm again
    await page.wait_for_timeout(200)
    assert errors == []
    assert set(asked) == {f"{service.url}/login?next=%2Falarms%2F{alarm_id}"}

"""The page Practice: an administrator presses a button from afar and watches the press travel."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from alarmd.console.language import load_words
from alarmd.db.pool import Pool
from simulators.police import Behaviour, Police
from tests.console.conftest import Open
from tests.service import Service

MILLISECONDS = re.compile(r"\+[\d.]+ m?s")


async def _choose(page: Page, name: str) -> None:
    await page.get_by_role("searchbox").fill(name)
    await page.get_by_role("radio", name=re.compile(f"{name} ")).check()


def _stage(page: Page, name: str) -> Locator:
    return page.locator(f'[data-stage="{name}"]')


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_press_is_watched_from_the_click_to_the_acknowledgement(
    service: Service, police: Police, open_page: Open, pool: Pool, language: str
) -> None:
    words = load_words()[language]
    page = await open_page("/practice", role="admin", language=language)
    await _choose(page, "가게 3")
    await expect(page.get_by_text(words["practice.told"].format(names="police"))).to_be_visible()
    await page.get_by_role("button", name=words["practice.press"]).click()
    for stage in ("recorded", "delivered"):
        await expect(_stage(page, stage)).to_have_class("done")
        await expect(_stage(page, stage)).to_contain_text(MILLISECONDS)
    await expect(_stage(page, "delivered")).to_contain_text("police")
    await expect(_stage(page, "recorded")).to_contain_text(words["journey.recorded"])
    await expect(_stage(page, "acknowledged")).to_have_class("waiting")
    alert = await police.expects("alarm.opened", store="S-000003")
    assert alert.alarm["kind"] == "test"

    await page.get_by_role("button", name=words["acknowledge"]).click()
    await expect(_stage(page, "acknowledged")).to_have_class("done")
    await expect(_stage(page, "acknowledged")).to_contain_text("admin desk")
    await expect(_stage(page, "acknowledged")).to_contain_text(MILLISECONDS)
    await page.get_by_role("button", name=words["practice.close"]).click()
    await expect(page.locator("main").get_by_text(words["state.closed"], exact=True).first).to_be_visible()
    assert await pool.fetchval("SELECT disposition FROM alarms") == "test"
    assert await pool.fetchval("SELECT who FROM audit WHERE what = 'store.practised'") == "admin desk"
    await page.reload()
    await expect(page.get_by_text(words["practice.told"].format(names="police"))).to_be_visible()  # the store is kept


async def test_it_is_seen_when_the_police_acknowledge_by_themselves_and_when_they_fail(
    service: Service, police: Police, open_page: Open
) -> None:
    page = await open_page("/practice", role="admin")
    police.behaviour = Behaviour(fail=503)
    await _choose(page, "가게 4")
    await page.get_by_role("button", name="Press it").click()
    await expect(_stage(page, "delivered")).to_have_class("failing")
    police.behaviour = Behaviour(acknowledge_in_response=True)
    await expect(_stage(page, "delivered")).to_have_class("done")
    await expect(_stage(page, "acknowledged")).to_have_class("done")


async def test_a_second_press_that_joins_says_so(service: Service, police: Police, open_page: Open) -> None:
    page = await open_page("/practice", role="admin")
    await _choose(page, "가게 5")
    for _ in range(2):
        await page.get_by_role("button", name="Press it").click()
        await expect(_stage(page, "delivered")).to_have_class("done")
    await expect(page.get_by_text("joined a test alarm that was open already")).to_be_visible()
    await police.expects("alarm.repeated", store="S-000005")


async def test_where_nobody_takes_tests_it_says_what_would_come_of_it(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await pool.execute("UPDATE endpoints SET accepts_tests = false")
    page = await open_page("/practice", role="admin")
    await _choose(page, "가게 6")
    await expect(page.get_by_text("No endpoint accepts tests of this store.")).to_be_visible()
    await expect(page.locator("main").get_by_role("link", name="Endpoints")).to_have_attribute("href", "/endpoints")
    await page.get_by_role("button", name="Press it").click()
    await expect(_stage(page, "recorded")).to_have_class("done")
    await expect(_stage(page, "delivered")).to_contain_text("Nobody accepts tests")


async def test_a_store_without_a_button_is_given_one_for_practice(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    await pool.execute("DELETE FROM buttons WHERE id = 'button-7'")
    page = await open_page("/practice", role="admin")
    await _choose(page, "가게 7")
    await page.get_by_role("button", name="Enrol a button for practice").click()
    await expect(page.get_by_label("Button", exact=True)).to_contain_text(
        "For practice (no device) · practice-s-000007"
    )
    await page.get_by_role("button", name="Press it").click()
    await expect(_stage(page, "delivered")).to_have_class("done")
    row = await pool.fetchrow("SELECT silent_after_s, label FROM buttons WHERE id = 'practice-s-000007'")
    assert row is not None
    assert tuple(row) == (None, "For practice (no device)")


async def test_only_administrators_see_the_page(open_page: Open) -> None:
    page = await open_page("/", role="operator", complaints=True)  # of the 403
    await expect(page.get_by_role("link", name="Reports")).to_be_visible()
    await expect(page.get_by_role("link", name="Practice")).to_have_count(0)
    answer = await page.goto("/practice")
    assert answer is not None
    assert answer.status == 403

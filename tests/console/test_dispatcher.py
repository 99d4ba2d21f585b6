"""The board for whoever sits before it at three in the morning: heard, seen, read out, and worked by keys alone."""

import re

from playwright.async_api import Browser, Page, expect

from alarmd.db import enrolment, keys
from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.console.conftest import Open
from tests.service import Service

# Notes what a page sounds, and lets it sound.
EAR = """
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  const { dataset } = document.documentElement;
  dataset.tones = `${dataset.tones ?? ""} ${this.frequency.value}`.trim();
  return start.call(this, at);
};
"""


async def _press(service: Service, button_id: str, kind: str = "panic") -> None:
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    await button.receipt(await button.press(kind), "recorded")
    await button.stop()


async def test_somebody_who_has_never_seen_it_acknowledges_an_alarm(
    browser: Browser, service: Service, police: Police, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        _, secret = await keys.create(connection, name="새벽 근무", role="operator")
    await _press(service, "button-7")
    context = await browser.new_context(locale="ko-KR")
    page = await context.new_page()
    await page.goto(service.url)
    await page.get_by_label("API 키").fill(secret)
    await page.get_by_role("button", name="로그인").click()
    await expect(page.get_by_role("heading", name="확인을 기다리는 경보 1건")).to_be_visible()
    await expect(page.get_by_role("heading", name="가게 7")).to_be_visible()
    await page.get_by_text("확인 (접수)", exact=True).click()
    await expect(page.get_by_text("새벽 근무 확인")).to_be_visible()
    await expect(page.get_by_text("대기 중인 경보가 없습니다")).to_be_visible()
    await police.expects("alarm.acknowledged", store="S-000007")
    await context.close()


async def test_a_new_alarm_is_heard_and_stands_in_the_title(service: Service, police: Police, open_page: Open) -> None:
    page = await open_page("/")
    await page.add_init_script(EAR)
    await page.reload()
    await page.get_by_role("button", name="Switch sound on").click()
    heard = page.locator("html")
    await expect(heard).to_have_attribute("data-tones", "880")  # so that one knows that it is heard
    await _press(service, "button-1")
    await expect(heard).to_have_attribute("data-tones", "880" + " 988 740" * 4)
    await expect(page).to_have_title(re.compile("Alarms waiting: 1"))
    await expect(page).to_have_title(re.compile("Board"))  # by turns, which is seen in a row of tabs
    await _press(service, "button-2", kind="test")  # told from the real thing with closed eyes
    await expect(heard).to_have_attribute("data-tones", "880" + " 988 740" * 4 + " 660")


async def test_sound_that_was_armed_stays_armed_on_the_next_page(open_page: Open) -> None:
    page = await open_page("/")
    await page.get_by_role("button", name="Switch sound on").click()
    await page.get_by_role("link", name="Alarms", exact=True).click()
    await expect(page.get_by_role("heading", name="Alarms")).to_be_visible()
    await page.keyboard.press("Shift")  # a browser may want a touch of each page
    await page.get_by_role("button", name="Sound is on").click()
    await page.reload()
    await page.keyboard.press("Shift")
    await expect(page.get_by_role("button", name="Switch sound on")).to_be_visible()


async def test_who_wants_less_motion_gets_none(service: Service, police: Police, open_page: Open) -> None:
    page = await open_page("/")
    await page.emulate_media(reduced_motion="reduce")
    await page.clock.install()
    await page.reload()
    await expect(page.get_by_text("No alarm is waiting")).to_be_visible()
    await _press(service, "button-1")
    await expect(page.locator(".alarm.fresh")).to_be_visible()
    await expect(page.locator(".pulse")).to_have_count(1)
    assert await page.evaluate("document.getAnimations().length") == 0
    titles = set()
    for _ in range(4):
        await page.clock.run_for(700)
        titles.add(await page.title())
    assert titles == {"● Alarms waiting: 1"}


async def test_each_new_alarm_is_read_out_even_if_it_sounds_like_the_last(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    page = await open_page("/")
    spoken = page.locator("#spoken[aria-live=assertive] p")
    await _press(service, "button-3")
    await expect(spoken).to_have_text("New alarm: 가게 3")
    await spoken.evaluate("(words) => { words.dataset.read = 'yes' }")
    async with pool.acquire() as connection:
        await enrolment.part_from_earlier_alarms(connection)
    await _press(service, "button-3")
    await expect(page.locator("#spoken p:not([data-read])")).to_have_text("New alarm: 가게 3")


async def test_the_keyboard_is_at_the_newest_alarm_at_once_and_never_acknowledges_by_itself(
    service: Service, police: Police, open_page: Open
) -> None:
    page = await open_page("/")
    await _press(service, "button-4")
    await _press(service, "button-5")
    await expect(page.get_by_role("heading", name="2 waiting")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Go to the newest alarm")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Acknowledge the alarm of 가게 5")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article").filter(has_text="가게 5")).to_contain_text("Acknowledged by")
    await expect(page.get_by_role("heading", name="1 waiting")).to_be_focused()
    await page.keyboard.press("Enter")  # pressed once too often
    await _reach(page, "Acknowledge the alarm of 가게 4")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No alarm is waiting")).to_be_visible()
    await expect(page.get_by_role("article").filter(has_text="가게 4")).to_be_focused()


async def _reach(page: Page, name: str) -> None:
    """Go on by Tab to a button: past the telephone, and no further."""
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name=name)).to_be_focused()


async def test_from_the_board_to_the_buttons_that_are_silent(service: Service, open_page: Open, pool: Pool) -> None:
    await pool.execute("UPDATE buttons SET supervised_from = now() - interval '30 days' WHERE id = 'button-8'")
    page = await open_page("/")
    await page.get_by_role("link", name="1 buttons silent").click()
    await expect(page.get_by_label("State")).to_have_value("silent")
    await expect(page.get_by_role("row").filter(has_text="button-8")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)

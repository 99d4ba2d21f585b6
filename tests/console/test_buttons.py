"""The buttons at the console: heard, enrolled, understood, replaced, removed; and messages of unknown devices read."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from playwright.async_api import expect

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.bought import SOS, Bridge, a_bridge, until_heard
from tests.console.conftest import Open
from tests.service import Service, until

SOON = 15_000  # the page looks every three seconds


@pytest.fixture
async def service(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Service]:
    """One that listens to buttons of all makers."""
    service = Service(database, broker, police.url, secret, dialects="all")
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def bridge(service: Service, broker: str) -> AsyncIterator[Bridge]:
    async with a_bridge(broker) as bridge:
        yield bridge


async def _heard(bridge: Bridge, pool: Pool, name: str = SOS) -> str:
    await bridge.says(f"zigbee2mqtt/{name}", {"action": "single", "battery": 88, "linkquality": 120})
    await until_heard(
        pool, f"EXISTS (SELECT FROM devices d JOIN button_health h ON h.button_id = d.id WHERE d.id = '{name.lower()}')"
    )
    return name.lower()


async def test_a_button_that_was_heard_is_enrolled_from_its_store_in_two_clicks(
    bridge: Bridge, open_page: Open, pool: Pool
) -> None:
    heard = await _heard(bridge, pool)
    store_id = await pool.fetchval("SELECT id FROM stores WHERE code = 'S-000004'")
    page = await open_page(f"/stores/{store_id}")
    await page.get_by_role("link", name="Enrol a button that was heard").click()
    await expect(page.get_by_text("Enrolling at 가게 4.")).to_be_visible()
    row = page.locator("tbody tr").filter(has_text=heard)
    await expect(row).to_contain_text("LQI 120")
    await expect(row).to_contain_text("88 %")
    await expect(row).to_contain_text("zigbee2mqtt")
    await row.get_by_role("button", name="Enrol here").click()
    await expect(row).to_have_count(0)
    assert await pool.fetchval("SELECT store_id FROM buttons WHERE id = $1", heard) == store_id


async def test_a_button_that_is_pressed_comes_to_the_page_by_itself_and_is_enrolled_at_a_store(
    bridge: Bridge, open_page: Open, pool: Pool
) -> None:
    page = await open_page("/buttons")
    await page.get_by_role("link", name="Heard, not enrolled").click()
    await expect(page.get_by_text("Nothing was heard that is not enrolled")).to_be_visible()
    heard = await _heard(bridge, pool)
    row = page.locator("tbody tr").filter(has_text=heard)
    await expect(row).to_be_visible(timeout=SOON)
    await row.get_by_role("button", name="Enrol").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill("가게 9")
    await dialog.get_by_role("radio").first.check()
    await dialog.get_by_role("button", name="Enrol a button").click()
    await expect(row).to_have_count(0)
    await page.goto("/buttons")
    await expect(page.locator("tbody tr").filter(has_text=heard).get_by_role("link", name="가게 9")).to_be_visible()


async def test_what_pressing_a_bought_button_means_is_said_in_rules(
    bridge: Bridge, open_page: Open, pool: Pool
) -> None:
    heard = await _heard(bridge, pool)
    await pool.execute("INSERT INTO buttons (id, dialect) VALUES ($1, 'zigbee2mqtt')", heard)
    page = await open_page("/buttons?q=sos")
    await page.get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog")
    for event, meaning in (("long", "calls the police"), ("*", "does nothing")):
        await dialog.get_by_role("button", name="Add a rule").click()
        await dialog.get_by_label("Event").last.fill(event)
        await dialog.get_by_label("Meaning").last.select_option(label=meaning)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    assert await pool.fetchval("SELECT profile FROM buttons WHERE id = $1", heard) == {"long": "panic", "*": "nothing"}
    await page.get_by_role("button", name="Assign").click()
    await expect(dialog.get_by_label("Event")).to_have_count(2)
    await dialog.get_by_role("button", name="Remove the rule").first.click()
    await dialog.get_by_role("button", name="Save").click()
    await until(pool, f"(SELECT profile FROM buttons WHERE id = '{heard}') = '{{\"*\": \"nothing\"}}'")
    await page.goto("/buttons?q=button-1")  # one of alarmd's own says itself what it means
    await page.get_by_role("button", name="Change").first.click()
    await expect(dialog.get_by_label("Label")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Add a rule")).to_have_count(0)


async def test_a_broken_button_is_replaced_by_one_that_was_pressed(bridge: Bridge, open_page: Open, pool: Pool) -> None:
    heard = await _heard(bridge, pool, "spare")
    page = await open_page("/buttons?q=button-7")
    await page.get_by_role("button", name="Replace").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("New button").focus()
    await expect(page.locator(f"#candidates option[value='{heard}']")).to_have_count(1)
    await dialog.get_by_label("New button").fill(heard)
    await dialog.get_by_role("button", name="Replace").click()
    await expect(page.get_by_text("spare has taken the place of button-7")).to_be_visible()
    await expect(page.locator("tbody tr").filter(has_text="by spare")).to_contain_text("Revoked")
    code = "SELECT s.code FROM buttons b JOIN stores s ON s.id = b.store_id WHERE b.id = 'spare'"
    assert await pool.fetchval(code) == "S-000007"


async def test_how_long_a_button_may_be_silent_is_set_and_a_button_is_removed(open_page: Open, pool: Pool) -> None:
    page = await open_page("/buttons?q=button-8")
    await page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Silent after").fill("7200")
    await dialog.get_by_label("Label").fill("계산대 아래")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.locator("tbody tr")).to_contain_text("계산대 아래")
    assert await pool.fetchval("SELECT silent_after_s FROM buttons WHERE id = 'button-8'") == 7200
    await page.get_by_role("button", name="Remove").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("There is no such button")).to_be_visible()


async def test_the_messages_of_an_unknown_device_are_read_by_a_mapping(
    bridge: Bridge, open_page: Open, pool: Pool
) -> None:
    page = await open_page("/mappings", complaints=True)
    await expect(page.get_by_text("There is no mapping")).to_be_visible()
    await page.get_by_role("button", name="Add a mapping").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("seocho keys")
    await dialog.get_by_label("Topic").fill("alarmd/no")
    await dialog.get_by_label("Fields").fill("button_id = {store}/{number}\nevent = /action")
    await dialog.get_by_label("Events").fill("1 = single")
    await dialog.get_by_role("button", name="Add a mapping").click()
    await expect(dialog.locator(".fault, [role=alert]").filter(visible=True).first).to_be_visible()
    await dialog.get_by_label("Topic").fill("shop/{store}/keys/{number}")
    await dialog.get_by_role("button", name="Add a mapping").click()
    row = page.locator("tbody tr").filter(has_text="seocho keys")
    await expect(row).to_contain_text("event = /action")
    for _ in range(20):  # until the broker lets alarmd hear of it
        await bridge.says("shop/7/keys/2", {"action": "1"})
        with suppress(TimeoutError):
            await until_heard(pool, "EXISTS (SELECT FROM devices WHERE id = '7/2')", 0.5)
            break
    assert await pool.fetchval("SELECT events -> 0 ->> 'event' FROM devices WHERE id = '7/2'") == "single"
    await row.get_by_role("button", name="Remove").click()
    await dialog.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("There is no mapping")).to_be_visible()

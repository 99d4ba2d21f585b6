"""Endpoints, as an administrator keeps them: made, tried, paused, given a new secret; and who is served by nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from alarmd import clock
from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Behaviour, Police
from tests.console.conftest import Open
from tests.receiver import Receiver
from tests.service import Service, until

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


async def test_an_endpoint_is_made_tried_and_given_a_new_secret(
    service: Service, police: Police, open_page: Open, receiver: Receiver, pool: Pool
) -> None:
    page = await open_page("/endpoints", role="admin")
    await page.get_by_role("button", name="Add an endpoint").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("중랑서")
    await dialog.get_by_label("URL").fill(receiver.url)
    await dialog.get_by_label("Format").select_option("cap")
    await dialog.get_by_label("Districts", exact=True).fill("중랑구\n11350")
    await dialog.get_by_label("Position").fill("2")
    await dialog.get_by_label("Escalate when untaken").fill("20")
    await dialog.get_by_label("Escalate when unacknowledged").fill("90")
    await dialog.get_by_role("button", name="Add an endpoint").click()
    receiver.secret = await _secret(page)
    row = page.locator("tbody tr").filter(has_text="중랑서")
    await expect(row).to_contain_text("중랑구, 노원구")
    await expect(row).to_contain_text("CAP 1.2")
    await expect(row).to_contain_text("after 20 s untaken, 90 s unacknowledged")
    made = await pool.fetchrow("SELECT * FROM endpoints WHERE name = '중랑서'")
    assert made is not None
    assert (made["districts"], made["accepts_tests"]) == (["11260", "11350"], True)

    receiver.answer = {"said": HOSTILE}
    await row.get_by_role("button", name="Test").click()
    await expect(dialog.get_by_text("It took the test alert")).to_be_visible()
    await expect(dialog).to_contain_text("HTTP 200")
    await expect(dialog.locator("pre")).to_contain_text(HOSTILE)
    await dialog.get_by_role("button", name="Close").click()
    assert receiver.received[0].headers["content-type"].startswith("application/")

    await row.get_by_role("button", name="New secret").click()
    await dialog.get_by_label("The old secret signs as well").select_option("0")
    await dialog.get_by_role("button", name="New secret").click()
    fresh = await _secret(page)
    assert fresh != receiver.secret
    await row.get_by_role("button", name="Test").click()
    await expect(dialog.get_by_text("It did not take the test alert")).to_be_visible()
    await expect(dialog).to_contain_text("HTTP 401")
    await dialog.get_by_role("button", name="Close").click()

    await row.get_by_role("button", name="Change").click()
    await dialog.get_by_label("Accepts tests").uncheck()
    await dialog.get_by_label("Districts", exact=True).fill("")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("No tests")
    await expect(row).to_contain_text("All others")


async def _secret(page: Page) -> str:
    """The secret that is shown once; it can be copied."""
    shown = page.locator(".secret")
    secret = await shown.text_content()
    assert secret is not None
    assert secret.startswith("whsec_")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == secret
    await page.get_by_role("button", name="I have kept it").click()
    await expect(shown).to_have_count(0)
    return secret


async def test_an_endpoint_is_paused_until_a_time_and_resumed(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    page = await open_page("/endpoints", role="admin")
    row = page.locator("tbody tr").filter(has_text="police")
    await row.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Until").fill((clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    await dialog.get_by_label("Reason").fill("서버 점검")
    await dialog.get_by_role("button", name="Pause").click()
    await expect(row).to_contain_text("Paused until")
    await expect(row).to_contain_text("admin desk: 서버 점검")
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.press()
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
    await row.get_by_role("button", name="Resume").click()
    await expect(row.get_by_role("button", name="Pause")).to_be_visible()
    await police.expects("alarm.opened", store="S-000001")
    await button.stop()


async def test_how_an_endpoint_is_stands_beside_it(
    service: Service, police: Police, open_page: Open, pool: Pool
) -> None:
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.press()
    await until(pool, "EXISTS (SELECT 1 FROM deliveries WHERE state = 'delivered')")
    page = await open_page("/endpoints", role="admin")
    row = page.locator("tbody tr").filter(has_text="police")
    await expect(row).to_contain_text("Last took one")
    await expect(row).to_contain_text("Half within")
    police.behaviour = Behaviour(fail=503)
    await button.press()
    await pool.execute(
        """
        INSERT INTO faults (kind, subject, detail)
        VALUES ('endpoint_failing', 'police', 'answered 503')
        ON CONFLICT DO NOTHING
        """
    )
    await until(pool, "EXISTS (SELECT 1 FROM attempts WHERE status = 503)")
    await page.reload()
    await expect(row).to_contain_text("Failing since")
    await expect(row).to_contain_text("answered 503")
    await row.get_by_role("link", name="1 waiting").click()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.get_by_label("State")).to_have_value("pending")
    await button.stop()


async def test_stores_that_nobody_serves_are_named_until_somebody_does(
    service: Service, police: Police, open_page: Open
) -> None:
    page = await open_page("/endpoints", role="admin")
    warning = page.get_by_role("alert").filter(has_text="no endpoint serves")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(warning).to_be_hidden()
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Change").click()
    await dialog.get_by_label("Districts", exact=True).fill("강남구")
    await dialog.get_by_role("button", name="Save").click()
    await expect(warning.get_by_role("listitem")).to_have_count(10)
    await expect(warning.get_by_role("link", name="가게 10")).to_be_visible()
    await page.get_by_role("button", name="Change").click()
    await dialog.get_by_label("Districts", exact=True).fill("강남구\n노원구")
    await dialog.get_by_role("button", name="Save").click()
    await expect(warning).to_be_hidden()


async def test_what_is_wrong_with_an_endpoint_stands_beside_its_field(
    service: Service, police: Police, open_page: Open
) -> None:
    page = await open_page("/endpoints", role="admin", complaints=True)
    await page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Stations and precincts").fill("없는 지구대")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("Stations and precincts")).to_have_attribute("aria-invalid", "true")
    await expect(dialog.locator("#fault-stations")).to_be_visible()

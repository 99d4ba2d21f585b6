"""Logging in through a provider as a person does: in a browser, from one site to another and back."""

from playwright.async_api import Browser, expect

from tests.console.conftest import Serve
from tests.provider import Provider
from tests.service import ADMIN_KEY
from tests.web.conftest import connect


async def test_a_person_logs_in_there_comes_back_here_and_acknowledges_under_their_name(
    browser: Browser, serve: Serve, provider: Provider
) -> None:
    service = await serve()
    async with connect(service, ADMIN_KEY) as admin:
        receipt = await admin.post("/v1/presses", json={"button_id": "button-1", "press_id": "once"})
        alarm = f"/alarms/{receipt.json()['alarm_id']}"
        context = await browser.new_context(base_url=service.url, locale="en-US")
        page = await context.new_page()
        complaints: list[str] = []
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(alarm)
        await page.get_by_role("link", name="Log in with localhost").click()
        await expect(page).to_have_title("Provider")
        await page.get_by_label("Name").fill("minji")
        await page.get_by_role("button", name="Go on").click()
        await page.wait_for_url(f"{service.url}{alarm}")
        await expect(page.locator(".who-name")).to_contain_text("kim.minji")
        await page.get_by_role("button", name="Acknowledge").click()
        await page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator("main")).to_contain_text("kim.minji")
        shown = (await admin.get(f"/v1{alarm}")).json()
        assert shown["acknowledged"]["by"] == "kim.minji"
        assert complaints == []  # once logged out, the browser itself may tell of a 401
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_label("API key")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_label("API key")).to_be_visible()
        assert errors == []
        await context.close()


async def test_an_admin_sees_them_among_the_keys_and_logs_them_out(
    browser: Browser, serve: Serve, provider: Provider
) -> None:
    provider.people["chief"] = {"sub": "2", "preferred_username": "chief", "roles": ["alarmd-admin"]}
    service = await serve()
    pages = {}
    for name in ("minji", "chief"):
        context = await browser.new_context(base_url=service.url, locale="en-US")
        pages[name] = await context.new_page()
        await pages[name].goto("/keys" if name == "chief" else "/")
        await pages[name].get_by_role("link", name="Log in with localhost").click()
        await pages[name].get_by_label("Name").fill(name)
        await pages[name].get_by_role("button", name="Go on").click()
        await expect(pages[name].locator(".who-name")).to_be_visible()
    row = pages["chief"].locator("tbody tr").filter(has_text="kim.minji")
    await expect(row).to_contain_text("localhost")
    await row.get_by_role("button", name="Log out").click()
    await pages["chief"].get_by_role("dialog").get_by_role("button", name="Log out").click()
    await expect(row).to_have_count(0)
    await expect(pages["minji"].get_by_label("API key")).to_be_visible(timeout=15_000)
    for page in pages.values():
        await page.context.close()

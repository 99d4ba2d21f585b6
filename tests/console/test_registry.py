"""Stores, buttons and keys, kept at the console."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.console.conftest import Open, log_in
from tests.service import Service, until

SAMPLE = Path(__file__).parents[1] / "data" / "women_safehouse_sample_2026.csv"


async def test_a_file_in_cp949_is_looked_at_and_then_applied(open_page: Open, pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "점포.csv"
    file.write_bytes(SAMPLE.read_bytes().decode("utf-8-sig").encode("cp949"))
    page = await open_page("/stores/import")
    await page.get_by_label("Drop a file here").set_input_files(file)
    await expect(page.get_by_text("can be imported")).to_be_visible()
    await expect(page.locator(".figure").filter(has_text="New")).to_contain_text("40")
    assert await pool.fetchval("SELECT count(*) FROM stores") == 10
    await page.get_by_role("button", name="Apply 40 changes").click()
    await expect(page.get_by_text("40 changes were applied")).to_be_visible()
    assert await pool.fetchval("SELECT count(*) FROM stores") == 50


async def test_a_file_with_faults_is_refused_with_each_of_them_by_line(
    open_page: Open, pool: Pool, tmp_path: Path
) -> None:
    lines = SAMPLE.read_text(encoding="utf-8-sig").splitlines()
    latitude = lines[0].split(",").index("위도")
    cells = lines[2].split(",")
    cells[latitude] = "375.6"
    file = tmp_path / "stores.csv"
    file.write_text("\n".join([lines[0], lines[1], ",".join(cells), *lines[3:]]), encoding="utf-8")
    page = await open_page("/stores/import", complaints=True)
    await page.get_by_label("Drop a file here").set_input_files(file)
    refused = page.locator("#refused")
    await expect(refused).to_contain_text("Nothing was changed")
    await expect(refused).to_contain_text("375.6")
    await expect(refused).to_contain_text("3")
    assert await pool.fetchval("SELECT count(*) FROM stores") == 10


async def test_a_store_is_found_as_one_types_and_changed_in_its_form(open_page: Open, pool: Pool) -> None:
    page = await open_page("/stores", complaints=True)
    await page.get_by_label("Find by name").fill("s-000007")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(1)
    await page.get_by_role("link", name="가게 7").click()
    await page.get_by_label("How to get in").fill("뒷문으로 들어오세요")
    await page.get_by_label("Telephone").fill("02-112")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#fault-phone")).to_contain_text("no such telephone number")
    await page.get_by_label("Telephone").fill("02-716-0399")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    row = await pool.fetchrow("SELECT phone, entrance_note FROM stores WHERE code = 'S-000007'")
    assert row is not None
    assert (row["phone"], row["entrance_note"]) == ("+8227160399", "뒷문으로 들어오세요")


async def test_a_change_that_somebody_else_overtook_is_not_made(open_page: Open, pool: Pool) -> None:
    page = await open_page("/stores", complaints=True)
    await page.get_by_role("link", name="가게 8").click()
    await page.get_by_label("How to get in").fill("mine")
    await pool.execute("UPDATE stores SET version = version + 1, entrance_note = 'theirs' WHERE code = 'S-000008'")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text="Somebody else has changed it")).to_be_visible()
    assert await pool.fetchval("SELECT entrance_note FROM stores WHERE code = 'S-000008'") == "theirs"


async def test_a_store_is_registered_by_a_click_on_the_map(open_page: Open, pool: Pool) -> None:
    page = await open_page("/stores/new")
    await page.get_by_label("Name", exact=True).fill("새 가게")
    await page.get_by_label("District", exact=True).fill("노원구")
    await page.get_by_label("Road address").fill("동일로 2000")
    await expect(page.get_by_label("District code")).to_have_value("11350")
    await page.get_by_role("region", name="Map").click(position={"x": 150, "y": 120})
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("새 가게")
    await expect(page.get_by_text("This store has no button")).to_be_visible()
    assert await pool.fetchval("SELECT lat BETWEEN 37 AND 38 FROM stores WHERE name = '새 가게'")


async def test_an_alarm_of_an_unknown_button_is_placed_and_goes_to_the_police(
    service: Service, police: Police, open_page: Open
) -> None:
    button = Button("stranger", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.press()
    page = await open_page("/")
    await page.get_by_role("article").get_by_role("link", name="Details").click()
    await page.get_by_role("link", name="Assign").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Button", exact=True)).to_have_value("stranger")
    await dialog.get_by_role("searchbox").fill("가게 9")
    await dialog.get_by_role("radio").first.check()
    await dialog.get_by_role("button", name="Enrol a button").click()
    await expect(page.locator("tbody tr").filter(has_text="stranger")).to_be_visible()
    assert (await police.expects("alarm.located", store="S-000009")).alarm["located"] is True
    await button.stop()


async def test_test_mode_counts_down_and_ends(open_page: Open, pool: Pool) -> None:
    page = await open_page("/buttons?q=button-2")
    row = page.locator("tbody tr").filter(has_text="button-2")
    await row.get_by_role("button", name="10 min").click()
    await expect(row.get_by_role("timer")).to_contain_text("09:5")
    await until(pool, "EXISTS (SELECT 1 FROM buttons WHERE id = 'button-2' AND test_mode_until > now())")
    await row.get_by_role("button", name="End").click()
    await expect(row.get_by_role("button", name="10 min")).to_be_visible()
    assert await pool.fetchval("SELECT test_mode_until IS NULL FROM buttons WHERE id = 'button-2'")


async def test_a_key_is_shown_once_opens_the_console_and_ends_it_when_revoked(open_page: Open) -> None:
    page = await open_page("/keys", role="admin")
    await page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("night desk")
    await dialog.get_by_label("Role").select_option("operator")
    await dialog.get_by_role("button", name="Make a key").click()
    secret = await page.locator(".secret").text_content()
    assert secret
    await page.get_by_role("button", name="I have kept it").click()
    await expect(page.locator(".secret")).to_have_count(0)
    desk = await open_page("/", complaints=True)
    await desk.context.clear_cookies()
    await log_in(desk, secret)
    await page.locator("tbody tr").filter(has_text="night desk").get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(desk.get_by_label("API key")).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("role", ["viewer"])
async def test_who_may_only_look_has_nothing_to_press(open_page: Open, role: str) -> None:
    page = await open_page("/stores", role=role)
    await page.get_by_role("link", name="가게 1", exact=True).click()
    await expect(page.get_by_label("Telephone")).not_to_be_editable()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await page.goto("/buttons")
    await expect(page.locator("tbody tr")).to_have_count(10)
    await expect(page.get_by_role("button", name="Enrol a button")).to_have_count(0)

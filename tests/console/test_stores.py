"""The stores at the console: found, sorted, left and come back to, changed by two at once, put into their modes."""

import re

from playwright.async_api import Page, Route, expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from tests.console.conftest import Open
from tests.service import Service, furnish, until
from tests.waiting import eventually


async def _codes(page: Page) -> list[str]:
    found: list[str] = await page.locator("tbody td:first-child a").all_text_contents()
    return found


async def test_stores_are_sorted_at_the_heads_of_the_columns(open_page: Open, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET name = '나 ' || name WHERE code <= 'S-000005'")
    await pool.execute("UPDATE stores SET verified_on = '2026-11-01' WHERE code <> 'S-000004'")
    page = await open_page("/stores")
    heads = page.locator("thead")
    await heads.get_by_role("button", name="Name").click()
    await expect(page.locator("tbody tr").first).to_contain_text("가게 10")
    await expect(heads.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    await heads.get_by_role("button", name="Name").click()
    await expect(page.locator("tbody tr").first).to_contain_text("나 가게 5")
    await expect(page).to_have_url(re.compile(r"sort=-name$"))
    await heads.get_by_role("button", name="Verified on").click()
    await expect(page.locator("tbody tr").first).to_contain_text("S-000004")  # never verified
    await heads.get_by_role("button", name="Verified on").click()
    await heads.get_by_role("button", name="Verified on").click()
    await expect(page.locator("tbody tr").first).to_contain_text("S-000001")  # as they were registered
    await expect(page).to_have_url(re.compile(r"/stores$"))


async def test_stores_are_chosen_by_what_is_the_matter_with_them(open_page: Open, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET chain = 'CU' WHERE code = 'S-000002'")
    await pool.execute(
        "UPDATE stores SET district = '중구', district_code = '26110', province = '부산' WHERE code = 'S-000003'"
    )
    await pool.execute("UPDATE stores SET test_mode_until = now() + interval '1 h' WHERE code = 'S-000004'")
    await pool.execute("DELETE FROM buttons WHERE id = 'button-5'")
    await pool.execute("INSERT INTO button_health (button_id, last_seen_at, battery_pct) VALUES ('button-6', now(), 5)")
    await pool.execute(
        "INSERT INTO button_proofs (button_id, proven_at) SELECT id, now() FROM buttons WHERE id <> 'button-7'"
    )
    page = await open_page("/stores")
    for label, option, code in (
        ("Chain", "CU", "S-000002"),
        ("District", "중구", "S-000003"),
        ("Test mode", "On", "S-000004"),
        ("Buttons", "Without a button", "S-000005"),
        ("Battery", "Battery low", "S-000006"),
        ("Proven", "Not for 30 days", "S-000007"),
    ):
        filter_ = page.get_by_role("search").get_by_label(label)
        await filter_.select_option(label=option)
        await expect(page.locator("tbody tr")).to_have_count(1)
        assert await _codes(page) == [code]
        await filter_.select_option(label="All")
        await expect(page.locator("tbody tr")).to_have_count(10)


async def test_back_leads_to_where_one_was(open_page: Open, pool: Pool) -> None:
    await pool.execute("DELETE FROM buttons; DELETE FROM stores")
    await furnish(pool, 160)
    page = await open_page("/stores")
    await page.get_by_label("Find by name").fill("가게")
    await page.locator("thead").get_by_role("button", name="Code").click()
    await page.locator("thead").get_by_role("button", name="Code").click()
    await expect(page.locator("tbody tr").first).to_contain_text("S-000160")
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator("tbody tr")).to_have_count(100)
    await page.get_by_role("link", name="S-000070").scroll_into_view_if_needed()
    top = await page.evaluate("scrollY")
    assert top > 0
    await page.get_by_role("link", name="S-000070").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("가게 70")
    await page.go_back()
    await expect(page.locator("tbody tr")).to_have_count(100)
    await expect(page.locator("tbody tr").first).to_contain_text("S-000160")
    await expect(page.get_by_label("Find by name")).to_have_value("가게")
    await page.wait_for_function("top => scrollY === top", arg=top)
    await page.get_by_role("link", name="Stores", exact=True).click()  # anew, and not back
    await expect(page.locator("tbody tr")).to_have_count(50)
    await expect(page.locator("tbody tr").first).to_contain_text("S-000001")


async def test_an_answer_that_comes_too_late_is_not_shown(open_page: Open) -> None:
    page = await open_page("/stores")
    await expect(page.locator("tbody tr")).to_have_count(10)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile(r"/v1/stores\?q=%EA%B0%80"), hold)
    await page.get_by_label("Find by name").fill("가게 3")
    await eventually(lambda: held or None)
    await page.get_by_label("Find by name").fill("s-000004")
    await expect(page.locator("tbody tr")).to_have_count(1)
    async with page.expect_response(re.compile(r"/v1/stores\?q=%EA%B0%80")):
        await held[0].continue_()
    await expect(page.locator("tbody tr")).to_contain_text("가게 4")
    await expect(page.locator("tbody tr")).to_have_count(1)


async def _open_store(open_page: Open, pool: Pool, code: str, **how: object) -> Page:
    store_id = await pool.fetchval("SELECT id FROM stores WHERE code = $1", code)
    return await open_page(f"/stores/{store_id}", **how)


async def test_of_two_who_change_a_store_the_later_sees_both_versions_and_may_save_over_it(
    open_page: Open, pool: Pool
) -> None:
    mine = await _open_store(open_page, pool, "S-000008", complaints=True)
    theirs = await _open_store(open_page, pool, "S-000008", role="admin")
    await theirs.get_by_label("How to get in").fill("뒷문")
    await theirs.get_by_label("Telephone").fill("02-716-0399")
    await theirs.get_by_role("button", name="Save").click()
    await expect(theirs.get_by_text("Saved")).to_be_visible()

    await mine.get_by_label("How to get in").fill("앞문")
    await mine.get_by_role("button", name="Save").click()
    dialog = mine.get_by_role("dialog")
    await expect(dialog).to_contain_text("The last change is by admin desk")
    await expect(dialog.locator("tr").filter(has_text="How to get in").locator("td")).to_have_text(
        ["How to get in", "\N{EN DASH}", "뒷문", "앞문"]
    )
    await expect(dialog.locator("tr").filter(has_text="Telephone").locator("td")).to_have_text(
        ["Telephone", "02-716-0302", "02-716-0399", "02-716-0399"]
    )
    await dialog.get_by_role("button", name="Save mine over it").click()
    await expect(dialog).to_have_count(0)
    await expect(mine.get_by_label("Telephone")).to_have_value("02-716-0399")
    row = await pool.fetchrow("SELECT phone, entrance_note FROM stores WHERE code = 'S-000008'")
    assert row is not None
    assert tuple(row) == ("+8227160399", "앞문")


async def test_of_two_who_change_a_store_the_later_may_give_way(open_page: Open, pool: Pool) -> None:
    page = await _open_store(open_page, pool, "S-000008", complaints=True)
    await page.get_by_label("How to get in").fill("앞문")
    await pool.execute("UPDATE stores SET version = version + 1, entrance_note = '뒷문' WHERE code = 'S-000008'")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("dialog").get_by_role("button", name="Drop my change").click()
    await expect(page.get_by_label("How to get in")).to_have_value("뒷문")
    await page.get_by_label("How to get in").fill("옆문")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    assert await pool.fetchval("SELECT entrance_note FROM stores WHERE code = 'S-000008'") == "옆문"


async def test_a_mode_that_is_set_takes_nothing_from_the_form_and_lets_nobody_be_overwritten(
    open_page: Open, pool: Pool
) -> None:
    page = await _open_store(open_page, pool, "S-000008", complaints=True)
    await page.get_by_label("How to get in").fill("앞문")
    test_mode = page.locator("section").filter(has=page.get_by_role("heading", name="Test mode"))
    await test_mode.get_by_role("button", name="10 min").click()
    await expect(test_mode.get_by_role("timer")).to_contain_text("09:5")
    await expect(page.get_by_label("How to get in")).to_have_value("앞문")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await pool.execute("UPDATE stores SET version = version + 1, entrance_note = '뒷문' WHERE code = 'S-000008'")
    await page.get_by_label("How to get in").fill("옆문")
    await test_mode.get_by_role("button", name="End").click()
    await expect(test_mode.get_by_role("button", name="10 min")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_contain_text("뒷문")


async def test_a_button_is_enrolled_by_pressing_it_twice_while_its_store_waits(
    service: Service, open_page: Open, pool: Pool
) -> None:
    page = await _open_store(open_page, pool, "S-000003")
    enrolment = page.locator("section").filter(has=page.get_by_role("heading", name="Enrolment by pressing"))
    await enrolment.get_by_role("button", name="5 min", exact=True).click()
    await expect(enrolment.get_by_role("timer")).to_contain_text("04:5")
    await expect(enrolment).to_contain_text("Nothing is enrolled yet")
    button = Button("stranger", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.press()
    await button.press()
    await expect(enrolment).to_contain_text("stranger enrolled at", timeout=15_000)
    await expect(page.locator("tbody tr").filter(has_text="stranger")).to_be_visible()
    assert await pool.fetchval(
        "SELECT s.code FROM buttons b JOIN stores s ON s.id = b.store_id WHERE b.id = 'stranger'"
    )
    await enrolment.get_by_role("button", name="End").click()
    await expect(enrolment.get_by_role("button", name="5 min", exact=True)).to_be_visible()
    await until(pool, "NOT EXISTS (SELECT FROM stores WHERE enrolment_until > now())")
    await button.stop()


async def test_two_stores_that_wait_at_once_are_told_apart_by_nobody(open_page: Open, pool: Pool) -> None:
    await pool.execute("UPDATE stores SET enrolment_until = now() + interval '5 min' WHERE code = 'S-000001'")
    page = await _open_store(open_page, pool, "S-000002")
    enrolment = page.locator("section").filter(has=page.get_by_role("heading", name="Enrolment by pressing"))
    await enrolment.get_by_role("button", name="5 min", exact=True).click()
    await expect(enrolment.get_by_role("alert")).to_contain_text("Several stores wait", timeout=15_000)


async def test_what_is_wrong_with_a_store_is_said_beside_its_field_in_the_readers_language(
    open_page: Open, pool: Pool
) -> None:
    page = await _open_store(open_page, pool, "S-000001", language="ko", complaints=True)
    await page.get_by_label("전화", exact=True).fill("02-1")
    await page.get_by_label("법정동 코드").fill("1135")
    await page.get_by_role("button", name="저장").click()
    await expect(page.locator("#fault-phone")).to_have_text("국내에 있을 수 없는 전화번호")
    await expect(page.locator("#fault-district_code")).to_have_text("숫자 다섯 자리가 아님")
    await page.get_by_label("전화", exact=True).fill("02-716-0302")
    await page.get_by_label("법정동 코드").fill("11350")
    await page.get_by_label("위도").fill("127.06")
    await page.get_by_label("경도").fill("37.655")
    await page.get_by_role("button", name="저장").click()
    await expect(page.get_by_role("alert")).to_have_text("위도와 경도가 바뀜")


async def test_police_stations_are_offered_while_their_name_is_typed(open_page: Open, pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO stations (name, kind, province_code) VALUES ('서울노원경찰서', 'station', '11'),"
        " ('서울도봉경찰서', 'station', '11')"
    )
    page = await _open_store(open_page, pool, "S-000001")
    await page.get_by_label("Police station", exact=True).fill("노원")
    await expect(page.locator("#stations option")).to_have_count(1)
    await expect(page.locator("#stations option")).to_have_attribute("value", "서울노원경찰서")


async def test_an_administrator_goes_from_a_store_to_its_practice(open_page: Open, pool: Pool) -> None:
    page = await _open_store(open_page, pool, "S-000001", role="admin")
    await page.get_by_role("main").get_by_role("link", name="Practice").click()
    await expect(page.get_by_role("button", name="Press it")).to_be_visible()

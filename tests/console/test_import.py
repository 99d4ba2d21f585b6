"""The import at the console: any encoding, any columns, what it would do, how far it is, and what is wrong."""

import csv
import io
import re
from pathlib import Path

from playwright.async_api import FilePayload, Page, expect

from alarmd.db.pool import Pool
from simulators.buttons import Button
from tests.console.conftest import Open
from tests.registry.test_import import PHONE, SAMPLE, table
from tests.registry.test_import_wishes import ADDRESS, BEFORE, stores
from tests.service import Service

STATIONS = Path(__file__).parents[1] / "data" / "seoul_police_stations_31.csv"


async def _choose(page: Page, name: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": content}
    await page.get_by_label("Drop a file here").set_input_files(file)


async def test_a_big_import_shows_how_far_it_is_and_presses_go_on_meanwhile(
    service: Service, open_page: Open, pool: Pool
) -> None:
    many = table(*({"점포명": f"CU {number}호점", PHONE: ""} for number in range(6_000)))
    page = await open_page("/stores/import")
    await page.evaluate(
        """() => {
            window.told = [];
            const look = () => window.told.push(document.querySelector("progress + p")?.textContent);
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    await _choose(page, "many.csv", many)
    await expect(page.get_by_text("can be imported")).to_be_visible(timeout=30_000)
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await page.get_by_role("button", name="Apply 6000 changes").click()
    await expect(page.get_by_text("Writing: ")).to_be_visible(timeout=30_000)
    press_id = await button.press()
    assert (await button.receipt(press_id, "delivered"))["state"] == "delivered"
    await button.stop()
    await expect(page.get_by_text("6000 changes were applied")).to_be_visible(timeout=60_000)
    assert await pool.fetchval("SELECT count(*) FROM stores") == 6_010
    told: list[str | None] = await page.evaluate("window.told")
    for stage in ("Reading", "Comparing", "Writing"):
        assert any(text and text.startswith(f"{stage}: ") and "of 6,000 rows" in text for text in told), stage
    assert any(text and text.startswith("Writing: 50 %") for text in told)


async def test_a_file_of_unknown_columns_is_told_what_they_are(open_page: Open, pool: Pool) -> None:
    content = '가게이름,"주소(시, 구)",북위,동경,비고\nCU 가,서울특별시 노원구 동일로 1,37.655,127.06,x\n'.encode()
    page = await open_page("/stores/import", complaints=True)
    await _choose(page, "odd.csv", content)
    await expect(page.locator("#refused")).to_contain_text("Nothing was changed")
    await page.get_by_role("button", name="Columns and encoding").click()
    for column, meaning in (
        ("가게이름", "Name"),
        ("주소(시, 구)", "Road address"),
        ("북위", "Latitude"),
        ("동경", "Longitude"),
    ):
        await page.get_by_label(f"What the column {column} is").select_option(label=meaning)
    await page.get_by_role("button", name="Look at what would change").click()
    await page.get_by_role("button", name="Apply 1 changes").click()
    await expect(page.get_by_text("1 changes were applied")).to_be_visible()
    row = await pool.fetchrow("SELECT name, road_address, district FROM stores WHERE name = 'CU 가'")
    assert row is not None
    assert tuple(row) == ("CU 가", "서울특별시 노원구 동일로 1", "노원구")


async def test_a_file_in_another_encoding_is_read_when_it_is_named(open_page: Open, pool: Pool) -> None:
    page = await open_page("/stores/import", complaints=True)
    await _choose(page, "stores.csv", SAMPLE.decode("utf-8-sig").encode("utf-16"))
    await expect(page.locator("#refused")).to_contain_text("neither UTF-8")
    await page.get_by_role("button", name="Columns and encoding").click()
    await page.get_by_label("Encoding of a CSV").select_option(label="UTF-16")
    await expect(page.get_by_label("What the column 점포명 is")).to_have_value("name")
    await page.get_by_role("button", name="Look at what would change").click()
    await page.get_by_role("button", name="Apply 40 changes").click()
    await expect(page.get_by_text("40 changes were applied")).to_be_visible()
    assert await pool.fetchval("SELECT count(*) FROM stores") == 50


async def test_what_is_renamed_is_followed_and_what_is_gone_is_closed_when_it_is_wished(
    open_page: Open, pool: Pool
) -> None:
    gone = {"점포명": "GS25 떠난점", ADDRESS: "노원로 70", "위도": "37.67"}
    page = await open_page("/stores/import")
    await _choose(page, "first.csv", stores(BEFORE, gone))
    await page.get_by_role("button", name="Apply 2 changes").click()
    await expect(page.get_by_text("2 changes were applied")).to_be_visible()
    await page.get_by_role("button", name="Another file").click()
    await _choose(page, "second.csv", stores(BEFORE | {"점포명": "GS25 상계점"}))
    likely = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Likely renamed or moved"))
    await expect(likely).to_contain_text("the same telephone number, 0 m away")
    await expect(likely.locator("del").first).to_have_text("CU 상계점")
    await page.get_by_label("likely renamed or moved for the same stores").check()
    await expect(page.get_by_text("They are taken for the same stores")).to_be_visible()
    await page.get_by_label("Close what is not in the file").check()
    await expect(page.locator("tr").filter(has_text="GS25 떠난점")).to_contain_text("is closed")
    await page.get_by_role("button", name="Apply 2 changes").click()
    await expect(page.get_by_text("2 changes were applied")).to_be_visible()
    rows = await pool.fetch("SELECT name, status FROM stores WHERE provider_code = '3100000' ORDER BY name")
    assert [tuple(row) for row in rows] == [("GS25 떠난점", "closed"), ("GS25 상계점", "open")]


async def test_rejected_rows_are_saved_with_what_is_wrong_with_them(open_page: Open) -> None:
    wrong = {"점포명": "=GS25 나", "위도": "x", "지정연도": "?"}
    page = await open_page("/stores/import", complaints=True)
    await _choose(page, "stores.csv", table({}, wrong))
    await expect(page.locator("#refused")).to_contain_text("2 things to mend")
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Rejected rows as CSV").click()
    saved = await (await saving.value).path()
    rows = list(csv.DictReader(io.StringIO(saved.read_text(encoding="utf-8-sig"))))
    assert [(row["line"], row["점포명"], row["위도"]) for row in rows] == [("3", "'=GS25 나", "x")]
    assert rows[0]["faults"] == "위도: not a number of degrees; 지정연도: not a year"


async def test_police_stations_are_imported_beside_the_stores(open_page: Open, pool: Pool) -> None:
    page = await open_page("/stores/import")
    await page.get_by_label("Police stations and precincts").check()
    await _choose(page, "stations.csv", STATIONS.read_bytes())
    await page.get_by_role("button", name="Apply 32 changes").click()
    await expect(page.get_by_text("32 changes were applied")).to_be_visible()
    assert await pool.fetchval("SELECT count(*) FROM stations") == 32


async def test_what_is_wrong_is_said_in_the_readers_language(open_page: Open) -> None:
    wrong = [
        {"점포명": " "},
        {"시군구코드": "1135"},
        {"소재지도로명주소": ""},
        {"위도": "127.06", "경도": "37.655"},
        {"운영여부": "maybe"},
        {"지정연도": "20200"},
        {"데이터기준일자": "14.4.2026"},
        {"점포명": "가" * 201},
    ]
    page = await open_page("/stores/import", language="ko", complaints=True)
    await page.locator("#file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": table(*wrong)})
    cells = page.locator("#refused tbody td")
    await expect(cells.first).to_have_text("2행, 점포명")
    said = await page.locator("#refused tbody td:nth-child(2)").all_text_contents()
    assert len(said) == len(wrong)
    assert not [reason for reason in said if re.search("[a-z]", reason)]


async def test_a_file_that_is_wrong_as_a_whole_is_refused_in_the_readers_language(open_page: Open) -> None:
    page = await open_page("/stores/import", language="ko", complaints=True)
    for content, said in (
        (b"", "빈 파일입니다"),
        (SAMPLE.splitlines(keepends=True)[0], "열 이름만 있고"),
        (b"lat,lat\n1,2\n", "lat 열이 두 번"),
        (b'lat,lon\n"37.5,127\n', "2행을 읽을 수 없습니다"),
        ("가".encode("utf-16"), "UTF-8도 CP949도 아닌"),
        (b"PK\x03\x04 and nothing else", "XLSX처럼 보이지만"),
        ("점포명,비고\nCU 가,x\n".encode(), "파일에 있는 열: 점포명, 비고"),
        ("점포명,X(EPSG:9999)\nCU 가,1\n".encode(), "EPSG:9999는 알 수 없습니다"),
    ):
        await page.locator("#file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
        await expect(page.locator("#refused [role=alert] p")).to_contain_text(said)
        await page.get_by_role("button", name="다른 파일").click()
    await page.get_by_label("경찰서와 지구대").check()
    await page.locator("#file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    await expect(page.locator("#refused [role=alert] p")).to_contain_text("경찰서 목록(name, address)도 아닙니다")

"""The national dataset comes in whole, or not at all, with every fault named."""

import csv
import io
from pathlib import Path

import pytest

from alarmd.core.audit import Actor
from alarmd.core.dataset import Reading, read_dataset
from alarmd.core.errors import InvalidError
from alarmd.core.plan import Plan
from alarmd.db.pool import Pool
from alarmd.db.registry_import import EXPORT_COLUMNS, export_rows, import_stores, load_districts
from alarmd.edge.tables import read_table, write_csv

SAMPLE = (Path(__file__).parents[1] / "data" / "women_safehouse_sample_2026.csv").read_bytes()
PHONE = "여성안심지킴이집전화번호"
GOOD = {
    "점포명": "CU 시험점",
    "시도명": "서울특별시",
    "시군구명": "노원구",
    "시군구코드": "11350",
    "소재지도로명주소": "서울특별시 노원구 동일로 1",
    "소재지지번주소": "",
    "위도": "37.655",
    "경도": "127.06",
    PHONE: "02-716-0302",
    "운영여부": "Y",
    "지정연도": "2020",
    "데이터기준일자": "2026-04-14",
}


def read(content: bytes) -> Reading:
    return read_dataset(read_table(content), load_districts())


def table(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(GOOD))
    writer.writeheader()
    writer.writerows({**GOOD, **row} for row in rows)
    return text.getvalue().encode()


async def brought_in(pool: Pool, reading: Reading, *, dry_run: bool = False) -> Plan:
    async with pool.acquire() as connection:
        return await import_stores(connection, reading, by=Actor("an operator", "import"), dry_run=dry_run)


@pytest.mark.parametrize("content", [SAMPLE, b"\xef\xbb\xbf" + SAMPLE, SAMPLE.decode().encode("cp949")])
async def test_the_real_sample_imports_in_each_encoding_with_its_faults_named(pool: Pool, content: bytes) -> None:
    reading = read(content)
    remarks = {(remark.line, remark.column, remark.value) for remark in reading.remarks}
    assert {line for line, column, value in remarks if value == "02-000-0000" and column == PHONE} == {33, 34}
    assert any(line == 40 and column == "소재지도로명주소" for line, column, _ in remarks)
    plan = await brought_in(pool, reading)
    assert (len(plan.new), plan.unchanged) == (40, 0)
    row = await pool.fetchrow("SELECT * FROM stores WHERE name = '세븐일래븐 한양프라자점'")
    assert row is not None
    assert (row["chain"], row["phone"], row["police_station"]) == ("세븐일레븐", "+82612815460", "남악지구대")
    assert (row["district_code"], row["designated_year"]) == ("46840", 2022)
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE road_address IS NULL") == 1


async def test_the_same_file_again_changes_nothing(pool: Pool) -> None:
    await brought_in(pool, read(SAMPLE))
    plan = await brought_in(pool, read(SAMPLE))
    assert (plan.changes, plan.unchanged, plan.vanished) == ([], 40, [])


async def test_a_dry_run_says_what_would_change_and_changes_nothing(pool: Pool) -> None:
    await brought_in(pool, read(table({})))
    plan = await brought_in(pool, read(table({PHONE: "112", "위도": "37.66"}, {"점포명": "GS25 새점"})), dry_run=True)
    report = plan.as_json(dry_run=True)
    assert (report["dry_run"], report["new"], report["changed"], report["unchanged"]) == (True, 1, 1, 0)
    changed, new = report["changes"]
    assert changed["fields"] == {"phone": ["02-716-0302", "112"], "lat": [37.655, 37.66]}
    assert (changed["line"], changed["code"], new["action"], new["name"]) == (2, "S-000001", "new", "GS25 새점")
    assert await pool.fetchval("SELECT count(*) FROM stores") == 1


async def test_a_store_that_the_file_no_longer_names_is_told_and_stays(pool: Pool) -> None:
    await brought_in(pool, read(table({}, {"점포명": "GS25 떠난점"})))
    plan = await brought_in(pool, read(table({})))
    assert [found.store.name for found in plan.vanished] == ["GS25 떠난점"]
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE status = 'open'") == 2


async def test_a_changed_row_is_written_and_counts_the_version_up(pool: Pool) -> None:
    await brought_in(pool, read(table({})))
    await brought_in(pool, read(table({"운영여부": "N", "지정연도": "2021"})))
    row = await pool.fetchrow("SELECT status, designated_year, version FROM stores")
    assert row is not None
    assert tuple(row) == ("closed", 2021, 2)


@pytest.mark.parametrize(
    ("wrong", "column", "reason"),
    [
        ({"점포명": " "}, "점포명", "empty"),
        ({"시군구코드": "1135"}, "시군구코드", "not five digits"),
        ({"소재지도로명주소": ""}, "소재지도로명주소", "both addresses are empty"),
        ({"위도": "x"}, "위도", "not a number"),
        ({"위도": ""}, "위도", "empty"),
        ({"위도": "127.06", "경도": "37.655"}, "위도", "swapped"),
        ({"위도": "0", "경도": "0"}, "위도", "not in Korea"),
        ({"위도": "nan"}, "위도", "not a number"),
        ({"운영여부": "maybe"}, "운영여부", "neither Y nor N"),
        ({"지정연도": "20200"}, "지정연도", "not a year"),
        ({"데이터기준일자": "14.4.2026"}, "데이터기준일자", "not a date"),
        ({"점포명": "가" * 201}, "점포명", "longer than 200"),
    ],
)
def test_a_wrong_row_refuses_the_file_and_is_named(wrong: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read(table({"점포명": "GS25 옳은점"}, wrong))
    assert [fault.where for fault in refused.value.faults] == [f"line 3, column {column}"]
    assert reason in refused.value.faults[0].reason


def test_every_wrong_row_is_named_at_once() -> None:
    with pytest.raises(InvalidError) as refused:
        read(table({"위도": "x"}, {"점포명": "GS25 옳은점"}, {"시군구코드": "?", "지정연도": "?"}))
    assert [fault.where for fault in refused.value.faults] == [
        "line 2, column 위도",
        "line 4, column 시군구코드",
        "line 4, column 지정연도",
    ]


def test_the_same_store_twice_names_both_lines() -> None:
    with pytest.raises(InvalidError) as refused:
        read(table({}, {}))
    assert "as in line 2" in refused.value.faults[0].reason


@pytest.mark.parametrize(
    ("odd", "column", "reason"),
    [
        ({PHONE: "000-0000-0000"}, PHONE, "no such telephone number"),
        ({"소재지도로명주소": "서울특별시 노원구 동일로 2 (상계동"}, "소재지도로명주소", "cut off"),
        ({"위도": "37.5", "경도": "127.03"}, "위도", "outside 노원구"),
        ({"소재지도로명주소": "서울특별시 노원구 동일로 3"}, PHONE, "same telephone number as in line 2"),
    ],
)
def test_an_odd_row_is_taken_with_a_warning(odd: dict[str, str], column: str, reason: str) -> None:
    reading = read(table({}, {"점포명": "GS25 이상한점"} | odd))
    assert len(reading.lines) == 2
    assert any(remark.line == 3 and remark.column == column and reason in remark.reason for remark in reading.remarks)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "neither UTF-8"),
        ("점포명,위도\n".encode(), "no rows"),
        ("점포명,점포명\na,b\n".encode(), "there twice"),
        ("점포명,위도\na,1\n".encode(), "column missing"),
        ("점포명,위도\na,1,2\n".encode(), "cannot be read"),
        ('점포명,위도\n"a,1\n'.encode(), "line 2"),
        ("점포명,위도\na\x00,1\n".encode(), "cannot be read"),
        (b"PK\x03\x04 not a zip", "XLSX"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        read(content)


async def test_an_export_runs_no_formula_and_imports_again_without_a_change(pool: Pool) -> None:
    names = ["=SUM(A1)", "+82", "-1", "@here", "'quoted", "CU 보통점"]
    await brought_in(pool, read(table(*({"점포명": name} for name in names))))
    async with pool.acquire() as connection:
        exported = write_csv(EXPORT_COLUMNS, await export_rows(connection))
    cells = [row[0] for row in csv.reader(io.StringIO(exported.decode("utf-8-sig")))]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    plan = await brought_in(pool, read(exported))
    assert (plan.changes, plan.unchanged) == ([], 6)


async def test_api_names_of_the_columns_are_known_as_well(pool: Pool) -> None:
    api = "storNm,signguNm,signguCode,lnmadr,latitude,longitude\nCU 가,노원구,11350,상계동 1,37.655,127.06\n"
    plan = await brought_in(pool, read(api.encode()))
    assert len(plan.new) == 1


async def test_fifty_five_thousand_rows_import_in_one_go(pool: Pool) -> None:
    rows = [{"점포명": f"CU {number}호점", PHONE: ""} for number in range(55_000)]
    plan = await brought_in(pool, read(table(*rows)))
    assert len(plan.new) == 55_000
    assert await pool.fetchval("SELECT count(*) FROM stores") == 55_000

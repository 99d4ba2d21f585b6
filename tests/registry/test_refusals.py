"""A file that cannot be imported as it is: what is in it is shown, and what is wrong with it is given back."""

import csv
import io

import httpx
import pytest

from alarmd.core.columns import read_named
from alarmd.core.errors import InvalidError
from alarmd.db.pool import Pool
from tests.registry.test_import import PHONE, SAMPLE, table
from tests.registry.test_import_wishes import imported
from tests.registry.test_stations import operator

__all__ = ["operator"]


async def test_the_columns_of_a_file_are_told_with_what_they_are_and_what_is_in_them(
    operator: httpx.AsyncClient,
) -> None:
    content = "가게이름,소재지도로명주소,LATITUDE,경도,x,\nCU 가,동일로 1,37.6,127.0,,\nCU 나,,37.7,127.1,7,\n".encode()
    looked = (await operator.post("/v1/stores/import/columns", content=content)).json()
    assert looked["rows"] == 2
    assert [(each["name"], each["member"]) for each in looked["columns"]] == [
        ("가게이름", None),
        ("소재지도로명주소", "road_address"),
        ("LATITUDE", "lat"),
        ("경도", "lon"),
        ("x", "x"),
    ]
    assert [each["samples"] for each in looked["columns"]][1::3] == [["동일로 1"], ["7"]]
    empty = await operator.post("/v1/stores/import/columns", content=b"")
    assert empty.status_code == 422


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "cp949"])
async def test_an_encoding_that_is_named_is_read_and_no_other(operator: httpx.AsyncClient, encoding: str) -> None:
    written = SAMPLE.decode("utf-8-sig").encode(encoding)
    assert (await imported(operator, written, dry_run="true", encoding=encoding))["new"] == 40
    looked = await operator.post("/v1/stores/import/columns", content=written, params={"encoding": encoding})
    assert looked.json()["columns"][0]["name"] == "점포명"
    other = "utf-8" if encoding == "cp949" else "cp949"
    refused = await operator.post("/v1/stores/import", content=written, params={"encoding": other})
    assert refused.status_code == 422
    unknown = await operator.post("/v1/stores/import", content=written, params={"encoding": "ebcdic"})
    assert (unknown.status_code, unknown.json()["errors"][0]["where"]) == (422, "query.encoding")


async def test_every_rejected_row_comes_back_as_it_stood_with_what_is_wrong(operator: httpx.AsyncClient) -> None:
    wrong = [{"점포명": f"=CU {number}", "위도": "x", "지정연도": "?", PHONE: ""} for number in range(300)]
    content = table({}, *wrong)
    named = await operator.post("/v1/stores/import", content=content)
    assert (named.status_code, len(named.json()["errors"])) == (422, 200)
    answer = await operator.post("/v1/stores/import/rejected", content=content)
    assert answer.headers["content-disposition"] == 'attachment; filename="rejected.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["line"] for row in rows] == [str(number) for number in range(3, 303)]
    assert rows[7]["faults"] == "위도: not a number of degrees; 지정연도: not a year"
    assert (rows[7]["점포명"], rows[7]["위도"]) == ("'=CU 7", "x")


async def test_rows_that_are_mended_in_that_file_are_imported_from_it(operator: httpx.AsyncClient, pool: Pool) -> None:
    content = table({}, {"점포명": "CU 나", "위도": "x"})
    rejected = (await operator.post("/v1/stores/import/rejected", content=content)).content.decode("utf-8-sig")
    assert (await imported(operator, rejected.replace(",x,", ",37.66,").encode()))["new"] == 1
    assert await pool.fetchval("SELECT lat FROM stores WHERE name = 'CU 나'") == 37.66


async def test_a_row_of_too_few_cells_comes_back_by_its_line(operator: httpx.AsyncClient) -> None:
    short = b"\n".join([*table({}).splitlines(), b"CU,1"])
    rows = list(csv.reader(io.StringIO((await operator.post("/v1/stores/import/rejected", content=short)).text)))
    assert rows[1][0] == "3"
    assert "2 cells" in rows[1][1]


async def test_a_file_without_a_fault_has_no_rejected_rows_and_no_file_is_refused(operator: httpx.AsyncClient) -> None:
    clean = await operator.post("/v1/stores/import/rejected", content=SAMPLE)
    assert (clean.status_code, len(clean.text.splitlines())) == (200, 1)
    for content in (b"", "이름\nx\n".encode(), b"\xff\xff"):
        refused = await operator.post("/v1/stores/import/rejected", content=content)
        assert refused.status_code == 422, content


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", {}),
        ("name:가게", {"name": "가게"}),
        ("name: 가게 , lat:북위", {"name": "가게", "lat": "북위"}),
        ("road_address:주소(시, 구),lat:a:b", {"road_address": "주소(시, 구)", "lat": "a:b"}),
    ],
)
def test_columns_are_named_whatever_is_in_their_names(text: str, named: dict[str, str]) -> None:
    assert read_named(text) == named


@pytest.mark.parametrize("text", ["name", "name:", ":x", "name:a,lat:"])
def test_what_names_no_columns_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="member:column"):
        read_named(text)

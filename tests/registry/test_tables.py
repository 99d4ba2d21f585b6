"""Files become rows, or are refused in one sentence; none of them takes alarmd down."""

import csv
import io
import unicodedata

import pytest

from alarmd.core.dataset import read_dataset
from alarmd.core.errors import InvalidError
from alarmd.db.registry_import import load_districts
from alarmd.edge.tables import read_table, write_csv
from tests.registry.test_import import GOOD, SAMPLE, table
from tests.registry.workbooks import of_rows, workbook


def test_a_workbook_is_read_as_the_same_table_in_csv() -> None:
    rows = list(csv.reader(io.StringIO(SAMPLE.decode())))
    from_workbook = read_dataset(read_table(of_rows(rows)), load_districts())
    assert from_workbook == read_dataset(read_table(SAMPLE), load_districts())


def test_a_wrong_row_of_a_workbook_is_named_by_its_line() -> None:
    rows = list(csv.reader(io.StringIO(table({}, {"점포명": "GS25 나", "위도": "x"}).decode())))
    with pytest.raises(InvalidError) as refused:
        read_dataset(read_table(of_rows(rows)), load_districts())
    assert [fault.where for fault in refused.value.faults] == ["line 3, column 위도"]


@pytest.mark.parametrize("last", ["XFD1048576", "ZZ20000", "A1048576"])
def test_a_small_workbook_of_a_vast_sheet_is_refused_or_read_and_takes_nobody_down(last: str) -> None:
    content = workbook([("A1", "점포명"), (last, "x")])
    assert len(content) < 4096
    with pytest.raises(InvalidError, match=r"too m|column missing"):
        read_dataset(read_table(content), load_districts())


@pytest.mark.parametrize("cut", [10, 100, 400, 900])
def test_a_workbook_that_was_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(InvalidError, match="XLSX"):
        read_table(of_rows([["점포명"], ["CU 가"]])[:cut])


def test_a_row_that_was_cut_short_is_refused_by_its_line() -> None:
    with pytest.raises(InvalidError) as refused:
        read_table("점포명,위도,경도\nCU 가,37.6,127.0\nCU 나,37.6\n".encode())
    assert [fault.where for fault in refused.value.faults] == ["line 3"]
    assert "2 cells" in refused.value.faults[0].reason


def test_lines_are_counted_as_an_editor_does_where_a_cell_has_several() -> None:
    rows = read_table('점포명,안내\nCU 가,"첫째\n둘째"\nCU 나,\n'.encode())
    assert [row.line for row in rows] == [2, 4]
    assert rows[0].cells["안내"] == "첫째\n둘째"


@pytest.mark.parametrize("cell", ["=1+1", "+82", "-1", "@a", "\ta", "\ra", "'a", "''a", "'=1", "보통", "", "a'b"])
def test_a_cell_comes_back_as_it_went_out_and_is_no_formula_meanwhile(cell: str) -> None:
    content = write_csv(["a", "b"], [[cell, "x"]])
    assert [row.cells["a"] for row in read_table(content)] == [cell]
    written = next(csv.reader(io.StringIO(content.decode("utf-8-sig").split("\r\n", 1)[1], newline="")))
    assert not written[0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_syllables_in_parts_as_macos_writes_them_are_the_same_store() -> None:
    apart = unicodedata.normalize("NFD", table({}).decode()).encode()
    assert apart != table({})
    assert read_dataset(read_table(apart), load_districts()) == read_dataset(read_table(table({})), load_districts())


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"시군구코드": "1135\uff10"}, "시군구코드"),
        ({"위도": "3_7.655"}, "위도"),
        ({"위도": "37,655"}, "위도"),
        ({"위도": "1e2"}, "위도"),
        ({"경도": "inf"}, "경도"),
    ],
)
def test_digits_that_only_python_takes_for_digits_are_refused(cells: dict[str, str], column: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_dataset(read_table(table(cells)), load_districts())
    assert [fault.where for fault in refused.value.faults] == [f"line 2, column {column}"]


@pytest.mark.parametrize(("written", "kept"), [("01234", "01234"), ("1234", "01234"), ("", None)])
def test_a_postal_code_gets_back_the_zero_that_excel_took(written: str, kept: str | None) -> None:
    columns = [*GOOD, "우편번호"]
    content = write_csv(columns, [[*GOOD.values(), written]])
    assert read_dataset(read_table(content), load_districts()).lines[0].store.postal_code == kept


@pytest.mark.parametrize("name", ["instt_code", "insttCode", "INSTTCODE"])
def test_a_column_is_known_however_the_api_writes_its_name(name: str) -> None:
    content = write_csv([*GOOD, name], [[*GOOD.values(), "3100000"]])
    assert read_dataset(read_table(content), load_districts()).lines[0].store.provider_code == "3100000"

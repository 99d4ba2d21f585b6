"""Korean addresses as people write them, taken apart; what cannot be stays whole."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.formats.address import civic
from tests.core.formats.alerts import STORE

PARTS = ("A1", "A2", "A3", "RD", "HNO", "LOC")
with (Path(__file__).parents[2] / "data" / "addresses.tsv").open(encoding="utf-8", newline="") as lines:
    SPELLINGS = list(csv.DictReader(lines, delimiter="\t"))


def parts(road: str | None, jibun: str | None = None, district: str = "") -> dict[str, str]:
    store = STORE | {"road_address": road, "jibun_address": jibun, "district": district}
    return {name: text for name, text in civic(store).items() if name in PARTS}


@pytest.mark.parametrize("row", SPELLINGS, ids=lambda row: row["address"])
def test_a_road_address_is_taken_apart(row: dict[str, str]) -> None:
    assert parts(row["address"]) == {name: row[name] for name in PARTS if row[name]}


def test_by_its_lot_where_there_is_no_road() -> None:
    assert parts(None, "인천광역시 연수구 청학동525-16") == {
        "A1": "인천광역시",
        "A2": "연수구",
        "A3": "청학동",
        "HNO": "525-16",
    }
    assert parts(None, "서울특별시 동작구 상도1동 산 3-1")["HNO"] == "산 3-1"


def test_the_lot_gives_the_neighbourhood_that_the_road_does_not_name() -> None:
    found = parts("서울특별시 영등포구 당산로 237 그린빌 101호", "서울특별시 영등포구 당산동6가 306-1 그린빌 101호")
    assert (found["A3"], found["RD"], found["HNO"]) == ("당산동6가", "당산로", "237")


def test_cities_with_districts_and_those_without() -> None:
    assert parts("경기도 수원시 영통구 광교로 1")["A2"] == "수원시 영통구"
    assert parts("세종특별자치시 한누리대로 2130") == {"A1": "세종특별자치시", "RD": "한누리대로", "HNO": "2130"}
    assert parts("세종대로 지하 189", district="중구") == {"A2": "중구", "RD": "세종대로", "HNO": "지하 189"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_is_lost_of_what_cannot_be_read(road: str, jibun: str) -> None:
    found = parts(road, jibun)
    if "HNO" not in found:
        assert found.get("LOC", "") == (road or jibun)

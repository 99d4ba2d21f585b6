"""Any file of stores, by its own columns: named by somebody, or recognised; degrees, or metres on a grid."""

import pytest

from alarmd.core.columns import arrange
from alarmd.core.dataset import Reading, read_dataset
from alarmd.core.errors import InvalidError
from alarmd.core.projection import CENTRAL_BELT, GRIDS, UNIFIED, Grid, project
from alarmd.db.registry_import import load_districts
from alarmd.edge.tables import read_table

DISTRICTS = load_districts()


def read(text: str, **named: str) -> Reading:
    return read_dataset(read_table(text.encode()), DISTRICTS, named)


def test_a_file_of_other_columns_is_read_by_naming_them() -> None:
    reading = read(
        "가게이름,주소,구,코드,북,동,전화,비고\n"
        "CU 가,서울특별시 노원구 동일로 1,노원구,11350,37.655,127.06,027160302,x\n",
        name="가게이름",
        road_address="주소",
        district="구",
        district_code="코드",
        lat="북",
        lon="동",
        phone="전화",
    )
    store = reading.lines[0].store
    assert (store.name, store.road_address, store.phone) == ("CU 가", "서울특별시 노원구 동일로 1", "+8227160302")
    assert (store.lat, store.lon, store.chain) == (37.655, 127.06, "CU")


def test_what_alarmd_calls_a_column_is_recognised() -> None:
    reading = read("name,jibun_address,lat,lon,verified_on\n우리,상계동 1,37.655,127.06,2026-11-02\n")
    assert str(reading.lines[0].store.verified_on) == "2026-11-02"


def test_a_missing_column_is_named_with_the_columns_that_the_file_has() -> None:
    with pytest.raises(InvalidError) as refused:
        read("가게이름,위도,경도\nCU 가,37.655,127.06\n", name="가게이름")
    assert "소재지도로명주소 or 소재지지번주소" in str(refused.value)
    assert "the file has 가게이름, 위도, 경도" in str(refused.value)


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"name": "상호"}, "no column 상호, which was said to be name; the file has 점포명, 위도"),
        ({"colour": "점포명"}, "colour is nothing of a store; there are name, "),
        ({"name": "점포명", "chain": "점포명"}, "column 점포명 was said to be several things"),
    ],
)
def test_a_wrong_name_of_a_column_is_refused_and_told_what_there_is(named: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        read("점포명,위도\na,1\n", **named)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: f"EPSG:{grid.epsg}")
@pytest.mark.parametrize(("x", "y"), [("X좌표", "Y좌표"), ("좌표정보(x)", "좌표정보(y)"), ("x", "y"), ("경도", "위도")])
def test_metres_of_a_grid_are_recognised_by_their_size(grid: Grid, x: str, y: str) -> None:
    east, north = project(grid, 37.655, 127.06)
    reading = read(f"점포명,소재지도로명주소,{x},{y}\nCU 가,동일로 1,{east},{north}\n")
    store = reading.lines[0].store
    assert (store.lat, store.lon) == pytest.approx((37.655, 127.06), abs=1e-7)
    assert any(f"EPSG:{grid.epsg}" in remark.reason for remark in reading.remarks)


@pytest.mark.parametrize(
    ("x", "y", "grid"),
    [
        ("X(EPSG:5186)", "Y(EPSG:5186)", CENTRAL_BELT),
        ("좌표정보x(epsg5179)", "좌표정보y(epsg5179)", UNIFIED),
        ("utmk_x", "utmk_y", UNIFIED),
        ("x_5186", "y_5186", CENTRAL_BELT),
    ],
)
def test_metres_of_a_grid_are_recognised_by_the_columns_names(x: str, y: str, grid: Grid) -> None:
    assert arrange(["점포명", "소재지지번주소", x, y], {}).epsg == grid.epsg


def test_another_grid_by_name_or_by_where_it_puts_a_store_is_refused() -> None:
    with pytest.raises(InvalidError, match=r"EPSG:5174 is none of EPSG:5186, EPSG:5179, EPSG:4326"):
        read("점포명,소재지지번주소,좌표정보x(epsg5174),좌표정보y(epsg5174)\nCU 가,상계동 1,205000,461000\n")
    east, north = project(CENTRAL_BELT, 37.655, 127.06)
    with pytest.raises(InvalidError) as refused:  # EPSG:5181, whose origin lies 100 km further
        read(f"점포명,시군구코드,소재지지번주소,x,y\nCU 가,11350,상계동 1,{east},{north - 100_000}\n")
    assert "km outside 노원구: is it on another grid than EPSG:5186?" in refused.value.faults[0].reason


@pytest.mark.parametrize(
    ("columns", "cells", "found"),
    [
        ("시군구명", "노원구", ("11350", "노원구")),
        ("시군구코드", "11350", ("11350", "노원구")),
        ("비고", "", ("11350", "노원구")),
    ],
)
def test_a_district_that_the_file_leaves_out_is_told_by_the_point(
    columns: str, cells: str, found: tuple[str, str]
) -> None:
    store = read(f"점포명,소재지지번주소,위도,경도,{columns}\nCU 가,상계동 1,37.655,127.06,{cells}\n").lines[0].store
    assert (store.district_code, store.district) == found


def test_a_district_that_nothing_tells_is_a_fault() -> None:
    with pytest.raises(InvalidError) as refused:
        read("점포명,소재지지번주소,위도,경도\nCU 가,남악리 1,34.8,126.46\n")
    assert refused.value.faults[0].where == "line 2, column 시군구코드"


def test_a_point_just_over_its_districts_border_is_not_remarked_on() -> None:
    border = DISTRICTS["11350"].ring[0]
    reading = read(f"점포명,시군구코드,소재지지번주소,위도,경도\nCU 가,11350,상계동 1,{border[1]},{border[0]}\n")
    assert not [remark for remark in reading.remarks if "outside" in remark.reason]

"""Metres on Korea's grids and degrees: as PROJ has them, and there and back again."""

from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.place import Place, locate
from alarmd.core.projection import CENTRAL_BELT, GRIDS, UNIFIED, Grid, grid_of, project, unproject

# From PROJ 9.5.1 with the EPSG dataset: latitude, longitude, grid, metres east, metres north.
PAIRS = [
    (37.5665, 126.9780, CENTRAL_BELT, 198056.3667, 551885.0306),
    (37.5665, 126.9780, UNIFIED, 953901.1653, 1952032.0810),
    (33.1, 126.2, CENTRAL_BELT, 125320.8933, 56625.2849),
    (33.1, 126.2, UNIFIED, 878692.3624, 1457309.6417),
    (38.6, 128.4, CENTRAL_BELT, 321959.5543, 667530.9930),
    (38.6, 128.4, UNIFIED, 1078370.1848, 2066958.6844),
    (37.24, 131.87, CENTRAL_BELT, 632260.8365, 526780.4901),
    (37.24, 131.87, UNIFIED, 1387701.2724, 1924639.1151),
]


@pytest.mark.parametrize(("lat", "lon", "grid", "east", "north"), PAIRS)
def test_a_point_lies_where_proj_puts_it_to_the_millimetre(
    lat: float, lon: float, grid: Grid, east: float, north: float
) -> None:
    x, y = project(grid, lat, lon)
    assert hypot(x - east, y - north) < 0.001
    back = unproject(grid, east, north)
    assert hypot((back[0] - lat) * 111_000, (back[1] - lon) * 88_000) < 0.001


@given(st.floats(33, 38.7), st.floats(124.5, 132), st.sampled_from(list(GRIDS.values())))
def test_every_point_in_korea_comes_back_from_either_grid_which_its_figures_tell(
    lat: float, lon: float, grid: Grid
) -> None:
    east, north = project(grid, lat, lon)
    assert unproject(grid, east, north) == pytest.approx((lat, lon), abs=1e-9)
    assert grid_of(north) is grid
    found = locate(east, north, None)
    assert isinstance(found, Place)
    assert (found.lat, found.lon) == pytest.approx((lat, lon), abs=1e-8)
    assert found.grid is grid


@pytest.mark.parametrize(
    ("east", "north", "epsg", "reason"),
    [
        (37.5, 127.0, None, "latitude and longitude are swapped"),
        (0.0, 0.0, None, "not in Korea"),
        (1952032.0, 953901.0, None, "east and north are swapped"),
        (198056.0, 551885.0, 4326, "neither degrees"),
        (198056.0, 551885.0, 5179, "not in Korea, as metres of EPSG:5179"),
    ],
)
def test_figures_that_are_no_place_are_told_why(east: float, north: float, epsg: int | None, reason: str) -> None:
    found = locate(east, north, epsg)
    assert isinstance(found, str)
    assert reason in found

"""Where a row of a file lies: degrees, or metres on one of Korea's grids, as WGS 84 degrees."""

import re
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

from alarmd.core.columns import DEGREES
from alarmd.core.projection import GRIDS, Grid, grid_of, unproject
from alarmd.core.store import in_korea

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")  # not 1e2 or nan, which only a program takes for coordinates
_MOST_DEGREES: Final = 180
_DIGITS: Final = 8  # of a converted degree: a millimetre
_EARTH_M: Final = 12_742_000  # mean diameter


@dataclass(frozen=True, slots=True)
class Place:
    """A point in Korea, and the grid that it was converted from."""

    lat: float
    lon: float
    grid: Grid | None


def number(cell: str) -> float | None:
    """The number that a cell holds; None: it holds none."""
    return float(cell) if _NUMBER.fullmatch(cell) else None


def locate(east: float, north: float, epsg: int | None) -> Place | str:
    """The place, or why it is none.

    Args:
        east: longitude in degrees, or metres east.
        north: latitude in degrees, or metres north.
        epsg: the code of its grid, or of WGS 84; None: as the figures tell.
    """
    in_degrees = abs(east) <= _MOST_DEGREES and abs(north) <= _MOST_DEGREES
    grid = GRIDS.get(epsg or 0) or (None if in_degrees or epsg == DEGREES else grid_of(north))
    if grid is None and not in_degrees:
        swapped = "; east and north are swapped" if grid_of(east) else ""
        known = " or ".join(f"EPSG:{code}" for code in GRIDS)
        return f"neither degrees nor metres of {known}{swapped}"
    if grid is None:
        swapped = "; latitude and longitude are swapped" if in_korea(east, north) else ""
        return Place(north, east, None) if in_korea(north, east) else f"not in Korea{swapped}"
    lat, lon = (round(angle, _DIGITS) for angle in unproject(grid, east, north))
    return Place(lat, lon, grid) if in_korea(lat, lon) else f"not in Korea, as metres of EPSG:{grid.epsg}"


def metres_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance of two points in metres, on a sphere."""
    half_north, half_east = radians(lat2 - lat1) / 2, radians(lon2 - lon1) / 2
    chord = sin(half_north) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(half_east) ** 2
    return _EARTH_M * asin(min(1, sqrt(chord)))

"""Korea's two plane grids: metres east and north on them, and WGS 84 degrees.

Transverse Mercator by Krüger's series in the third flattening n (L. Krüger, Konforme Abbildung des Erdellipsoids in
der Ebene, 1912), as C. Karney gives them in Transverse Mercator with an accuracy of a few nanometers, Journal of
Geodesy 85 (2011); to the fourth power of n they are good to less than a millimetre all over Korea. Parameters are
those of the EPSG dataset. KGD2002 and WGS 84 are taken for the same: they differ by centimetres.
"""

from dataclasses import dataclass
from math import asin, asinh, atan, atan2, atanh, cos, cosh, degrees, hypot, radians, sin, sinh, sqrt, tan
from typing import Final

_A: Final = 6_378_137.0  # GRS 80: semi-major axis in metres, and flattening
_F: Final = 1 / 298.257222101
_N: Final = _F / (2 - _F)
_E: Final = sqrt(_F * (2 - _F))
_RECTIFYING: Final = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)  # radius of the sphere with as long a meridian

_TO_PLANE: Final = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_TO_SPHERE: Final = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_TO_ELLIPSOID: Final = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45,
    56 * _N**3 / 15 - 136 * _N**4 / 35,
    4279 * _N**4 / 630,
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid: where its origin lies in degrees, its scale there, and what is added to metres east and north.

    `least_north` and `greatest_north` bound the metres north that occur in South Korea.
    """

    epsg: int
    lat: float
    lon: float
    scale: float
    east: float
    north: float
    least_north: float
    greatest_north: float


CENTRAL_BELT: Final = Grid(5186, 38, 127, 1, 200_000, 600_000, 0, 750_000)
"""KGD2002 / Central Belt 2010."""
UNIFIED: Final = Grid(5179, 38, 127.5, 0.9996, 1_000_000, 2_000_000, 1_400_000, 2_150_000)
"""KGD2002 / Unified CS, also called UTM-K."""
GRIDS: Final = {grid.epsg: grid for grid in (CENTRAL_BELT, UNIFIED)}


def grid_of(north: float) -> Grid | None:
    """The grid that a point in Korea must be on: their metres north do not overlap. None: on neither."""
    return next((grid for grid in GRIDS.values() if grid.least_north <= north <= grid.greatest_north), None)


def project(grid: Grid, lat: float, lon: float) -> tuple[float, float]:
    """Metres east and north on the grid, of a point within 10 degrees of its meridian."""
    conformal = sinh(asinh(tan(radians(lat))) - _E * atanh(_E * sin(radians(lat))))
    away = radians(lon - grid.lon)
    along, across = atan2(conformal, cos(away)), asinh(sin(away) / hypot(conformal, cos(away)))
    along, across = _add(_TO_PLANE, along, across, 1)
    return (
        grid.east + grid.scale * _RECTIFYING * across,
        grid.north + grid.scale * _RECTIFYING * (along - _origin(grid)),
    )


def unproject(grid: Grid, east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude in degrees, of a point on the grid within 1,000 km of its meridian."""
    along = _origin(grid) + (north - grid.north) / (grid.scale * _RECTIFYING)
    across = (east - grid.east) / (grid.scale * _RECTIFYING)
    along, across = _add(_TO_SPHERE, along, across, -1)
    conformal = asin(sin(along) / cosh(across))
    lat = conformal + sum(term * sin(2 * k * conformal) for k, term in enumerate(_TO_ELLIPSOID, 1))
    return degrees(lat), grid.lon + degrees(atan2(sinh(across), cos(along)))


def _origin(grid: Grid) -> float:
    """The rectifying latitude of the grid's origin, in radians."""
    conformal = sinh(asinh(tan(radians(grid.lat))) - _E * atanh(_E * sin(radians(grid.lat))))
    return _add(_TO_PLANE, atan(conformal), 0.0, 1)[0]


def _add(series: tuple[float, ...], along: float, across: float, sign: int) -> tuple[float, float]:
    terms = list(enumerate(series, 1))
    return (
        along + sign * sum(term * sin(2 * k * along) * cosh(2 * k * across) for k, term in terms),
        across + sign * sum(term * cos(2 * k * along) * sinh(2 * k * across) for k, term in terms),
    )

"""The outlines of Seoul's districts: whether a store lies where its address says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any, Final, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude, in degrees."""

_DEGREE_M: Final = 111_195  # of latitude


@dataclass(frozen=True, slots=True)
class District:
    """A district by its legal code, with one closed ring as its outline."""

    code: str
    name: str
    ring: Sequence[Point]

    def holds(self, lat: float, lon: float) -> bool:
        """Whether the point lies within: a ray from it crosses the outline an odd number of times."""
        inside = False
        for (lon1, lat1), (lon2, lat2) in pairwise(self.ring):
            if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
                inside = not inside
        return inside

    def metres_off(self, lat: float, lon: float) -> float:
        """How far outside the point lies, in metres; 0 within."""
        if self.holds(lat, lon):
            return 0.0
        east = _DEGREE_M * cos(radians(lat))
        ring = [((x - lon) * east, (y - lat) * _DEGREE_M) for x, y in self.ring]
        return min(_from_origin(start, end) for start, end in pairwise(ring))


def _from_origin(start: Point, end: Point) -> float:
    """The distance of a line from (0, 0), on a plane."""
    (x, y), (along_x, along_y) = start, (end[0] - start[0], end[1] - start[1])
    length = along_x**2 + along_y**2
    share = min(1.0, max(0.0, -(x * along_x + y * along_y) / length)) if length else 0.0
    return hypot(x + share * along_x, y + share * along_y)


def read_districts(document: Mapping[str, Any]) -> dict[str, District]:
    """The districts of `districts.json`, by code."""
    return {
        code: District(code, found["name"], [(lon, lat) for lon, lat in found["ring"]])
        for code, found in document["districts"].items()
    }

"""The outlines of Seoul's districts: whether a store lies where its address says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude, in degrees."""


@dataclass(frozen=True, slots=True)
class District:
    """A district by its legal code, with one closed ring as its outline."""

    code: str
    name: str
    ring: Sequence[Point]

    def holds(self, lat: float, lon: float) -> bool:
        """Whether the point lies within: a ray from it crosses the outline an odd number of times."""
        inside = False
        for (lon1, lat1), (lon2, lat2) in zip(self.ring, self.ring[1:], strict=False):
            if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
                inside = not inside
        return inside


def read_districts(document: Mapping[str, Any]) -> dict[str, District]:
    """The districts of `districts.json`, by code."""
    return {
        code: District(code, found["name"], [(lon, lat) for lon, lat in found["ring"]])
        for code, found in document["districts"].items()
    }

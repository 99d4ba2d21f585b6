"""A store, as the registry knows it."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

_CHAINS: Final = {
    "CU": ("cu", "씨유"),
    "GS25": ("gs25", "gs 25", "지에스25"),
    "세븐일레븐": ("세븐일레븐", "세븐일래븐", "7-eleven", "7eleven", "7-11"),
    "이마트24": ("이마트24", "emart24", "e마트24", "emart 24"),
    "미니스톱": ("미니스톱", "ministop"),
    "씨스페이스": ("씨스페이스", "c-space", "cspace", "c·space"),
}


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """What is registered of a store.

    `phone` is E.164 (or 112, 119), `district_code` the legal code of five digits, `lat` and `lon` are WGS 84 degrees.
    At least one of the two addresses is there.
    """

    name: str
    district: str
    district_code: str
    lat: float
    lon: float
    road_address: str | None = None
    jibun_address: str | None = None
    chain: str | None = None
    phone: str | None = None
    postal_code: str | None = None
    province: str | None = None
    police_station: str | None = None
    entrance_note: str | None = None
    status: Literal["open", "closed"] = "open"
    designated_year: int | None = None
    reference_date: date | None = None
    provider_code: str | None = None
    provider_name: str | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells stores apart. Not the telephone: 27 real stores share one number; not the name alone: "CU"."""
        return (self.name, self.district_code, self.road_address or self.jibun_address or "")


def chain_of(name: str) -> str | None:
    """The chain that a store's name begins with, in one spelling; None where it tells none."""
    lowered = name.lower().lstrip()
    for chain, spellings in _CHAINS.items():
        if lowered.startswith(spellings):
            return chain
    return None


def in_korea(lat: float, lon: float) -> bool:
    """Whether a point may lie in South Korea: from Marado to the north of Gangwon, from Gageodo to Dokdo."""
    return 33.0 <= lat <= 38.7 and 124.5 <= lon <= 132.0  # noqa: PLR2004 - the figures are named in the docstring

"""A store, as the registry knows it."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

# How each chain's name is begun in real rows, once spaces are gone. No Latin letter may follow: CULTURE is no CU.
_CHAINS: Final = {
    "CU": re.compile(r"(cu|씨유)(?![a-z])"),
    "GS25": re.compile(r"(gs|지에스)25"),
    "세븐일레븐": re.compile(r"세븐일[레래]븐|7-?(eleven|11)"),
    "이마트24": re.compile(r"(이마트|e마트|emart|e-mart)24"),
    "미니스톱": re.compile(r"미니스톱|ministop"),
    "씨스페이스": re.compile(r"씨스페이스|c[-·]?space"),
}
# The members that are words; not the entrance note, which may have lines.
_WORDS: Final = (
    "name",
    "district",
    "road_address",
    "jibun_address",
    "chain",
    "province",
    "police_station",
    "provider_code",
    "provider_name",
)


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """What is registered of a store.

    `phone` is E.164 (or 112, 119), `district_code` the legal code of five digits, `lat` and `lon` are WGS 84 degrees.
    At least one of the two addresses is there. `verified_on` is when somebody last made sure of it all on the spot.
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
    verified_on: date | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells stores apart. Not the telephone: 27 real stores share one number; not the name alone: "CU"."""
        return (self.name, self.district_code, self.road_address or self.jibun_address or "")

    def tidied(self) -> "StoreEntry":
        """The same in the registry's one spelling: so that its export, read again, is the same store."""
        words: dict[str, Any] = {
            name: tidy(text) or None for name in _WORDS if (text := getattr(self, name)) is not None
        }
        return replace(self, **words, entrance_note=composed(self.entrance_note or "") or None)


def chain_of(name: str) -> str | None:
    """The chain that a store's name begins with, in one spelling; None where it tells none."""
    joined = _joined(name)
    for chain, spelling in _CHAINS.items():
        if spelling.match(joined):
            return chain
    return None


def is_only_chain(name: str) -> bool:
    """Whether a store's name says its chain and nothing else, as that of several stores does."""
    return any(spelling.fullmatch(_joined(name)) for spelling in _CHAINS.values())


def _joined(name: str) -> str:
    return tidy(name).lower().replace(" ", "").removeprefix("(주)")


def tidy(text: str) -> str:
    """Text in the one spelling in which the registry keeps it: syllables composed, one space between words."""
    return " ".join(composed(text).split())


def composed(text: str) -> str:
    """Text with its syllables composed (NFC), and nothing around it.

    macOS writes 가 as two characters; two spellings of a name would be two stores.
    """
    return unicodedata.normalize("NFC", text).strip()


def in_korea(lat: float, lon: float) -> bool:
    """Whether a point may lie in South Korea: from Marado to the north of Gangwon, from Gageodo to Dokdo."""
    return 33.0 <= lat <= 38.7 and 124.5 <= lon <= 132.0  # noqa: PLR2004 - the figures are named in the docstring

"""Convenience stores that do not exist, spread over Seoul's 25 districts; repeatable by their seed.

Chains, roads, dongs and police stations are real; which of them meet in an address is chance. The telephone numbers
belong to nobody: 02-19xx-xxxx. Local exchanges in Korea begin with 2 to 9, because a leading 1 is for special services
(112, 1588-xxxx), and among those the regulator listed 17xx to 19xx as reserve (press report of 2009-05-29; 18xx has
been given out since, of 19xx we know nothing given out). `phonenumbers`, whose rule for Seoul is coarser (2, then 1 to
9, then six or seven digits), takes them for valid, so that they are brought into E.164 like real ones.
"""

import csv
import json
import random
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO, TextIOWrapper
from itertools import accumulate, islice
from typing import Annotated, Any, TypeVar

import typer

T = TypeVar("T")

COLUMNS = (
    "점포명",
    "시도명",
    "시군구명",
    "시군구코드",
    "소재지도로명주소",
    "소재지지번주소",
    "위도",
    "경도",
    "여성안심지킴이집전화번호",
    "관할경찰서명",
    "지정연도",
    "운영여부",
    "데이터기준일자",
    "제공기관코드",
    "제공기관명",
)
"""The columns of the national standard dataset 전국안심지킴이집표준데이터."""

CHAINS = (("CU", "cu", "씨유"), ("GS25", "gs25"), ("세븐일레븐",), ("이마트24", "emart24"), ("미니스톱",))
"""The chains, each as it is variously written."""
SHARES = (0.33, 0.66, 0.86, 0.97, 1.0)
"""The running sum of the chains' shares of all stores."""
BRANCHES = (
    *("중앙", "제일", "본", "역", "사거리", "행복", "으뜸", "타운", "스타", "하나", "대로", "공원", "시장", "우체국"),
    *(
        "초교",
        "한빛",
        "프라자",
        "새봄",
        "아이파크",
        "삼거리",
        "참",
        "동문",
        "리치",
        "힐",
        "골목",
        "은빛",
        "광장",
        "센터",
    ),
)
LOT_SHARE, YEAR_SHARE, SIDE_STREET_SHARE = 0.7, 0.4, 0.6
SUFFIXES = ("", "", "", "", "", " 1층", ", 1층", ", 1층 101호", ", 상가동 105호", " 지하1층")


@dataclass(frozen=True, slots=True)
class District:
    """A district as in `seoul.json`, and how its office writes its data."""

    name: str
    code: str
    police_stations: Sequence[str]
    precincts: Sequence[str]
    roads: Sequence[str]
    dongs: Sequence[str]
    strips: Sequence[tuple[float, float, float]]
    number: int


class Generator:
    """Draws one store after the other.

    Only `random()` is asked of the source of chance: its sequence for a seed is the same in all Pythons.
    """

    def __init__(self, seed: int) -> None:
        seoul = json.loads(files("simulators").joinpath("seoul.json").read_text(encoding="utf-8"))
        self._strip_height: float = seoul["strip_height"]
        self._districts = [District(**each, number=number) for number, each in enumerate(seoul["districts"])]
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def stores(self) -> Iterator[dict[str, str]]:
        """Yield stores for ever, one in each district in turn."""
        while True:
            for district in self._districts:
                yield self._store(district)

    def _store(self, district: District) -> dict[str, str]:
        dong = self._pick(district.dongs)
        where = f"서울특별시 {district.name}"
        lat, lon = self._place(district)
        values = (
            self._unused(lambda: self._name(district, dong)),
            "서울특별시",
            district.name,
            district.code,
            self._unused(lambda: f"{where} {self._street(district)}") + self._pick(SUFFIXES),
            f"{where} {dong} {self._up_to(900)}-{self._up_to(120)}" if self._random.random() < LOT_SHARE else "",
            f"{lat:.7f}",
            f"{lon:.7f}",
            self._unused(lambda: f"02-19{self._up_to(100) - 1:02}-{self._up_to(10000) - 1:04}"),
            self._police(district),
            str(2013 + self._up_to(12)) if self._random.random() < YEAR_SHARE else "",
            "Y",
            f"2026-{1 + district.number % 5:02}-{1 + district.number:02}",
            str(3000000 + 10000 * district.number),
            where,
        )
        return dict(zip(COLUMNS, values, strict=True))

    def _name(self, district: District, dong: str) -> str:
        draw = self._random.random()
        spellings = next(chain for chain, share in zip(CHAINS, SHARES, strict=True) if draw < share)
        chain = spellings[district.number % len(spellings)]
        space = "" if district.number % 4 == 0 else " "
        return (
            f"{chain}{space}{dong.removesuffix('동')}{self._pick(BRANCHES)}{'' if district.number % 5 == 0 else '점'}"
        )

    def _street(self, district: District) -> str:
        road = self._pick(district.roads)
        if road.endswith("로") and self._random.random() < SIDE_STREET_SHARE:
            road += f"{' ' if district.number % 6 == 0 else ''}{self._up_to(60)}길"
        return f"{road} {self._up_to(250)}"

    def _police(self, district: District) -> str:
        """A station, a station without its city, or a precinct: each district's office has its habit."""
        match district.number % 3:
            case 0:
                return self._pick(district.police_stations)
            case 1:
                return self._pick(district.police_stations).removeprefix("서울")
            case _:
                return self._pick(district.precincts)

    def _place(self, district: District) -> tuple[float, float]:
        """A point in the district, as likely in one part of it as in another: latitude and longitude."""
        ends = list(accumulate(east - west for _, west, east in district.strips))
        along = self._random.random() * ends[-1]
        number = bisect_left(ends, along)
        south, _, east = district.strips[number]
        return south + self._random.random() * self._strip_height, east - (ends[number] - along)

    def _unused(self, draw: Callable[[], str]) -> str:
        while (value := draw()) in self._used:
            pass
        self._used.add(value)
        return value

    def _pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def _up_to(self, most: int) -> int:
        return 1 + int(self._random.random() * most)


def generate(count: int = 656, seed: int = 0) -> list[dict[str, str]]:
    """Generate stores as rows of the national standard dataset, keyed by `COLUMNS`.

    The first stores of a longer list are those of a shorter one. No name, road address or telephone number comes twice.
    """
    return list(islice(Generator(seed).stores(), count))


def generate_buttons(stores: Sequence[Any]) -> list[str]:
    """The id of each store's button, in the order of the stores: `sim-0001` and so on."""
    return [f"sim-{number:04}" for number in range(1, len(stores) + 1)]


def as_csv(stores: Sequence[dict[str, str]]) -> str:
    """Stores as CSV with the columns of the national standard dataset."""
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(stores)
    return text.getvalue()


def main(
    count: Annotated[int, typer.Option(min=0, max=5000, help="So many stores.")] = 656,
    seed: Annotated[int, typer.Option(help="Another seed, other stores.")] = 0,
) -> None:
    """Print stores that do not exist as CSV (UTF-8) with the columns of the national standard dataset."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    sys.stdout.write(as_csv(generate(count, seed)))


if __name__ == "__main__":
    typer.run(main)

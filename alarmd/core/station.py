"""Police stations and their precincts: the lists that the police publish, and how people write the names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from alarmd.core.errors import Fault, InvalidError
from alarmd.core.phone import normalise, shown
from alarmd.core.row import Remark, Row
from alarmd.core.store import tidy

Kind = Literal["headquarters", "station", "precinct"]

# How a province's name begins in addresses and in names of stations -> how its legal codes begin.
PROVINCES: Final = {
    "서울": "11",
    "부산": "26",
    "대구": "27",
    "인천": "28",
    "광주": "29",
    "대전": "30",
    "울산": "31",
    "세종": "36",
    "경기": "41",
    "충북": "43",
    "충청북": "43",
    "충남": "44",
    "충청남": "44",
    "전남": "46",
    "전라남": "46",
    "경북": "47",
    "경상북": "47",
    "경남": "48",
    "경상남": "48",
    "제주": "50",
    "강원": "51",
    "전북": "52",
    "전라북": "52",
}
# The columns of 경찰청_경찰관서 위치 주소 현황 (data.go.kr 15054711), and those of a plain list of stations.
_PRECINCT_COLUMNS: Final = ("경찰서", "관서명", "구분", "경찰_주소")
_PRECINCT_PHONE: Final = "경찰_전화번호"
_STATION_COLUMNS: Final = ("name", "address")
_STATION: Final = "경찰서"
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class StationEntry:
    """A police station, a precinct of one, or a province's headquarters.

    `name` is in full: 서울동작경찰서, or 서울동작경찰서 사당지구대, whose `parent` is the former.
    """

    name: str
    kind: Kind
    province_code: str
    parent: str | None = None
    phone: str | None = None
    address: str | None = None
    district: str | None = None

    def writings(self) -> set[str]:
        """How people write the name, folded: with the city or without, and a precinct without its station as well."""
        station, _, precinct = self.name.partition(" ")
        cities = [city for city, code in PROVINCES.items() if code == self.province_code]
        bare = next((station.removeprefix(city) for city in cities if station.startswith(city)), station)
        stations = {station, bare, *(f"{city}{bare}" for city in cities)}
        return {folded(f"{each}{precinct}") for each in stations} | ({folded(precinct)} if precinct else set())


@dataclass(frozen=True, slots=True)
class StationReading:
    """A list that can be imported, with its oddities: each station before its precincts."""

    stations: list[StationEntry]
    remarks: list[Remark]


@dataclass(frozen=True, slots=True)
class StationPlan:
    """What an import does: what it adds, what it changes from what, and how many stay as they are.

    `not_in_file` are those of the list's kind and provinces that it does not name. They stay.
    """

    new: list[StationEntry]
    changed: list[tuple[StationEntry, StationEntry]]
    unchanged: int
    remarks: list[Remark]
    not_in_file: list[str]

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        """The report, ready for JSON."""
        return {
            "dry_run": dry_run,
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "warnings": [
                {"line": remark.line, "column": remark.column, "value": remark.value, "reason": remark.reason}
                for remark in self.remarks
            ],
            "changes": [
                *({"name": entry.name, "action": "new", "fields": {}} for entry in self.new),
                *({"name": new.name, "action": "changed", "fields": _differing(old, new)} for old, new in self.changed),
            ],
            "not_in_file": self.not_in_file,
        }


def folded(written: str) -> str:
    """A name without what its writings differ in; the database folds a store's in the same way."""
    return "".join(char.lower() if char.isascii() else char for char in tidy(written).replace(" ", ""))


def read_stations(rows: Sequence[Row]) -> StationReading:
    """Read a list of stations (name, address) or one of precincts, as the police publish it.

    Raises:
        InvalidError: it is neither, or a row is wrong; the faults name line, column, value and reason of each.
    """
    header = rows[0].cells.keys()
    if all(column in header for column in _PRECINCT_COLUMNS):
        read = _precinct
    elif all(column in header for column in _STATION_COLUMNS):
        read = _station
    else:
        raise InvalidError(
            f"neither a list of precincts ({', '.join(_PRECINCT_COLUMNS)}) nor one of stations "
            f"({', '.join(_STATION_COLUMNS)}); the file has {', '.join(name for name in header if name)}"
        )
    found: dict[str, StationEntry] = {}
    remarks, faults = [], list[Fault]()
    for row in rows:
        for said in read(row):
            match said:
                case Remark():
                    remarks.append(said)
                case Fault():
                    faults.append(said)
                case StationEntry(parent=None, kind="station", address=None):
                    found.setdefault(said.name, said)
                case _ if said.name in found:
                    faults.append(Fault(f"line {row.line}", "is there twice", said.name))
                case _:
                    found[said.name] = said
    if faults:
        raise InvalidError(f"nothing was imported: {len(faults)} faults in {len(rows)} rows", faults)
    return StationReading(list(found.values()), remarks)


def plan_stations(reading: StationReading, registered: Mapping[str, StationEntry]) -> StationPlan:
    """Compare a list with all that is registered. What only one of several lists tells, the others do not take away."""
    new, changed = [], []
    for entry in reading.stations:
        before = registered.get(entry.name)
        if before is None:
            new.append(entry)
        elif (after := _completed(entry, before)) != before:
            changed.append((before, after))
    unchanged = len(reading.stations) - len(new) - len(changed)
    return StationPlan(new, changed, unchanged, reading.remarks, _missing(reading, registered))


def _missing(reading: StationReading, registered: Mapping[str, StationEntry]) -> list[str]:
    """Those that such a list should name. One of precincts names stations by the way, and not all of them."""
    named = {entry.name for entry in reading.stations}
    provinces = {entry.province_code for entry in reading.stations}
    of_precincts = any(entry.kind == "precinct" for entry in reading.stations)
    return sorted(
        entry.name
        for entry in registered.values()
        if (entry.kind == "precinct") == of_precincts and entry.province_code in provinces and entry.name not in named
    )


def _station(row: Row) -> Iterator[StationEntry | Fault | Remark]:
    name, address = tidy(row.cells["name"]), tidy(row.cells["address"])
    kind: Kind = "station" if name.endswith(_STATION) else "headquarters"
    if not name or len(name) > _LONGEST or " " in name:
        yield Fault(f"line {row.line}, column name", "not the name of one station", name[:50])
        return
    yield from _entry(row, "address", name, kind, address)


def _precinct(row: Row) -> Iterator[StationEntry | Fault | Remark]:
    station, name, sort, address = (tidy(row.cells[column]).replace(" ", "") for column in _PRECINCT_COLUMNS)
    address = tidy(row.cells["경찰_주소"])
    for column, cell in (("경찰서", station), ("관서명", name)):
        if not cell or len(cell) > _LONGEST // 4:
            yield Fault(f"line {row.line}, column {column}", "empty" if not cell else "too long", cell[:50])
            return
    station = f"{station.removesuffix(_STATION)}{_STATION}"
    name = f"{station} {name.removesuffix(sort)}{sort}"
    said = list(_entry(row, "경찰_주소", name, "precinct", address, station))
    for entry in said:
        if isinstance(entry, StationEntry):  # its station may be in no list before this one
            yield StationEntry(station, "station", entry.province_code)
    yield from said


def _entry(
    row: Row, column: str, name: str, kind: Kind, address: str, parent: str | None = None
) -> Iterator[StationEntry | Fault | Remark]:
    words = address.split(" ")
    province = _province(words[0]) or _province(name)
    if province is None or len(address) > _LONGEST:
        yield Fault(f"line {row.line}, column {column}", "no address that begins with its province", address[:50])
        return
    if not address:
        yield Remark(row.line, column, "", f"{name} has no address")
    written = tidy(row.cells.get(_PRECINCT_PHONE, ""))
    phone = normalise(written) if written else None
    if written and phone is None:
        yield Remark(row.line, _PRECINCT_PHONE, written, "no such telephone number can exist: left empty")
    district = words[1] if len(words) > 1 else None
    yield StationEntry(name, kind, province, parent, phone, address or None, district)


def _province(name: str) -> str | None:
    return next((code for city, code in PROVINCES.items() if name.startswith(city)), None)


def _completed(entry: StationEntry, before: StationEntry) -> StationEntry:
    return StationEntry(
        entry.name,
        entry.kind,
        entry.province_code,
        entry.parent,
        entry.phone or before.phone,
        entry.address or before.address,
        entry.district or before.district,
    )


def _differing(before: StationEntry, after: StationEntry) -> dict[str, list[str | None]]:
    fields = {name: (getattr(before, name), getattr(after, name)) for name in StationEntry.__slots__}
    return {
        name: [shown(value) if name == "phone" and value else value for value in pair]
        for name, pair in fields.items()
        if pair[0] != pair[1]
    }

"""The national standard dataset 전국여성안심지킴이집표준데이터: its rows, checked, as stores."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from alarmd.core.district import District
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.phone import normalise, shown
from alarmd.core.store import StoreEntry, chain_of, composed, in_korea, tidy

# Column -> its name in the API tn_pubr_public_female_safety_prtchouse_api.
COLUMNS: Final = {
    "점포명": "storNm",
    "시도명": "ctprvnNm",
    "시군구명": "signguNm",
    "시군구코드": "signguCode",
    "소재지도로명주소": "rdnmadr",
    "소재지지번주소": "lnmadr",
    "위도": "latitude",
    "경도": "longitude",
    "여성안심지킴이집전화번호": "phoneNumber",
    "관할경찰서명": "cmptncPolcsttnNm",
    "지정연도": "appnYear",
    "운영여부": "useYn",
    "데이터기준일자": "referenceDate",
    "제공기관코드": "instt_code",
    "제공기관명": "insttNm",
}
# Columns of alarmd's own, in its exports; they may be missing.
OWN_COLUMNS: Final = ("관리코드", "우편번호", "출입구안내")

# Column by each of its names, folded.
_KNOWN: Final = {name: name for name in (*COLUMNS, *OWN_COLUMNS)} | {
    api.replace("_", "").lower(): name for name, api in COLUMNS.items()
}
_REQUIRED: Final = ("점포명", "시군구명", "시군구코드", "위도", "경도")
_ADDRESSES: Final = ("소재지도로명주소", "소재지지번주소")
_LONGEST: Final = 200
_LONGEST_NOTE: Final = 2000
_FIVE_DIGITS: Final = re.compile(r"[0-9]{5}")  # not \d, which takes the digits of every script
_YEARS: Final = range(1990, 2101)
_DEGREES: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class Row(Protocol):
    """A row of a table: where it is, and its cells by column."""

    @property
    def line(self) -> int: ...  # noqa: D102

    @property
    def cells(self) -> dict[str, str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd about a row that is taken all the same."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file as a store."""

    line: int
    store: StoreEntry


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that can be imported, with its oddities."""

    lines: list[Line]
    remarks: list[Remark]


def read_dataset(rows: Sequence[Row], districts: Mapping[str, District]) -> Reading:
    """Read rows of the dataset, with Korean column names or those of its API.

    Raises:
        InvalidError: a column is missing or a row is wrong; the faults name line, column, value and reason of each.
    """
    _check_columns(_by_column(rows[0].cells))
    lines, remarks, faults = [], [], []
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        reader = _Reader(row)
        store = reader.store()
        if store is not None:
            earlier = seen.setdefault(store.identity, row.line)
            if earlier == row.line:
                lines.append(Line(row.line, store))
            else:
                reader.refuse("점포명", store.name, f"the same name, district and address as in line {earlier}")
        faults += reader.faults
        remarks += reader.remarks
    if faults:
        raise InvalidError(f"nothing was imported: {len(faults)} faults in {len(rows)} rows", faults)
    return Reading(lines, sorted([*remarks, *_compare(lines, districts)], key=lambda remark: remark.line))


def _check_columns(cells: Mapping[str, str]) -> None:
    missing = [name for name in _REQUIRED if name not in cells]
    if not any(name in cells for name in _ADDRESSES):
        missing.append(" or ".join(_ADDRESSES))
    if missing:
        raise InvalidError(
            f"column missing: {', '.join(missing)}", [Fault("line 1", f"no column {name}") for name in missing]
        )


def _by_column(cells: Mapping[str, str]) -> dict[str, str]:
    """Cells by the Korean names of their columns, whichever names the file has."""
    return {_KNOWN.get(_folded(name), name): cell for name, cell in cells.items()}


def _folded(name: str) -> str:
    """A column's name without what writers of the dataset differ in: instt_code is also written insttCode."""
    return tidy(name).replace("_", "").lower()


class _Reader:
    """Reads one row, and collects what is wrong and what is odd."""

    def __init__(self, row: Row) -> None:
        self._line = row.line
        self._cells = _by_column(row.cells)
        self.faults: list[Fault] = []
        self.remarks: list[Remark] = []

    def refuse(self, column: str, value: str, reason: str) -> None:
        self.faults.append(Fault(f"line {self._line}, column {column}", reason, value))

    def remark(self, column: str, value: str, reason: str) -> None:
        self.remarks.append(Remark(self._line, column, value, reason))

    def store(self) -> StoreEntry | None:
        """The row as a store; None if it has a fault."""
        name, code = self._required("점포명"), self._required("시군구코드")
        if code and not _FIVE_DIGITS.fullmatch(code):
            self.refuse("시군구코드", code, "not five digits")
        road, jibun = (self._address(column) for column in _ADDRESSES)
        if not road and not jibun:
            self.refuse(_ADDRESSES[0], "", "both addresses are empty")
        lat, lon = self._degrees("위도"), self._degrees("경도")
        self._check_place(lat, lon)
        status, year, day = self._status(), self._year(), self._date()
        postal_code, note = self._postal_code(), self._note()
        if self.faults or lat is None or lon is None:
            return None
        return StoreEntry(
            name=name,
            district=self._required("시군구명"),
            district_code=code,
            lat=lat,
            lon=lon,
            road_address=road,
            jibun_address=jibun,
            chain=chain_of(name),
            phone=self._phone(),
            postal_code=postal_code,
            province=self._optional("시도명"),
            police_station=self._optional("관할경찰서명"),
            entrance_note=note,
            status=status,
            designated_year=year,
            reference_date=day,
            provider_code=self._optional("제공기관코드"),
            provider_name=self._optional("제공기관명"),
        )

    def _cell(self, column: str) -> str:
        return self._bounded(column, tidy(self._cells.get(column, "")), _LONGEST)

    def _note(self) -> str | None:
        """How to get in; it may have lines."""
        note = composed(self._cells.get("출입구안내", ""))
        return self._bounded("출입구안내", note, _LONGEST_NOTE) or None

    def _bounded(self, column: str, cell: str, longest: int) -> str:
        if len(cell) > longest:
            self.refuse(column, f"{cell[:20]}...", f"longer than {longest} characters")
        return cell

    def _required(self, column: str) -> str:
        cell = self._cell(column)
        if not cell:
            self.refuse(column, "", "empty")
        return cell

    def _optional(self, column: str) -> str | None:
        return self._cell(column) or None

    def _address(self, column: str) -> str | None:
        address = self._cell(column)
        if address.count("(") != address.count(")"):
            self.remark(column, address, "cut off within a parenthesis")
        return address or None

    def _degrees(self, column: str) -> float | None:
        cell = self._required(column)
        if cell and not _DEGREES.fullmatch(cell):
            self.refuse(column, cell, "not a number of degrees")
            return None
        return float(cell) if cell else None

    def _check_place(self, lat: float | None, lon: float | None) -> None:
        if lat is None or lon is None or in_korea(lat, lon):
            return
        swapped = "; latitude and longitude are swapped" if in_korea(lon, lat) else ""
        self.refuse("위도", f"{lat}, {lon}", f"not in Korea{swapped}")

    def _phone(self) -> str | None:
        column = "여성안심지킴이집전화번호"
        cell = self._cell(column)
        number = normalise(cell) if cell else None
        if cell and number is None:
            self.remark(column, cell, "no such telephone number can exist: left empty")
        return number

    def _status(self) -> Literal["open", "closed"]:
        match cell := self._cell("운영여부").upper():
            case "Y" | "":
                return "open"
            case "N":
                return "closed"
        self.refuse("운영여부", cell, "neither Y nor N")
        return "open"

    def _year(self) -> int | None:
        cell = self._cell("지정연도")
        if not cell:
            return None
        if cell.isdecimal() and int(cell) in _YEARS:
            return int(cell)
        self.refuse("지정연도", cell, "not a year")
        return None

    def _date(self) -> date | None:
        cell = self._cell("데이터기준일자")
        try:
            return date.fromisoformat(cell) if cell else None
        except ValueError:
            self.refuse("데이터기준일자", cell, "not a date like 2026-04-14")
            return None

    def _postal_code(self) -> str | None:
        cell = self._cell("우편번호")
        if len(cell) == len("1234"):  # Excel takes the first digit away, where it is a zero
            cell = f"0{cell}"
        if cell and not _FIVE_DIGITS.fullmatch(cell):
            self.refuse("우편번호", cell, "not five digits")
        return cell or None


def _compare(lines: Sequence[Line], districts: Mapping[str, District]) -> Iterator[Remark]:
    """What is odd about rows beside one another, and about rows on the map."""
    phones: dict[str, int] = {}
    places: dict[tuple[float, float], int] = {}
    for line in lines:
        store = line.store
        if store.phone and (first := phones.setdefault(store.phone, line.line)) != line.line:
            reason = f"the same telephone number as in line {first}"
            yield Remark(line.line, "여성안심지킴이집전화번호", shown(store.phone), reason)
        place = f"{store.lat}, {store.lon}"
        if (first := places.setdefault((store.lat, store.lon), line.line)) != line.line:
            yield Remark(line.line, "위도", place, f"the same place as in line {first}")
        district = districts.get(store.district_code)
        if district and not district.holds(store.lat, store.lon):
            yield Remark(line.line, "위도", place, f"outside {district.name} ({district.code})")

"""One row of the national dataset, checked, as a store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol

from alarmd.core.columns import EAST, NORTH, Arrangement
from alarmd.core.district import District
from alarmd.core.errors import Fault
from alarmd.core.phone import normalise
from alarmd.core.place import Place, locate, number
from alarmd.core.store import StoreEntry, chain_of, composed, tidy

_LONGEST: Final = 200
_LONGEST_NOTE: Final = 2000
_FIVE_DIGITS: Final = re.compile(r"[0-9]{5}")  # not \d, which takes the digits of every script
_YEARS: Final = range(1990, 2101)
_ADDRESSES: Final = ("소재지도로명주소", "소재지지번주소")
_FAR_OFF_M: Final = 5_000  # a converted point so far from its district was on another grid
_NO_DISTRICT: Final = "empty, and the point is in no district whose outline alarmd has"


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
    """A row of the file as a store; `code` is what the file calls it in the registry, `epsg` the grid it was on."""

    line: int
    store: StoreEntry
    code: str | None = None
    epsg: int | None = None


class RowReader:
    """Reads one row, and collects what is wrong and what is odd."""

    def __init__(self, row: Row, arrangement: Arrangement, districts: Mapping[str, District]) -> None:
        self._line = row.line
        self._cells = arrangement.arranged(row.cells)
        self._epsg = arrangement.epsg
        self._districts = districts
        self.faults: list[Fault] = []
        self.remarks: list[Remark] = []

    def refuse(self, column: str, value: str, reason: str) -> None:
        """Note what is wrong."""
        self.faults.append(Fault(f"line {self._line}, column {column}", reason, value))

    def read(self) -> Line | None:
        """The row as a store; None if it has a fault."""
        name = self._required("점포명")
        road, jibun = (self._address(column) for column in _ADDRESSES)
        if not road and not jibun:
            self.refuse(_ADDRESSES[0], "", "both addresses are empty")
        place = self._place()
        code, district = self._district(place)
        status, year = self._status(), self._year()
        day, verified_on = self._date("데이터기준일자"), self._date("확인일자")
        postal_code, note = self._postal_code(), self._note()
        if self.faults or place is None:
            return None
        store = StoreEntry(
            name=name,
            district=district,
            district_code=code,
            lat=place.lat,
            lon=place.lon,
            road_address=road,
            jibun_address=jibun,
            chain=self._optional("체인") or chain_of(name),
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
            verified_on=verified_on,
        )
        return Line(self._line, store, self._optional("관리코드"), place.grid.epsg if place.grid else None)

    def _remark(self, column: str, value: str, reason: str) -> None:
        self.remarks.append(Remark(self._line, column, value, reason))

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
            self._remark(column, address, "cut off within a parenthesis")
        return address or None

    def _place(self) -> Place | None:
        north, north_column = self._coordinate("위도", NORTH)
        east, _ = self._coordinate("경도", EAST)
        if north is None or east is None:
            return None
        found = locate(east, north, self._epsg)
        if isinstance(found, Place):
            return found
        self.refuse(north_column, f"{north}, {east}", found)
        return None

    def _coordinate(self, degrees: str, metres: str) -> tuple[float | None, str]:
        """The figure, in whichever column the file has it, and that column."""
        column = degrees if self._cells.get(degrees, "").strip() or metres not in self._cells else metres
        cell = self._required(column)
        figure = number(cell)
        if cell and figure is None:
            self.refuse(column, cell, "not a number of degrees" if column == degrees else "not a number of metres")
        return figure, column

    def _district(self, place: Place | None) -> tuple[str, str]:
        """Legal code and name. Where the file leaves them out, as the point tells: in Seoul, whose outlines we have."""
        code, name = self._cell("시군구코드"), self._cell("시군구명")
        if code and not _FIVE_DIGITS.fullmatch(code):
            self.refuse("시군구코드", code, "not five digits")
        if not code and place:
            code = next((found.code for found in self._around(place) if name in {"", found.name}), "")
            if not code:
                self.refuse("시군구코드", "", _NO_DISTRICT)
        known = self._districts.get(code)
        if not name and known is None and code:
            self.refuse("시군구명", "", "empty")
        if place and place.grid and known and (off := known.metres_off(place.lat, place.lon)) > _FAR_OFF_M:
            reason = f"{off / 1000:.0f} km outside {known.name}: is it on another grid than EPSG:{place.grid.epsg}?"
            self.refuse(NORTH if NORTH in self._cells else "위도", f"{place.lat}, {place.lon}", reason)
        return code, name or (known.name if known else "")

    def _around(self, place: Place) -> list[District]:
        return [district for district in self._districts.values() if district.holds(place.lat, place.lon)]

    def _phone(self) -> str | None:
        column = "여성안심지킴이집전화번호"
        cell = self._cell(column)
        found = normalise(cell) if cell else None
        if cell and found is None:
            self._remark(column, cell, "no such telephone number can exist: left empty")
        return found

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

    def _date(self, column: str) -> date | None:
        cell = self._cell(column)
        try:
            return date.fromisoformat(cell) if cell else None
        except ValueError:
            self.refuse(column, cell, "not a date like 2026-04-14")
            return None

    def _postal_code(self) -> str | None:
        cell = self._cell("우편번호")
        if len(cell) == len("1234"):  # Excel takes the first digit away, where it is a zero
            cell = f"0{cell}"
        if cell and not _FIVE_DIGITS.fullmatch(cell):
            self.refuse("우편번호", cell, "not five digits")
        return cell or None

"""A file of stores: the national standard dataset 전국여성안심지킴이집표준데이터, or one that was told its columns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from alarmd.core.columns import EAST, arrange
from alarmd.core.district import District
from alarmd.core.errors import InvalidError
from alarmd.core.phone import shown
from alarmd.core.row import Line, Remark, Row, RowReader

Encoding: TypeAlias = Literal["utf-8", "cp949", "utf-16"]
"""In which a CSV may be said to be written; UTF-8 and CP949 are recognised."""

Stage: TypeAlias = Literal["reading", "comparing", "writing"]
Progress: TypeAlias = Callable[[Stage, int, int], None]
"""Told of an import as it goes on: what is being done, with how many rows, of how many."""

_TOLD_EVERY: Final = 1000  # rows
_NEAR_M: Final = 100  # as far as the outlines, which are simplified, may be off


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that can be imported, with its oddities."""

    lines: list[Line]
    remarks: list[Remark]


def untold(stage: Stage, done: int, of: int) -> None:
    """The progress that nobody wants to hear of."""


def read_dataset(
    rows: Sequence[Row],
    districts: Mapping[str, District],
    named: Mapping[str, str] | None = None,
    progress: Progress = untold,
) -> Reading:
    """Read rows of the dataset, with Korean column names, those of its API, or those of alarmd's JSON.

    Args:
        rows: at least one.
        districts: outlines by legal code.
        named: what the file calls a column, by what alarmd's JSON calls it, where that is none of these.
        progress: told from time to time.

    Raises:
        InvalidError: a column is missing or a row is wrong; the faults name line, column, value and reason of each.
    """
    arrangement = arrange(list(rows[0].cells), named or {})
    lines, remarks, faults = [], [], []
    seen: dict[tuple[str, str, str], int] = {}
    for done, row in enumerate(rows):
        if done % _TOLD_EVERY == 0:
            progress("reading", done, len(rows))
        reader = RowReader(row, arrangement, districts)
        line = reader.read()
        if line is not None:
            earlier = seen.setdefault(line.store.identity, row.line)
            if earlier == row.line:
                lines.append(line)
            else:
                reader.refuse("점포명", line.store.name, f"the same name, district and address as in line {earlier}")
        faults += reader.faults
        remarks += reader.remarks
    progress("reading", len(rows), len(rows))
    if faults:
        raise InvalidError(f"nothing was imported: {len(faults)} faults in {len(rows)} rows", faults)
    remarks += [*_converted(lines), *_compare(lines, districts)]
    return Reading(lines, sorted(remarks, key=lambda remark: remark.line))


def _converted(lines: Sequence[Line]) -> Iterator[Remark]:
    """Told once of a file, since it holds for its every row."""
    for epsg in sorted({line.epsg for line in lines if line.epsg}):
        first = next(line for line in lines if line.epsg == epsg)
        place = f"{first.store.lat}, {first.store.lon}"
        yield Remark(first.line, EAST, place, f"this row, and others, are read as metres of EPSG:{epsg}")


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
        if district and (off := district.metres_off(store.lat, store.lon)) > _NEAR_M:
            yield Remark(line.line, "위도", place, f"outside {district.name} ({district.code}), by {off:.0f} m")

"""Spreadsheets: bytes into rows of text, each with its line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

from alarmd.core.errors import Fault, InvalidError

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"  # an XLSX is a zip
_LONGEST_CELL = 10_000
_NEUTRAL = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; `line` is where it begins in the file, and `cells` are by column name."""

    line: int
    cells: dict[str, str]


def read_table(content: bytes) -> list[TableRow]:
    """Read CSV (UTF-8 with or without BOM, or CP949) or the first sheet of an XLSX; its first row names the columns.

    Raises:
        InvalidError: it is neither, or its shape is wrong; the faults name the lines.
    """
    lines = _read_xlsx(content) if content.startswith(_ZIP) else _read_csv(content)
    if not lines:
        raise InvalidError("the file is empty: its first line must name the columns")
    _, header = lines[0]
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidError(f"line 1: column {twice[0]} is there twice")
    rows, faults = [], []
    for line, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            faults.append(Fault(f"line {line}", f"{len(cells)} cells, but the first line names {len(names)} columns"))
            continue
        filled = [*cells, *[""] * (len(names) - len(cells))]
        faults += [
            Fault(f"line {line}, column {name}", "has a NUL character")
            for name, cell in zip(names, filled, strict=False)
            if "\x00" in cell
        ]
        rows.append(TableRow(line, {name: _plain(cell) for name, cell in zip(names, filled, strict=False) if name}))
    if faults:
        raise InvalidError(f"{len(faults)} rows cannot be read", faults)
    if not rows:
        raise InvalidError("the file names its columns, but has no rows")
    return rows


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """CSV that Excel opens with Korean intact, and that runs no formula; `read_table` gives the same cells back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_neutralised(cell) for cell in row] for row in rows)
    return _BOM + text.getvalue().encode()


def _neutralised(cell: str) -> str:
    """An apostrophe before what a spreadsheet would run, and before one that is there already."""
    return _NEUTRAL + cell if cell.startswith((*_FORMULA, _NEUTRAL)) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith(tuple(_NEUTRAL + sign for sign in (*_FORMULA, _NEUTRAL))) else cell


def _read_csv(content: bytes) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_decode(content), newline=""), strict=True)
    csv.field_size_limit(_LONGEST_CELL)
    lines: list[tuple[int, list[str]]] = []
    started = 1
    try:
        for cells in reader:
            lines.append((started, cells))
            started = reader.line_num + 1
    except csv.Error as error:
        raise InvalidError(f"line {started}: {error}; is a quotation mark never closed?") from error
    return lines


def _decode(content: bytes) -> str:
    """UTF-8 if it is that, else CP949 if it is that: never a guess that would read one as the other."""
    try:
        return content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        not_utf8 = error.start
    try:
        return content.decode("cp949")
    except UnicodeDecodeError as error:
        raise InvalidError(
            f"the file is neither UTF-8 (byte {not_utf8}) nor CP949 (byte {error.start}): save it as CSV UTF-8"
        ) from error


def _read_xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise InvalidError(f"the file looks like XLSX but cannot be read: {error}") from error
    first = sheet.start[0] if sheet.start else 0
    return [(first + number, [_text(cell) for cell in row]) for number, row in enumerate(sheet.to_python(), 1)]


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)

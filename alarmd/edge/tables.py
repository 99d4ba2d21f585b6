"""Spreadsheets: bytes into rows of text, each with its line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from alarmd.core.dataset import Encoding
from alarmd.core.errors import Fault, InvalidError
from alarmd.edge.workbook import read_xlsx

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


def read_table(content: bytes, encoding: Encoding | None = None) -> list[TableRow]:
    """Read CSV (UTF-8 with or without BOM, or CP949) or the first sheet of an XLSX; its first row names the columns.

    Takes a second or two for a whole country: not for an event loop. A CSV that is written in anything else is read
    only if its `encoding` is said.

    Raises:
        InvalidError: it is neither, or its shape is wrong; the faults name the lines.
    """
    lines = read_xlsx(content) if content.startswith(_ZIP) else _read_csv(_decode(content, encoding))
    if not lines:
        raise InvalidError("the file is empty: its first line must name the columns")
    _, header = lines[0]
    names = _names(header)
    rows, faults = [], []
    for line, cells in lines[1:]:
        if any(cell.strip() for cell in cells):
            wrong = _faults(line, names, cells)
            faults += wrong
            if not wrong:
                rows.append(
                    TableRow(line, {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name})
                )
    if faults:
        raise InvalidError(f"{len(faults)} rows cannot be read", faults)
    if not rows:
        raise InvalidError("the file names its columns, but has no rows")
    return rows


def _names(header: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidError(f"line 1: column {twice[0]} is there twice", [Fault("line 1", "is there twice", twice[0])])
    return names


def _faults(line: int, names: Sequence[str], cells: Sequence[str]) -> list[Fault]:
    """What is wrong with a row's shape. One that is cut short is wrong too: who knows what was cut off."""
    surplus = [cell for cell in cells[len(names) :] if cell.strip()]
    if surplus or len(cells) < len(names):
        return [Fault(f"line {line}", f"{len(cells)} cells, but the first line names {len(names)} columns")]
    return [
        Fault(f"line {line}, column {name}", "has a NUL character")
        for name, cell in zip(names, cells, strict=False)
        if "\x00" in cell
    ]


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


def _read_csv(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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


def _decode(content: bytes, encoding: Encoding | None) -> str:
    """As it is said to be written; else UTF-8 if it is that, else CP949 if it is that, and never a guess."""
    if encoding is not None:
        try:
            return content.removeprefix(_BOM).decode(encoding)
        except UnicodeDecodeError as error:
            raise InvalidError(f"the file is not {encoding.upper()} (byte {error.start})") from error
    try:
        return content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        not_utf8 = error.start
    try:
        return content.decode("cp949")
    except UnicodeDecodeError as error:
        raise InvalidError(
            f"the file is neither UTF-8 (byte {not_utf8}) nor CP949 (byte {error.start}): "
            "save it as CSV UTF-8, or say its encoding"
        ) from error

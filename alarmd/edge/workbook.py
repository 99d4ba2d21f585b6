"""XLSX into rows of text, in a process of its own: a hostile file may take that one down, and nothing else.

A workbook of 2 kB with a cell in the last row and column makes calamine ask for 550 GB, which aborts its process.
"""

import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from alarmd.core.errors import InvalidError

_MEMORY: Final = 1 << 30  # bytes of address space; 55,000 rows take a third of it
_WITHIN_S: Final = 60
_MOST_ROWS: Final = 200_000  # the whole country has 55,000 convenience stores
_MOST_CELLS: Final = 4_000_000
_MOST_BYTES: Final = 128 << 20  # of text: one long cell can be named a million times
_REFUSED: Final = 3  # exit status: the reason is on standard error


def read_xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet, each with its line. Blocks for as long as the other process reads.

    Raises:
        InvalidError: it is no workbook, has no sheet, or takes more memory or time than any registry would.
    """
    try:
        done = subprocess.run(  # noqa: S603 - this very module, by this very interpreter
            [sys.executable, "-m", __name__], input=content, capture_output=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InvalidError(f"the workbook takes longer than {_WITHIN_S} s to read: save it as CSV UTF-8") from error
    if done.returncode == _REFUSED:
        raise InvalidError(done.stderr.decode(errors="replace"))
    if done.returncode:
        raise InvalidError("the workbook takes too much memory to read: save it as CSV UTF-8")
    return [(line, cells) for line, cells in map(json.loads, done.stdout.splitlines())]


def main() -> None:
    """Read a workbook from standard input, and write a JSON array of line and cells for each row."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _copy(sys.stdin.buffer.read())
    except InvalidError as error:
        sys.stderr.write(str(error))
        sys.exit(_REFUSED)


def _copy(content: bytes) -> None:
    written = 0
    for row in _rows(content):
        written += sys.stdout.write(json.dumps(row) + "\n")
        if written > _MOST_BYTES:
            raise InvalidError(f"the workbook holds more than {_MOST_BYTES >> 20} MiB of text")


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise InvalidError(f"the file looks like XLSX but cannot be read: {error}") from error
    if sheet.height > _MOST_ROWS or sheet.height * sheet.width > _MOST_CELLS:
        raise InvalidError(f"the first sheet has {sheet.height} rows of {sheet.width} cells: too many to be a registry")
    first = sheet.start[0] if sheet.start else 0
    for number, row in enumerate(sheet.to_python(), first + 1):
        yield number, [_text(cell) for cell in row]


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


if __name__ == "__main__":
    main()

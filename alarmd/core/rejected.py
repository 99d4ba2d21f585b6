"""The rows of a file for which it is refused, to be mended: each as it stands there, with what is wrong with it."""

import re
from collections.abc import Sequence
from typing import Final

from alarmd.core.errors import Fault
from alarmd.core.row import Row

OWN_COLUMNS: Final = ("line", "faults")

_WHERE: Final = re.compile(r"line ([0-9]+)(?:, column (.+))?")


def rejected(rows: Sequence[Row], faults: Sequence[Fault]) -> tuple[list[str], list[list[str]]]:
    """The columns of a table of the rejected rows, and its rows: line, faults, and the cells as they were.

    A row that could not be read at all, since it has too few cells or too many, has no cells here either.
    """
    by_line: dict[int, list[str]] = {}
    for fault in faults:
        found = _WHERE.fullmatch(fault.where)
        if found:
            by_line.setdefault(int(found[1]), []).append(f"{found[2]}: {fault.reason}" if found[2] else fault.reason)
    cells = {row.line: row.cells for row in rows}
    columns = [name for name in rows[0].cells if name not in OWN_COLUMNS] if rows else []
    return [*OWN_COLUMNS, *columns], [
        [str(line), "; ".join(reasons), *(cells.get(line, {}).get(name, "") for name in columns)]
        for line, reasons in sorted(by_line.items())
    ]

"""Measure the console: `python -m benchmarks.console`. Exits with 1 if a figure does not hold."""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult

import asyncpg
from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.console.pages import SHOWN, alarm_shown_ms, drag, first_view_ms, log_in, open_watched, zoom
from benchmarks.report import machine
from benchmarks.stand import stand
from benchmarks.systems import Alarmd
from simulators.buttons import Button

_DATA = Path("build/bench")
_STORES = 55_000
_VIEWS = 10
_ALARMS = 20
_MOVES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, measured some times, and what none of the times may pass."""

    what: str
    bound_ms: float
    measured_ms: list[float] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether all of them are within the bound."""
        return max(self.measured_ms) <= self.bound_ms


async def measure(browser: Browser, url: str, key: str, broker: SplitResult) -> list[Row]:
    """All of it."""
    views = [row for path in SHOWN for row in await _views(browser, url, key, path)]
    context = await log_in(browser, url, key)
    board = await open_watched(context, "/")
    drags, zooms = [await drag(board) for _ in range(_MOVES)], [await zoom(board) for _ in range(_MOVES)]
    alarms = Row("a new alarm on the board", 1000)
    for number in range(1, _ALARMS + 1):
        button = Button(f"button-{number}", broker.geturl())
        await button.start()
        pressed_at = time.time()
        press_id = await button.press()
        alarm_id = (await button.receipt(press_id, "recorded"))["alarm_id"]
        alarms.measured_ms.append(await alarm_shown_ms(board, alarm_id, pressed_at))
        await button.stop()
    await context.close()
    return [
        *views,
        alarms,
        Row("the longest task while the map is dragged", 100, [moved.task_ms for moved in drags]),
        Row("the longest task while it is zoomed", 100, [moved.task_ms for moved in zooms]),
        Row("the longest frame while the map is dragged", 100, [moved.frame_ms for moved in drags]),
    ]


async def _views(browser: Browser, url: str, key: str, path: str) -> list[Row]:
    """The first view of a page, in a browser that has seen nothing yet, and in one that has."""
    fresh, again = Row(f"{path}, first view", 2000), Row(f"{path}, once more", 2000)
    for _ in range(_VIEWS):
        context = await log_in(browser, url, key)
        for row in (fresh, again):
            page = await open_watched(context, path)
            row.measured_ms.append(await first_view_ms(page, path))
            await page.close()
        await context.close()
    return [fresh, again]


async def _spread(database: str) -> None:
    """Spread the stores evenly over Seoul, by the two-dimensional golden ratio."""
    connection = await asyncpg.connect(database)
    await connection.execute(
        """
        UPDATE stores
        SET lat = 37.45 + 0.22 * mod(substring(code, 3)::numeric * 0.7548776662, 1),
            lon = 126.80 + 0.35 * mod(substring(code, 3)::numeric * 0.5698402910, 1)
        """
    )
    await connection.execute("VACUUM ANALYZE stores")
    await connection.close()


@asynccontextmanager
async def _alarmd(directory: Path) -> AsyncIterator[tuple[Alarmd, SplitResult]]:
    async with stand(directory) as where, where.broker() as broker:
        database = await where.database(_STORES)
        await _spread(database)
        alarmd = Alarmd(database, broker, where.police.url, directory)
        await alarmd.start()
        try:
            yield alarmd, broker
        finally:
            await alarmd.stop()


def _table(rows: list[Row]) -> Table:
    table = Table(box=None)
    table.add_column("ms", no_wrap=True)
    for column in ("times", "median", "most", "bound", ""):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        figures = (statistics.median(row.measured_ms), max(row.measured_ms), row.bound_ms)
        table.add_row(
            row.what,
            str(len(row.measured_ms)),
            *(f"{figure:,.0f}" for figure in figures),
            "holds" if row.holds else "FAILS",
            style=None if row.holds else "bold red",
        )
    return table


async def _run() -> list[Row]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise SystemExit("This needs the browser chromium; on Debian: apt install chromium")
    directory = Path(tempfile.mkdtemp(prefix="console-", dir=_DATA))
    try:
        async with _alarmd(directory) as (alarmd, broker), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            rows = await measure(browser, alarmd.url, alarmd.admin_key, broker)
            await browser.close()
            return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> int:
    """Measure, and print."""
    _DATA.mkdir(parents=True, exist_ok=True)
    console = Console(width=100)
    for name, value in machine().items():
        console.print(f"{name}: {value}", highlight=False)
    console.print(f"stores: {_STORES:,}\n", highlight=False)
    rows = asyncio.run(_run())
    console.print(_table(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

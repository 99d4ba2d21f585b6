"""`python -m tests.screenshots [DIRECTORY]`: the board, an alarm and an import, as the README shows them."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import FilePayload, Page, ViewportSize, async_playwright

from alarmd.db import keys
from tests.console.conftest import launch, log_in
from tests.screenshots.night import Night, open_night, tomorrow
from tests.screenshots.png import compress

_SIZE: Final[ViewportSize] = {"width": 1440, "height": 900}
_MOST_BYTES = 300_000


async def _board(page: Page, night: Night) -> None:
    await page.goto("/")
    await page.get_by_role("article").first.wait_for()
    await page.locator("canvas.points").wait_for()


async def _alarm(page: Page, night: Night) -> None:
    await page.goto(f"/alarms/{night.alarms['sim-0016']}")
    await page.locator(".leaflet-container canvas").first.wait_for()
    await page.get_by_role("listitem").last.wait_for()


async def _import(page: Page, night: Night) -> None:
    await page.goto("/stores/import")
    file = FilePayload(name="stores.csv", mimeType="text/csv", buffer=tomorrow(night.generated))
    await page.locator("input[type=file]").set_input_files(file)
    await page.get_by_role("button", name="Apply").wait_for()


_PICTURES = {"board": _board, "alarm": _alarm, "import": _import}


async def take(directory: Path) -> list[Path]:
    """Take them all; gives the files."""
    taken = []
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    async with open_night() as night, async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(
            base_url=night.url, locale="en-US", timezone_id="Asia/Seoul", viewport=_SIZE, color_scheme="light"
        )
        page = await context.new_page()
        async with night.pool.acquire() as connection:
            _, secret = await keys.create(connection, name="당직 데스크", role="operator")
        await log_in(page, secret)
        for name, show in _PICTURES.items():
            await show(page, night)
            await page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
            file = directory / f"{name}.png"
            await asyncio.to_thread(file.write_bytes, compress(await page.screenshot(animations="disabled")))
            taken.append(file)
        await browser.close()
    return taken


def main() -> int:
    """Take them; 1 if one is too heavy for a README."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("docs/images"), help="where they go")
    directory: Path = parser.parse_args().directory
    sizes = {file: file.stat().st_size for file in asyncio.run(take(directory))}
    for file, size in sizes.items():
        print(f"{file}: {size / 1000:.0f} kB")
    return 1 if max(sizes.values()) > _MOST_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run it all: `python -m benchmarks [--json FILE] [--plot FILE]`. Exits with 1 if a figure does not hold."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.figures import figures
from benchmarks.plot import write_png
from benchmarks.programme import Programme, Result
from benchmarks.report import machine, print_all, write_json
from benchmarks.stand import stand

_DATA = Path("build/bench")
_WIDTH = 150  # of the tables in a file


async def _measure(console: Console) -> Result:
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=_DATA))
    try:
        async with stand(directory) as where:
            return await Programme(where, directory, say=lambda line: console.print(line, style="dim")).run()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--plot", type=Path, help="write a picture (PNG) to this file")
    arguments = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    for name, value in machine().items():
        console.print(f"{name}: {value}", highlight=False)
    result = asyncio.run(_measure(console))
    judged = list(figures(result))
    print_all(console, result, judged)
    if arguments.json:
        write_json(arguments.json, result, judged)
    if arguments.plot:
        write_png(arguments.plot, result)
    return 0 if all(figure.holds for figure in judged) else 1


if __name__ == "__main__":
    sys.exit(main())

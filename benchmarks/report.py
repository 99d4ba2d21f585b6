"""What people see of a run: tables, JSON and a plot."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.floor import Floor
from benchmarks.measure import Measured
from benchmarks.programme import Result

_MIB = 1 << 20


def machine() -> dict[str, str]:
    """What it ran on."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": f"{os.cpu_count()} x {model}",
        "memory": f"{memory} MiB",
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def print_all(console: Console, result: Result, figures: Iterable[Figure]) -> None:
    """Tables for people."""
    floor, most = result.floor, result.ceilings
    console.print(
        f"\nFloor at 50/s: broker {floor.mqtt.p50_ms:.2f} ms, commit {floor.commit.p50_ms:.2f} ms, "
        f"POST {floor.post.p50_ms:.2f} ms: p50 {floor.p50_ms:.2f} ms, p99 {floor.p99_ms:.2f} ms\n"
        f"The same without libraries: broker {floor.mqtt_bare.p50_ms:.2f} ms, POST {floor.post_bare.p50_ms:.2f} ms: "
        f"p50 {floor.bare_p50_ms:.2f} ms\n"
        f"Ceilings: {most.messages_per_s:.0f} messages/s, {most.rows_per_s:.0f} rows/s, POSTs/s "
        f"{most.posts_per_s_at_16:.0f} at 16 and {most.posts_per_s_at_64:.0f} at 64 at once\n"
    )
    console.print(_loads(each for loads in result.measured.values() for each in loads.values()))
    console.print(_loads(each for steps in result.steps.values() for each in steps))
    for figure in figures:
        console.print(figure.line(), style=None if figure.holds else "bold red", highlight=False)


def _loads(rows: Iterable[Measured]) -> Table:
    table = Table(box=None)
    for column in ("system", "load"):
        table.add_column(column, no_wrap=True)
    for column in (
        *("p50 ms", "p99 ms", "max ms", "last ms", "alerts/s", "pressed", "lost", "double", "CPU s/1000", "RSS MiB"),
        "lag ms",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        figures = (row.p50_ms, row.p99_ms, row.max_ms, row.last_ms, row.rate)
        counts = (row.pressed, row.lost, row.duplicated)
        table.add_row(
            row.system,
            row.load,
            *(f"{figure:.1f}" for figure in figures),
            *(str(count) for count in counts),
            f"{row.cpu_s_per_1000:.2f}",
            f"{row.rss_mib:.0f}",
            f"{row.lag_ms:.1f}",
        )
    return table


def document(result: Result, figures: Iterable[Figure]) -> dict[str, Any]:
    """All of it, for programs."""
    return {
        "machine": machine(),
        "floor": _floor(result.floor),
        "ceilings": asdict(result.ceilings),
        "loads": [_row(each) for loads in result.measured.values() for each in loads.values()],
        "steps": [_row(each) for steps in result.steps.values() for each in steps],
        "idle_cpu": result.idle_cpu,
        "figures": [asdict(figure) | {"holds": figure.holds} for figure in figures],
    }


def _floor(floor: Floor) -> dict[str, Any]:
    hops = {hop.name: getattr(floor, hop.name) for hop in fields(floor)}
    return {
        **{name: {"p50_ms": hop.p50_ms, "p99_ms": hop.p99_ms} for name, hop in hops.items()},
        "p50_ms": floor.p50_ms,
        "p99_ms": floor.p99_ms,
        "bare_p50_ms": floor.bare_p50_ms,
    }


def _row(each: Measured) -> dict[str, Any]:
    row = asdict(each)
    del row["latencies_ms"]
    return row | {"p50_ms": each.p50_ms, "p99_ms": each.p99_ms, "max_ms": each.max_ms, "rate": each.rate}


def write_json(path: Path, result: Result, figures: Iterable[Figure]) -> None:
    """Write `document` to a file."""
    path.write_text(json.dumps(document(result, figures), indent=2, allow_nan=True) + "\n", encoding="utf-8")

"""`python -m simulators.buttons`: a fleet of buttons on one machine, native or as shops sell them."""

import asyncio
import csv
import json
import re
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from simulators.buttons.bridge import Bridge
from simulators.buttons.button import Event
from simulators.buttons.dialects import ECOSYSTEMS
from simulators.buttons.fleet import Fleet

Option = typer.Option
BUTTON_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
NATIVE = "native"
OF_NATIVE = ("buttons", "prefix", "connections", "kind", "duplicates", "retry_after", "give_up_after")
OF_BOUGHT = ("speed", "drop")
Say = Callable[[dict[str, Any]], None]


class Kind(StrEnum):
    """Kinds of presses."""

    panic = "panic"
    test = "test"
    cancel = "cancel"


def read_ids(path: Path) -> list[str]:
    """The button ids in a file: JSON lines (strings, or objects with `button_id`) or CSV (that column, or the first).

    Raises:
        ValueError: A line holds no button id; the message names it.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    if lines and lines[0].startswith(("{", '"')):
        documents = [json.loads(line) for line in lines if line.strip()]
        ids = [each["button_id"] if isinstance(each, dict) else each for each in documents]
    else:
        rows = [row for row in csv.reader(lines) if row]
        column = rows[0].index("button_id") if rows and "button_id" in rows[0] else 0
        ids = [row[column] for row in rows if row[column] != "button_id"]
    for number, button_id in enumerate(ids, 1):
        if not BUTTON_ID.fullmatch(str(button_id)):
            raise ValueError(f"{path}, entry {number}: {button_id!r} is no button id")
    return ids


def as_json(document: dict[str, Any]) -> None:
    """Print one JSON line."""
    print(json.dumps(document, ensure_ascii=False), flush=True)


def as_text(document: dict[str, Any]) -> None:
    """Print one line for people."""
    at = datetime.fromtimestamp(document["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    if "press_id" in document:
        alarm = f"  alarm {document['alarm_id']}" if document["alarm_id"] else ""
        print(f"{at}  {document['button_id']}  {document['event']:<12} press {document['press_id']}{alarm}", flush=True)
    else:
        facts = (f"{name} {value}" for name, value in document.items() if name not in {"event", "at"})
        print(f"{at}  {document['event']}: {', '.join(facts)}", flush=True)


async def run_fleet(
    fleet: Fleet,
    say: Say,
    *,
    storm: bool,
    rate: float,
    presses: int | None,
    kind: Kind,
    heartbeat: float | None,
    give_up_after: float | None,
) -> bool:
    """Run native buttons until all presses are recorded, or until SIGTERM or SIGINT; True if all are."""

    async def press() -> None:
        if storm:
            fleet.storm(kind)
        elif rate:
            await fleet.press(rate, presses, kind)
        else:
            await asyncio.Event().wait()
        await fleet.all_recorded(give_up_after)

    await fleet.start()
    say({"event": "ready", "buttons": len(fleet.buttons), "at": time.time()})
    await until_stopped(press(), fleet.beat(heartbeat) if heartbeat else None)
    await fleet.stop()
    summary = fleet.summary()
    say(summary)
    return not summary["unrecorded"]


async def run_bridge(
    bridge: Bridge, say: Say, *, storm: bool, rate: float, presses: int | None, heartbeat: float | None, drop: bool
) -> bool:
    """Run bought buttons until all that they have to say is said, or until SIGTERM or SIGINT."""

    async def press() -> None:
        if storm:
            bridge.storm()
        elif rate:
            await bridge.press_on(rate, presses)
        else:
            await asyncio.Event().wait()
        await bridge.all_taken()

    await bridge.start()
    say({"event": "ready", "buttons": len(bridge.buttons), "at": time.time()})
    await until_stopped(press(), bridge.report(heartbeat) if heartbeat else None)
    await bridge.stop(farewell=not drop)
    say(bridge.summary())
    return True


async def until_stopped(pressing: Coroutine[Any, Any, None], beating: Coroutine[Any, Any, None] | None) -> None:
    """Press to the end, and beat meanwhile; or until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    first = {asyncio.create_task(pressing), asyncio.create_task(stopped.wait())}
    tasks = first if beating is None else first | {asyncio.create_task(beating)}
    await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def refuse(context: typer.Context, names: tuple[str, ...], dialect: str) -> None:
    """Refuse options that buttons of this dialect know nothing of.

    Raises:
        BadParameter: One of them was given.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            raise typer.BadParameter(f"--{name.replace('_', '-')} says nothing to buttons of the dialect {dialect}")


def main(
    context: typer.Context,
    *,
    broker: Annotated[str, Option(help="mqtt://user:password@host:port of the broker.")],
    dialect: Annotated[str, Option(help=f"How the buttons speak: {NATIVE}, {', '.join(ECOSYSTEMS)}.")] = NATIVE,
    buttons: Annotated[Path | None, Option(help="File of button ids: JSON lines or CSV.")] = None,
    count: Annotated[int, Option(min=1, help="So many buttons, if there is no file.")] = 656,
    prefix: Annotated[str, Option(help="What their ids begin with, as in sim-0001.")] = "sim-",
    connections: Annotated[int | None, Option(min=1, help="Connections shared by them.  [default: 64 at most]")] = None,
    storm: Annotated[bool, Option("--storm", help="Press all at once, each once.")] = False,
    rate: Annotated[float, Option(min=0, help="Presses a second; 0: none.")] = 1.0,
    presses: Annotated[int | None, Option(min=0, help="End after so many presses.  [default: never]")] = None,
    kind: Annotated[Kind, Option(help="What kind of press.")] = Kind.panic,
    duplicates: Annotated[float, Option(min=0, max=1, help="Share of presses that are sent twice.")] = 0.0,
    retry_after: Annotated[float, Option(help="Seconds without receipt after which a press is sent again.")] = 3.0,
    give_up_after: Annotated[float | None, Option(help="Wait so many seconds for the last receipts.")] = None,
    heartbeat: Annotated[float | None, Option(help="Seconds between two heartbeats of a button.")] = None,
    speed: Annotated[
        float, Option(min=0.001, help="So many times shorter pauses within a bought button's press.")
    ] = 1.0,
    drop: Annotated[bool, Option("--drop", help="End without a word, so that the broker sends the last will.")] = False,
    seed: Annotated[int, Option(help="Decides who presses in which order.")] = 0,
    json_lines: Annotated[bool, Option("--json", help="One JSON line per event.")] = False,
) -> None:
    """A fleet of buttons: presses, sends again until alarmd's receipt comes, and tells what became of each press.

    With another --dialect than native: bought buttons and the bridge before them, with their copies and pauses.
    """
    say = as_json if json_lines else as_text
    if dialect not in {NATIVE, *ECOSYSTEMS}:
        raise typer.BadParameter(f"--dialect {dialect}: give {NATIVE}, {', '.join(ECOSYSTEMS)}")
    refuse(context, OF_BOUGHT if dialect == NATIVE else OF_NATIVE, dialect)

    def report(event: Event) -> None:
        say(asdict(event))

    async def go() -> bool:
        if dialect != NATIVE:
            bridge = Bridge(broker, ECOSYSTEMS[dialect], count, speed=speed, seed=seed, on_event=say)
            return await run_bridge(
                bridge, say, storm=storm, rate=rate, presses=presses, heartbeat=heartbeat, drop=drop
            )
        ids = read_ids(buttons) if buttons else [f"{prefix}{number:04}" for number in range(1, count + 1)]
        fleet = Fleet(
            broker,
            ids,
            connections=connections,
            retry_after=retry_after,
            duplicates=duplicates,
            seed=seed,
            on_event=report,
        )
        return await run_fleet(
            fleet,
            say,
            storm=storm,
            rate=rate,
            presses=presses,
            kind=kind,
            heartbeat=heartbeat,
            give_up_after=give_up_after,
        )

    try:
        done = asyncio.run(go())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(0 if done else 1)


if __name__ == "__main__":
    typer.run(main)

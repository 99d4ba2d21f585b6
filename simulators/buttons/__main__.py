"""`python -m simulators.buttons`: a fleet of buttons on one machine."""

import asyncio
import csv
import json
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from simulators.buttons.button import Event
from simulators.buttons.fleet import Fleet

Option = typer.Option
BUTTON_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


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
    if "button_id" in document:
        alarm = f"  alarm {document['alarm_id']}" if document["alarm_id"] else ""
        print(f"{at}  {document['button_id']}  {document['event']:<12} press {document['press_id']}{alarm}", flush=True)
    else:
        facts = (f"{name} {value}" for name, value in document.items() if name not in {"event", "at"})
        print(f"{at}  {document['event']}: {', '.join(facts)}", flush=True)


async def run(
    fleet: Fleet,
    say: Callable[[dict[str, Any]], None],
    *,
    storm: bool,
    rate: float,
    presses: int | None,
    kind: Kind,
    heartbeat: float | None,
    give_up_after: float | None,
) -> bool:
    """Run the fleet until all its presses are recorded, or until SIGTERM or SIGINT; True if all are."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    async def press() -> None:
        if storm:
            fleet.storm(kind)
        elif rate:
            await fleet.press(rate, presses, kind)
        else:
            await stopped.wait()
        await fleet.all_recorded(give_up_after)

    await fleet.start()
    say({"event": "ready", "buttons": len(fleet.buttons), "at": time.time()})
    beating = asyncio.create_task(fleet.beat(heartbeat)) if heartbeat else None
    pressing = asyncio.create_task(press())
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({pressing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (pressing, stopping, beating):
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await fleet.stop()
    summary = fleet.summary()
    say(summary)
    return not summary["unrecorded"]


def main(
    *,
    broker: Annotated[str, Option(help="mqtt://user:password@host:port of the broker.")],
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
    seed: Annotated[int, Option(help="Decides who presses in which order.")] = 0,
    json_lines: Annotated[bool, Option("--json", help="One JSON line per event.")] = False,
) -> None:
    """A fleet of buttons: presses, sends again until alarmd's receipt comes, and tells what became of each press."""
    say = as_json if json_lines else as_text

    def report(event: Event) -> None:
        say(asdict(event))

    async def go() -> bool:
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
        return await run(
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
        recorded = asyncio.run(go())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    raise typer.Exit(0 if recorded else 1)


if __name__ == "__main__":
    typer.run(main)

"""The demo: everything on one machine, with nothing installed."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from alarmd.demo.journey import Journeys
from alarmd.demo.program import Program
from alarmd.demo.screen import open_screen
from alarmd.demo.stage import BOUGHT, BOUGHT_EACH, Stage, open_stage

_ARRIVE_WITHIN_S = 120.0
_STORES = 656
_HEARTBEAT_EVERY_S = "60"
_BOUGHT_RATE = "0.02"  # of each dialect a press every 50 s


@dataclass(frozen=True, slots=True)
class Options:
    """What to show. `presses` None and no `storm`: a press every second or so, until Ctrl-C."""

    data_dir: Path
    port: int
    seed: int
    presses: int | None
    storm: bool

    @property
    def expected(self) -> int | None:
        """How many presses there will be; None: no end."""
        return _STORES if self.storm else self.presses


async def run(options: Options, console: Console) -> int:
    """Run the demo to its end, or until SIGINT or SIGTERM.

    Returns:
        0 if every press that was sent is at the police, else 1; always 0 for a demo without an end.

    Raises:
        AlarmdError: something does not start.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    performance = asyncio.create_task(_perform(options, console))
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait((performance, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not performance.done():
        performance.cancel()
    try:
        return await performance
    except asyncio.CancelledError:
        console.print("stopped")
        return 0 if options.expected is None else 1


async def _perform(options: Options, console: Console) -> int:
    console.print("Starting Postgres, a broker, alarmd and a police simulator on this machine ...")
    async with open_stage(options.data_dir, options.port, options.seed) as stage:
        console.print(f"console: {stage.url}/", highlight=False, soft_wrap=True)
        console.print(f"documentation of the API: {stage.url}/docs", highlight=False, soft_wrap=True)
        console.print(f"admin key: {stage.admin_key}   data and logs: {stage.log_dir}", highlight=False, soft_wrap=True)
        pressing = [await _press(options, stage)]
        try:
            if options.expected is None:
                pressing += [await _press_bought(options, stage, dialect) for dialect in BOUGHT]
            return await _watch(options, stage, pressing, console)
        finally:
            await asyncio.gather(*(program.stop() for program in pressing))


async def _press(options: Options, stage: Stage) -> Program:
    """Start the buttons."""
    if options.storm:
        how = ["--storm"]
    elif options.presses is not None:
        how = ["--presses", str(options.presses), "--rate", "50"]
    else:
        how = ["--rate", "1", "--heartbeat", _HEARTBEAT_EVERY_S]
    return await Program.start(
        *("simulators.buttons", "--json", "--broker", stage.broker_url, "--buttons", str(stage.buttons)),
        *("--seed", str(options.seed), *how),
        log=stage.log_dir / "buttons.log",
        environment={},
    )


async def _press_bought(options: Options, stage: Stage, dialect: str) -> Program:
    """Start the buttons of another maker; they get no receipts, and do not count."""
    return await Program.start(
        *("simulators.buttons", "--json", "--broker", stage.broker_url, "--dialect", dialect),
        *("--count", str(BOUGHT_EACH), "--rate", _BOUGHT_RATE, "--heartbeat", _HEARTBEAT_EVERY_S),
        *("--seed", str(options.seed)),
        log=stage.log_dir / "buttons.log",
        environment={},
    )


async def _watch(options: Options, stage: Stage, pressing: Sequence[Program], console: Console) -> int:
    """Follow what the buttons and the police say until the police have every press, or it takes too long."""
    journeys, screen = Journeys(), open_screen(console)
    arrived = asyncio.Event()

    async def follow_buttons(buttons: Program) -> None:
        async for line in buttons.lines():
            journey = journeys.button_says(line)
            if journey:
                screen.show(journey)
            _check(options, journeys, arrived)

    async def follow_police() -> None:
        async for line in stage.police.lines():
            for journey in journeys.police_says(line):
                screen.show(journey)
            _check(options, journeys, arrived)

    following = [asyncio.create_task(follow) for follow in (*map(follow_buttons, pressing), follow_police())]
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(arrived.wait(), None if options.expected is None else _ARRIVE_WITHIN_S)
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        screen.close()
    summary = journeys.summary()
    console.print(str(summary), highlight=False, soft_wrap=True)
    return 0 if summary.lost == 0 and summary.sent == options.expected else 1


def _check(options: Options, journeys: Journeys, arrived: asyncio.Event) -> None:
    if options.expected is not None and journeys.complete(options.expected):
        arrived.set()

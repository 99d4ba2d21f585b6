"""One run: buttons are pressed, the nemesis does its worst, all is mended, and the checker judges."""

import asyncio
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulators.buttons import Button
from tests.chaos.checker import RECOVER_WITHIN_S, Verdict, dump, judge
from tests.chaos.faults import FAULTS, NEEDS_ITS_OWN_DISK
from tests.chaos.world import World

RATE = 25.0  # presses a second
PRESSES_FOR_S = 6.0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run. `recovered_s` is from the last fault's end until all is recorded and delivered."""

    seed: int
    faults: tuple[str, ...]
    presses: int
    resent: int
    attempts: int
    recovered_s: float
    verdict: Verdict

    def line(self) -> str:
        """The run in one line."""
        counts = ", ".join(f"{name} {count}" for name, count in self.verdict.counts().items())
        return (
            f"seed {self.seed}: {', '.join(self.faults) or 'no fault'}: presses {self.presses}, "
            f"sent again {self.resent}, attempts {self.attempts}, recovered in {self.recovered_s:.1f} s: {counts}"
        )


def mix(seed: int, among: Sequence[str]) -> tuple[str, ...]:
    """The faults of a random mix."""
    chooser = random.Random(seed)
    return tuple(chooser.sample(list(among), chooser.randint(2, 4)))


async def run(
    directory: Path,
    seed: int,
    faults: Sequence[str],
    *,
    bug: str | None = None,
    recover_within: float = RECOVER_WITHIN_S,
) -> Run:
    """Run the faults, one after another and partly at once, under presses, and judge."""
    small_disk = bool(NEEDS_ITS_OWN_DISK & set(faults))
    async with World(directory, seed=seed, bug=bug, small_disk=small_disk) as world:
        pressing = asyncio.create_task(_press(world))
        await asyncio.sleep(1)
        await asyncio.gather(*(_fault(world, name, at) for at, name in enumerate(faults)))
        await world.heal()
        world.history.note("nemesis", "healed")
        await pressing
        healed = time.monotonic()
        await world.settle(recover_within)
        recovered_s = time.monotonic() - healed
        connection = await world.connect()
        found = await dump(connection)
        attempts: int = await connection.fetchval("SELECT count(*) FROM attempts")
        await connection.close()
        verdict = judge(world.history.events, found)
        return Run(
            seed=seed,
            faults=tuple(faults),
            presses=len(world.history.of("button", "pressed")),
            resent=len(world.history.of("button", "resent")),
            attempts=attempts,
            recovered_s=recovered_s,
            verdict=verdict,
        )


async def _fault(world: World, name: str, at: int) -> None:
    await asyncio.sleep(at * world.random.random() * 1.5)
    world.history.note("nemesis", "begin", fault=name)
    await FAULTS[name](world)
    world.history.note("nemesis", "end", fault=name)


async def _press(world: World) -> None:
    """Press at a steady rate: most as buttons do, some late, in another order, twice, kept by the broker or garbled."""
    chooser = random.Random(world.random.random())
    started = time.monotonic()
    number = 0
    while time.monotonic() - started < PRESSES_FOR_S or number < RATE * PRESSES_FOR_S:
        await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
        number += 1
        button = chooser.choice(world.buttons)
        match chooser.random():
            case luck if luck < 0.03:
                _poison(world, button)
            case luck if luck < 0.05:
                _retained(world, button)
            case luck if luck < 0.10:
                button.emit(pressed_at=datetime.now(UTC) - timedelta(seconds=chooser.randint(1, 1000)))
            case luck if luck < 0.20:
                button.emit(copies=3)
            case luck if luck < 0.25:
                button.emit("test")
            case _:
                button.emit()


def _poison(world: World, button: Button) -> None:
    payload = f'{{"press_id": "{secrets.token_hex(4)}", "kind": NaN'
    _send(world, button, "poisoned", payload, retain=False)


def _retained(world: World, button: Button) -> None:
    """A press that the broker keeps; a session that subscribes later gets it as a replay."""
    press_id = secrets.token_hex(12)
    world.history.note(
        "button", "pressed", button_id=button.button_id, press_id=press_id, persistent=False, retained=True
    )
    button.send_without_retry(f'{{"press_id": "{press_id}"}}'.encode(), retain=True)


def _send(world: World, button: Button, what: str, payload: str, *, retain: bool) -> None:
    def acknowledged() -> None:
        world.history.note("button", what, button_id=button.button_id, payload=payload)

    button.send_without_retry(payload.encode(), retain=retain, on_puback=acknowledged)

"""One load on one system: what was pressed, what came to the police and when, and what it cost."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult
from uuid import uuid4

from benchmarks.load import Pressed, Spec
from benchmarks.processes import Load
from benchmarks.stand import Stand
from benchmarks.systems import System

_LOOK_EVERY_S = 0.2
QUIET_S = 3.0  # after so long without an alert, what has not come is lost


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one load. Times in milliseconds, from the press to its alert at the police.

    Attributes:
        pressed: presses that the broker took.
        last_ms: from the first press to the last alert.
        rate: alerts a second, over that time.
        cpu_s_per_1000: CPU seconds of the system for 1,000 presses.
        rss_mib: resident in the system's processes afterwards.
        lag_ms: how far the load itself fell behind its pace, at worst.
        latencies_ms: of each press that came.
    """

    system: str
    load: str
    pressed: int
    lost: int
    duplicated: int
    last_ms: float
    cpu_s_per_1000: float
    rss_mib: float
    lag_ms: float
    latencies_ms: list[float] = field(repr=False)

    @property
    def p50_ms(self) -> float:
        """Half came within this."""
        return quantile(self.latencies_ms, 0.5)

    @property
    def p99_ms(self) -> float:
        """99 of 100 came within this."""
        return quantile(self.latencies_ms, 0.99)

    @property
    def max_ms(self) -> float:
        """All came within this."""
        return max(self.latencies_ms, default=float("nan"))

    @property
    def rate(self) -> float:
        """Alerts a second."""
        return len(self.latencies_ms) / self.last_ms * 1000 if self.latencies_ms else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which such a share lies; not a number where there is none."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@dataclass(frozen=True, slots=True)
class Running:
    """Systems (one, or replicas of one), their broker, and the stand."""

    stand: Stand
    systems: Sequence[System]
    broker: SplitResult

    @property
    def name(self) -> str:
        """What is measured."""
        return self.systems[0].name if len(self.systems) == 1 else f"{len(self.systems)} x {self.systems[0].name}"

    async def load(self, buttons: list[str], rate: float, connections: int, kind: str = "press") -> Load:
        """Prepare a load."""
        spec = Spec(self.broker.geturl(), buttons, rate, connections, kind, run=uuid4().hex[:8])
        return await Load.ready(spec)

    async def press(self, name: str, buttons: list[str], rate: float, connections: int = 50) -> Measured:
        """Press each of these buttons once, at a rate, and see what comes of it."""
        load = await self.load(buttons, rate, connections)
        await self.stand.police.take()
        before = self._cpu_s()
        pressing = asyncio.create_task(load.press())
        came = await self.collect(set(buttons), pressing)
        return self.judge(name, buttons, await pressing, came, self._cpu_s() - before)

    async def storm(self, name: str, count: int) -> Measured:
        """Press so many buttons at once, each on a connection of its own."""
        return await self.press(name, self.stand.buttons(count), rate=0, connections=0)

    async def collect(
        self, buttons: set[str], pressing: "asyncio.Task[Pressed]", quiet_s: float = QUIET_S
    ) -> list[tuple[float, str]]:
        """Wait until the police have an alert of each button, or nothing has come for a while; gives all that came."""
        came: list[tuple[float, str]] = []
        missing, heard = set(buttons), time.monotonic()
        while missing and time.monotonic() < heard + quiet_s:
            await asyncio.sleep(_LOOK_EVERY_S)
            some = [(at, button) for at, button in await self.stand.police.take() if button in buttons]
            if some or not pressing.done():
                heard = time.monotonic()
            missing -= {button for _, button in some}
            came += some
        return came

    def judge(
        self, name: str, buttons: list[str], pressed: Pressed, came: list[tuple[float, str]], cpu_s: float
    ) -> Measured:
        """Put presses and alerts together."""
        first: dict[str, float] = {}
        for at, button in came:
            first.setdefault(button, at)
        latencies = [
            (first[button] - at) * 1000 for button, at in zip(buttons, pressed.at, strict=True) if button in first
        ]
        return Measured(
            system=self.name,
            load=name,
            pressed=pressed.pubacks,
            lost=max(0, pressed.pubacks - len(first)),
            duplicated=len(came) - len(first),
            last_ms=(max(first.values(), default=pressed.at[0]) - pressed.at[0]) * 1000,
            cpu_s_per_1000=cpu_s / len(buttons) * 1000,
            rss_mib=max(system.cost().rss_mib for system in self.systems),
            lag_ms=pressed.lag_s * 1000,
            latencies_ms=latencies,
        )

    def _cpu_s(self) -> float:
        return sum(system.cost().cpu_s for system in self.systems)


def median(runs: Sequence[Measured]) -> Measured:
    """The run with the median time to the last alert; what any of them lost is kept in mind."""
    ordered = sorted(runs, key=lambda run: run.last_ms)
    middle = ordered[len(ordered) // 2]
    return Measured(
        system=middle.system,
        load=middle.load,
        pressed=middle.pressed,
        lost=max(run.lost for run in runs),
        duplicated=max(run.duplicated for run in runs),
        last_ms=middle.last_ms,
        cpu_s_per_1000=statistics.median(run.cpu_s_per_1000 for run in runs),
        rss_mib=max(run.rss_mib for run in runs),
        lag_ms=middle.lag_ms,
        latencies_ms=middle.latencies_ms,
    )


def pooled(runs: Sequence[Measured]) -> Measured:
    """Several runs of one load, taken as one."""
    return Measured(
        system=runs[0].system,
        load=runs[0].load,
        pressed=sum(run.pressed for run in runs),
        lost=sum(run.lost for run in runs),
        duplicated=sum(run.duplicated for run in runs),
        last_ms=sum(run.last_ms for run in runs),
        cpu_s_per_1000=statistics.mean(run.cpu_s_per_1000 for run in runs),
        rss_mib=max(run.rss_mib for run in runs),
        lag_ms=max(run.lag_ms for run in runs),
        latencies_ms=[each for run in runs for each in run.latencies_ms],
    )

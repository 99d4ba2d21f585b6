"""What is measured, in its order: the floor, each system under every load, and what alarmd alone must show."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import history
from benchmarks.floor import Ceilings, Floor, most
from benchmarks.floor import measure as measure_floor
from benchmarks.measure import QUIET_S, Measured, Running, median, pooled
from benchmarks.processes import Load
from benchmarks.stand import STORES, Stand
from benchmarks.systems import Alarmd, NodeRed, Script, System

STORM = 656  # the stores of Seoul
BIG_STORM = 10_000
HEARTBEATS_PER_S = 917.0  # of 55,000 buttons, one a minute each
NATION = 55_000
PAST_ALARMS = 1_000_000
TOO_SLOW_MS = 1000.0
_PACE = 50.0
_WARM_UP = 100
_STORMS = 3
_FIRST_STEP = 400.0
_STEP = 1.15
_STEP_S = 4.0
_IDLE_S = 10.0
_OUTAGE_S = 5.0
_QUIET_AFTER_TROUBLE_S = 12.0
_ROUNDS = 2
_ROUND_S = 15.0

Say = Callable[[str], None]


@dataclass(slots=True)
class Result:
    """All that was measured; figures that were not are absent."""

    ceilings: Ceilings
    floor: Floor
    measured: dict[str, dict[str, Measured]] = field(default_factory=dict)
    steps: dict[str, list[Measured]] = field(default_factory=dict)
    idle_cpu: float = float("nan")
    chatter_p99_ms: tuple[float, float] = (float("nan"), float("nan"))

    def add(self, measured: Measured) -> None:
        """Keep it."""
        self.measured.setdefault(measured.system, {})[measured.load] = measured


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole run.

    Args:
        directory: for the servers' data, on a disk whose fsync counts.
        say: told what is going on.
    """

    stand: Stand
    directory: Path
    say: Say

    async def run(self) -> Result:
        """Measure everything."""
        self.say("the ceilings: how much the parts around can take")
        ceilings = await most(self.stand)
        floor, beside = await self._floor()
        result = Result(ceilings, floor)
        result.add(beside)
        for kind in (Alarmd, NodeRed, Script):
            await self._compare(kind, result)
        await self._replicas(result)
        await self._heartbeats(result)
        await self._chatter(result)
        await self._history(result)
        return result

    async def _floor(self) -> tuple[Floor, Measured]:
        """Each hop alone and alarmd at the same pace, in turns: within minutes a machine may be faster or slower."""
        floors, beside = [], []
        async with self.running(Alarmd) as running:
            for turn in range(_ROUNDS):
                self.say(f"the floor: each hop alone, turn {turn + 1} of {_ROUNDS}")
                floors.append(await measure_floor(self.stand))
                beside.append(await self._paced(running, "50/s beside the floor"))
        return Floor.pooled(floors), pooled(beside)

    async def _compare(self, kind: type[System], result: Result) -> None:
        async with self.running(kind) as running:
            if kind is Alarmd:
                self.say("alarmd: idle")
                before = running.systems[0].cost().cpu_s
                await asyncio.sleep(_IDLE_S)
                result.idle_cpu = (running.systems[0].cost().cpu_s - before) / _IDLE_S
            for rate, seconds in ((1.0, 20), (_PACE, 20), (200.0, 10), (500.0, 8)):
                self.say(f"{running.name}: {rate:.0f} presses a second")
                buttons = self.stand.buttons(int(rate * seconds))
                result.add(await running.press(f"{rate:.0f}/s", buttons, rate))
            self.say(f"{running.name}: storms of {STORM}")
            storms = [await running.storm(f"storm {STORM}", STORM) for _ in range(_STORMS)]
            result.add(median(storms))
            await self._climb(running, result)
            self.say(f"{running.name}: a storm of {BIG_STORM}")
            result.add(await running.storm(f"storm {BIG_STORM}", BIG_STORM))
        async with self.running(kind) as running:
            self.say(f"{running.name}: killed in a storm")
            result.add(await self._killed(running))
            self.say(f"{running.name}: the police away for {_OUTAGE_S:.0f} s")
            result.add(await self._police_away(running))

    @asynccontextmanager
    async def running(
        self, kind: type[System], database: str | None = None, replicas: int = 1
    ) -> AsyncIterator[Running]:
        """A system on a broker of its own, warmed up."""
        database = database or await self.stand.database()
        async with self.stand.broker() as broker:
            systems = [self._make(kind, database, broker, number) for number in range(replicas)]
            for system in systems:
                await system.start()
            try:
                running = Running(self.stand, systems, broker)
                await running.press("warm-up", self.stand.buttons(_WARM_UP), _PACE)
                yield running
            finally:
                for system in systems:
                    await system.stop()

    def _make(self, kind: type[System], database: str, broker: object, number: int) -> System:
        where = (database, broker, self.stand.police.url, self.directory)
        return Alarmd(*where, replica=f"alarmd-{number}") if kind is Alarmd else kind(*where)  # type: ignore[arg-type]

    async def _climb(self, running: Running, result: Result) -> None:
        """Press faster and faster, until it takes too long."""
        rate = _FIRST_STEP
        steps = result.steps.setdefault(running.name, [])
        while True:
            self.say(f"{running.name}: {rate:.0f} presses a second, step {len(steps) + 1}")
            steps.append(await running.press(f"{rate:.0f}/s", self.stand.buttons(int(rate * _STEP_S)), rate))
            if steps[-1].p99_ms > TOO_SLOW_MS or steps[-1].lost:
                return
            rate *= _STEP

    async def _killed(self, running: Running) -> Measured:
        """SIGKILL as soon as the police have the first alerts of a storm, and a new start."""
        buttons = self.stand.buttons(STORM)
        load = await running.load(buttons, rate=0, connections=0)
        await self.stand.police.take()
        pressing = asyncio.create_task(load.press())
        came: list[tuple[float, str]] = []
        async with asyncio.timeout(30):
            while not came:
                came = await self.stand.police.take()
        await running.systems[0].kill()
        await running.systems[0].start()
        missing = set(buttons) - {button for _, button in came}
        came += await running.collect(missing, pressing, _QUIET_AFTER_TROUBLE_S)
        return running.judge("killed in a storm", buttons, await pressing, came, 0.0)

    async def _police_away(self, running: Running) -> Measured:
        """A storm while nobody listens at the police, who come back after a while."""
        buttons = self.stand.buttons(STORM)
        load = await running.load(buttons, rate=0, connections=0)
        await self.stand.police.down()
        await self.stand.police.take()
        pressing = asyncio.create_task(load.press())
        await asyncio.sleep(_OUTAGE_S)
        await self.stand.police.up()
        came = await running.collect(set(buttons), pressing, _QUIET_AFTER_TROUBLE_S)
        return running.judge("police away", buttons, await pressing, came, 0.0)

    async def _replicas(self, result: Result) -> None:
        self.say("two alarmd at once")
        async with self.running(Alarmd, replicas=2) as running:
            result.add(await running.press("50/s", self.stand.buttons(1000), _PACE))
            result.add(median([await running.storm(f"storm {STORM}", STORM) for _ in range(_STORMS)]))

    async def _heartbeats(self, result: Result) -> None:
        """The same pace with and without heartbeats beneath, in turns."""
        with_beats, without = [], []
        async with self.running(Alarmd) as running:
            for turn in range(_ROUNDS):
                self.say(f"alarmd: heartbeats, turn {turn + 1} of {_ROUNDS}")
                without.append(await self._paced(running, "50/s without heartbeats"))
                beating = await self._beat(running)
                with_beats.append(await self._paced(running, "50/s with heartbeats"))
                await beating.abandon()
        result.add(pooled(without))
        result.add(pooled(with_beats))

    async def _beat(self, running: Running) -> Load:
        count = int(HEARTBEATS_PER_S * (_ROUND_S + QUIET_S))
        buttons = [f"button-{1 + number % STORES}" for number in range(count)]
        beating = await running.load(buttons, HEARTBEATS_PER_S, 50, "heartbeat")
        beating.begin()
        return beating

    async def _paced(self, running: Running, name: str) -> Measured:
        return await running.press(name, self.stand.buttons(int(_PACE * _ROUND_S)), _PACE)

    async def _chatter(self, result: Result) -> None:
        """First presses of many stores, with and without another store's button pressed 200 times a second."""
        quiet, beside = [], []
        async with self.running(Alarmd) as running:
            for turn in range(_ROUNDS):
                self.say(f"alarmd: a chattering button, turn {turn + 1} of {_ROUNDS}")
                quiet.append(await self._paced(running, "50/s"))
                chatterer = self.stand.buttons(1)
                chatter = await running.load(chatterer * int(200 * (_ROUND_S + QUIET_S)), 200.0, 1)
                chatter.begin()
                beside.append(await self._paced(running, "50/s"))
                await chatter.abandon()
        result.chatter_p99_ms = (pooled(quiet).p99_ms, pooled(beside).p99_ms)

    async def _history(self, result: Result) -> None:
        """The same pace on an empty database and on one with a nation's stores and years of alarms, in turns."""
        self.say(f"writing {PAST_ALARMS} alarms of {NATION} stores")
        old, new = await self.stand.database(NATION), await self.stand.database()
        for database in (old, new):
            async with self.running(Alarmd, database):
                """Its first start makes the endpoint."""
        await history.write(old, PAST_ALARMS, NATION)
        on_old: list[Measured] = []
        on_new: list[Measured] = []
        for turn in range(_ROUNDS):
            self.say(f"alarmd: history, turn {turn + 1} of {_ROUNDS}")
            for database, measured, name in ((new, on_new, "50/s, empty"), (old, on_old, "50/s, with history")):
                async with self.running(Alarmd, database) as running:
                    measured.append(await self._paced(running, name))
        result.add(pooled(on_new))
        result.add(pooled(on_old))


def best_sustained(steps: Sequence[Measured], within_ms: float) -> float:
    """The highest rate, in presses a second, that was held with p99 below this and nothing lost."""
    held = [step for step in steps if step.p99_ms < within_ms and not step.lost]
    return max((float(step.load.removesuffix("/s")) for step in held), default=0.0)

"""The failpoints are where they say they are: a replica that comes to one dies there."""

import signal
from pathlib import Path

from simulators.police import Behaviour
from tests.chaos.sabotage import POINTS
from tests.chaos.world import World


async def test_a_replica_dies_at_each_failpoint(state: Path) -> None:
    async with World(state / "failpoints", stores=8) as world:
        replica = world.replicas[0]
        await world.replicas[1].terminate()  # whatever is done is done by the other
        for point in POINTS:
            world.behave(Behaviour(fail=503) if point == "after_claim" else Behaviour())  # what fails is claimed anew
            await replica.terminate()
            await replica.start("--kill-at", f"{point}:1", wait=False)
            for button in world.buttons:
                button.emit()
            assert await replica.ended(20), f"it was never at {point}"
            assert replica.exit_code == -signal.SIGKILL, point
        world.behave(Behaviour())
        await replica.start()
        assert await world.settle(30) < 30

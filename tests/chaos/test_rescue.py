"""Every store presses at once while alarmd is killed or told to stop, and the police are away."""

import asyncio
from pathlib import Path

from tests.chaos.checker import RECOVER_WITHIN_S, Dump, dump, judge
from tests.chaos.world import World


async def test_656_presses_reach_the_police_once_each_by_id(state: Path) -> None:
    async with World(state / "rescue", stores=656) as world:
        for number in (1, 2):
            world.links[f"police:{number}"].refuse()
        for button in world.buttons:
            button.emit()
        for _ in range(2):
            await asyncio.sleep(world.random.random() * 0.5)
            await asyncio.gather(*(replica.kill() for replica in world.replicas))
            await asyncio.gather(*(replica.start() for replica in world.replicas))
        await asyncio.sleep(20)
        assert not world.history.of("police", "received")
        await world.heal()
        await world.settle(RECOVER_WITHIN_S)
        connection = await world.connect()
        found = await dump(connection)
        await connection.close()
    assert_each_once(world, found)


async def test_656_presses_and_a_rolling_restart_in_the_middle_of_them(state: Path) -> None:
    async with World(state / "rolling", stores=656) as world:
        for button in world.buttons:
            button.emit()
        for replica in world.replicas:
            await asyncio.sleep(0.1)
            assert await replica.terminate() == 0
            await replica.start()
        await world.settle(RECOVER_WITHIN_S)
        connection = await world.connect()
        found = await dump(connection)
        await connection.close()
    assert_each_once(world, found)


def assert_each_once(world: World, found: Dump) -> None:
    """Each of the 656 is one alarm that the police had under one id."""
    assert judge(world.history.events, found).sentences() == []
    assert len(found.alarms) == 656
    opened = [event.facts for event in world.history.of("police", "received") if event.facts["type"] == "alarm.opened"]
    assert len({alert["webhook_id"] for alert in opened}) == 656
    assert {alert["alarm_id"] for alert in opened} == {alarm["id"] for alarm in found.alarms}

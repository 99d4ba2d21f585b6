"""Every store presses at once while the police are away and alarmd is killed, twice."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.chaos.checker import RECOVER_WITHIN_S, dump, judge
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
    assert judge(world.history.events, found).sentences() == []
    assert len(found.alarms) == 656
    opened = [event.facts for event in world.history.of("police", "received") if event.facts["type"] == "alarm.opened"]
    assert len({alert["webhook_id"] for alert in opened}) == 656
    assert set(Counter(alert["alarm_id"] for alert in opened)) == {alarm["id"] for alarm in found.alarms}

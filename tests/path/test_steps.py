"""Steps wait for their turn, and are not waited for when the service stops before it."""

import asyncio
import time

from alarmd.steps import Steps

MANY = 100  # so that the last one's turn is long after the test


async def test_a_step_that_is_stopped_before_its_turn_never_begins() -> None:
    begun: list[int] = []

    async def step(number: int) -> None:
        begun.append(number)

    stopping = asyncio.Event()
    steps = Steps(stopping)
    for number in range(MANY):
        steps.start_in_turn("looks", step(number))
    while not begun:
        await asyncio.sleep(0.01)
    stopping.set()
    async with asyncio.timeout(5):
        await steps.end("looks", deadline=time.monotonic() + 60)
    assert begun == list(range(len(begun)))
    assert len(begun) < MANY

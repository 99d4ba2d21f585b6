"""Group commit: who shares a commit, and who does not wait for others."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from alarmd.db.group import GroupCommit

_LIMIT = 5
_NEVER_S = 3600.0
_WITHIN_S = 5.0


class Groups:
    """A line whose commits stand in `committed`, at least an hour apart."""

    def __init__(self) -> None:
        self.committed: list[list[int]] = []
        self.line: GroupCommit[int, int] = GroupCommit(self._commit, limit=_LIMIT, apart_s=_NEVER_S)

    async def _commit(self, items: Sequence[int]) -> list[int]:
        self.committed.append(list(items))
        return [item * 10 for item in items]


@pytest.fixture
async def groups() -> AsyncIterator[Groups]:
    """One whose first commit has just been."""
    groups = Groups()
    running = asyncio.create_task(groups.line.run())
    async with asyncio.timeout(_WITHIN_S):
        assert await groups.line.submit(0) == 0
        yield groups
        groups.line.close()
        await running


async def test_what_comes_after_a_commit_waits_for_more_to_come(groups: Groups) -> None:
    waiting = groups.line.submit(1)
    for _ in range(50):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert groups.committed == [[0]]


async def test_an_item_in_a_hurry_takes_those_before_it_along(groups: Groups) -> None:
    waiting = groups.line.submit(1)
    assert await groups.line.submit(2, hurry=True) == 20
    assert await waiting == 10
    assert groups.committed == [[0], [1, 2]]


async def test_hurry_is_over_with_the_group_that_was_in_a_hurry(groups: Groups) -> None:
    await groups.line.submit(1, hurry=True)
    waiting = groups.line.submit(2)
    for _ in range(50):
        await asyncio.sleep(0)
    assert not waiting.done()


async def test_a_full_group_waits_for_nobody_and_what_is_over_waits_again(groups: Groups) -> None:
    *full, over = [groups.line.submit(number) for number in range(1, _LIMIT + 2)]
    assert await asyncio.gather(*full) == [10, 20, 30, 40, 50]
    await groups.line.submit(_LIMIT + 2, hurry=True)
    assert over.done()
    assert groups.committed == [[0], [1, 2, 3, 4, 5], [6, 7]]


async def test_closing_commits_what_waits(groups: Groups) -> None:
    waiting = groups.line.submit(1)
    groups.line.close()
    assert await waiting == 10

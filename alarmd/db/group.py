"""Group commit: what arrives while a commit is in flight is committed together by the next."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    future: asyncio.Future[Result]
    hurry: bool


class GroupCommit(Generic[Item, Result]):
    """Gathers items and commits them in order of arrival, one group at a time.

    Args:
        commit: takes up to `limit` items and gives one result for each, in their order.
        limit: the most items in one group.
        apart_s: the least time from the beginning of one commit to that of the next, in seconds, where it is of more
            worth that many share what a commit costs than that each is committed at once. A full group does not wait
            for it, nor one with an item in a hurry.
    """

    def __init__(
        self, commit: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, limit: int = 500, apart_s: float = 0.0
    ) -> None:
        self._commit = commit
        self._limit = limit
        self._apart_s = apart_s
        self._waiting: deque[_Waiting[Item, Result]] = deque()
        self._arrived = asyncio.Event()
        self._hurried = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many items wait for a commit."""
        return len(self._waiting)

    def submit(self, item: Item, *, hurry: bool = False) -> asyncio.Future[Result]:
        """Put an item in line; the future has its result once it is committed."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(item, future, hurry))
        self._arrived.set()
        if hurry or len(self._waiting) >= self._limit:
            self._hurried.set()
        return future

    def close(self) -> None:
        """Let `run` return once the line is empty."""
        self._closed = True
        self._arrived.set()
        self._hurried.set()

    async def run(self) -> None:
        """Commit group after group until closed."""
        while self._waiting or not self._closed:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                began = time.monotonic()
                await self._commit_group()
                await self._gather(began + self._apart_s)

    async def _gather(self, until: float) -> None:
        """Let more come, up to a full group."""
        left = until - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._hurried.wait()

    async def _commit_group(self) -> None:
        group = self._take_group()
        try:
            results = await self._commit([waiting.item for waiting in group])
        except BaseException as error:
            for waiting in group:
                if not waiting.future.done():
                    if isinstance(error, Exception):
                        waiting.future.set_exception(error)
                    else:
                        waiting.future.cancel()
            raise
        for waiting, result in zip(group, results, strict=True):
            if not waiting.future.done():
                waiting.future.set_result(result)

    def _take_group(self) -> "list[_Waiting[Item, Result]]":
        size = min(len(self._waiting), self._limit)
        group = [self._waiting.popleft() for _ in range(size)]
        if not (self._closed or len(self._waiting) >= self._limit or any(waiting.hurry for waiting in self._waiting)):
            self._hurried.clear()
        return group

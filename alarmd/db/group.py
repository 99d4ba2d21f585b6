"""Group commit: what arrives while a commit is in flight is committed together by the next."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Gathers items and commits them in order of arrival, one group at a time.

    Args:
        commit: takes up to `limit` items and gives one result for each, in their order.
        limit: the most items in one group.
        apart_s: the least time from the beginning of one commit to that of the next, in seconds, where it is of more
            worth that many share what a commit costs than that each is committed at once.
    """

    def __init__(
        self, commit: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, limit: int = 500, apart_s: float = 0.0
    ) -> None:
        self._commit = commit
        self._limit = limit
        self._apart_s = apart_s
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many items wait for a commit."""
        return len(self._waiting)

    def submit(self, item: Item) -> asyncio.Future[Result]:
        """Put an item in line; the future has its result once it is committed."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._arrived.set()
        return future

    def close(self) -> None:
        """Let `run` return once the line is empty."""
        self._closed = True
        self._arrived.set()

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
        if left > 0 and not self._closed and len(self._waiting) < self._limit:
            await asyncio.sleep(left)

    async def _commit_group(self) -> None:
        size = min(len(self._waiting), self._limit)
        group = [self._waiting.popleft() for _ in range(size)]
        try:
            results = await self._commit([item for item, _ in group])
        except BaseException as error:
            for _, future in group:
                if not future.done():
                    if isinstance(error, Exception):
                        future.set_exception(error)
                    else:
                        future.cancel()
            raise
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)

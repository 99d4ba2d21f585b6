"""Waiting for what a test expects."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


async def eventually(look: Callable[[], Found | None], within: float = 15) -> Found:
    """Wait until something is found, and give it."""
    async with asyncio.timeout(within):
        while (found := look()) is None:
            await asyncio.sleep(0.02)
    return found

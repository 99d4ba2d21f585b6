"""How the station says "we have it": in the answer itself, or by a call to alarmd a while later."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from simulators.http_wire import post
from simulators.police.received import Received

BY = "112 상황실 (simulator)"
CALLS_AT_ONCE = 8
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries of one acknowledgement, which then is given up."""


def acknowledgement(alert: Received) -> dict[str, str]:
    """Who has it and under which case number: a pure function of the alarm, so that a retry says the same."""
    return {"by": BY, "reference": f"112-{alert.alarm.get('reference') or alert.webhook_id}"}


class Acknowledger:
    """Acknowledges alarms by HTTP, each alarm once.

    Args:
        key: The API key sent as Bearer.
        on_acknowledged: Called with `{"acknowledged": alarm id, "reference", "status", "at"}` when a call is
            over; `status` is None if alarmd could not be reached at all.
    """

    def __init__(self, key: str | None, on_acknowledged: Callable[[dict[str, Any]], None] | None) -> None:
        self._key = key
        self._on_acknowledged = on_acknowledged
        self._alarms: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)

    def plan(self, alert: Received, after: float) -> None:
        """Acknowledge the alert's alarm `after` so many seconds, unless that is planned or done already."""
        alarm_id = str(alert.alarm.get("id"))
        if alert.acknowledge_url is None or alarm_id in self._alarms:
            return
        self._alarms.add(alarm_id)
        task = asyncio.create_task(self._acknowledge(alert, alarm_id, alert.acknowledge_url, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Drop what is planned."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _acknowledge(self, alert: Received, alarm_id: str, url: str, after: float) -> None:
        await asyncio.sleep(after)
        said = acknowledgement(alert)
        status = None
        for wait in (*WAITS, None):
            status = await self._call(url, json.dumps(said).encode())
            if wait is None or (status is not None and status < 500 and status != 429):  # noqa: PLR2004 -- HTTP
                break
            await asyncio.sleep(wait)
        if self._on_acknowledged:
            self._on_acknowledged(
                {"acknowledged": alarm_id, "reference": said["reference"], "status": status, "at": time.time()}
            )

    async def _call(self, url: str, body: bytes) -> int | None:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            async with self._calls:
                return await post(url, headers, body)
        except (OSError, ValueError):  # TimeoutError is an OSError
            return None

"""Two hundred listeners at once, each cut again and again while presses come in: each hears all of it once."""

import asyncio
from collections.abc import AsyncIterator
from secrets import token_hex

import httpx
import pytest

from alarmd.db.pool import Pool
from tests.service import ADMIN_KEY, Process, until
from tests.web.test_events import following

LISTENERS, PRESSES = 200, 60
THE_END = "nothing follows"


class Listener:
    """Follows the stream, hangs up after so many events, and goes on from the last one it had."""

    def __init__(self, client: httpx.AsyncClient, cut_after: int) -> None:
        self._client = client
        self._cut_after = cut_after
        self._last: str | None = None
        self.listening = asyncio.Event()
        self.heard: list[str] = []
        self.cuts = 0

    async def listen(self) -> None:
        """Listen until the end is heard."""
        over = False
        while not over:
            async with following(self._client, self._last) as events:
                self._last = (await anext(events))["id"]
                self.listening.set()
                over = await self._hear(events)
            self.cuts += 1

    async def _hear(self, events: AsyncIterator[dict[str, str]]) -> bool:
        """Hear so many events; whether the last of all is among them."""
        for _ in range(self._cut_after):
            event = await anext(events)
            self.heard.append(event["id"])
            self._last = event["id"]
            if THE_END in event["data"]:
                return True
        return False


@pytest.mark.timeout(180)
async def test_each_of_200_listeners_hears_every_change_once_and_in_order(process: Process, pool: Pool) -> None:
    # In a process of its own: 200 clients that are made in the service's hold its event loop up for seconds, and
    # whoever has waited so long for a connection to the database is told to come again (503).
    await process.start()
    limits = httpx.Limits(max_connections=None)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(
        base_url=process.url, headers=headers, trust_env=False, timeout=60, limits=limits
    ) as client:
        listeners = [Listener(client, cut_after=3 + number % 37) for number in range(LISTENERS)]
        listening = [asyncio.create_task(listener.listen()) for listener in listeners]
        await asyncio.gather(*(listener.listening.wait() for listener in listeners))
        for number in range(PRESSES):
            press = {"button_id": f"button-{1 + number % 10}", "press_id": token_hex(8)}
            assert (await client.post("/v1/presses", json=press)).status_code == 202
        await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending')")
        await pool.execute(
            "INSERT INTO timeline (alarm_id, what, who) SELECT id, 'noted', $1 FROM alarms ORDER BY id LIMIT 1", THE_END
        )
        end = await pool.fetchval("SELECT xid::text || '.' || id FROM timeline WHERE who = $1", THE_END)
        rows = await pool.fetch("SELECT xid::text || '.' || id AS position FROM timeline ORDER BY timeline.xid, id")
        happened = [row["position"] for row in rows]
        happened = happened[: happened.index(end) + 1]
        assert len(happened) > PRESSES + 10  # each press, and that the police took each alarm
        async with asyncio.timeout(120):
            await asyncio.gather(*listening)
    assert all(listener.heard == happened for listener in listeners)
    assert sum(listener.cuts for listener in listeners) > 3 * LISTENERS

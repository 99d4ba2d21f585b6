"""Inform: the clerk's button learns that the police have its press, and that a human there acknowledged."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from alarmd.core.alert import timestamp
from alarmd.core.dialects.native import receipt_topic
from alarmd.db.changes import AlarmChange, Subscription
from alarmd.db.pool import Pool
from alarmd.db.receipts import CALLS_FOR_HELP, News, owed_receipts
from alarmd.db.retry import until_done

Publish: TypeAlias = Callable[[str, dict[str, object]], None]

_AT_ONCE = 20  # receipts; between them whatever else is to be done comes first, such as a press
_PAUSE_S = 0.002  # longer, where a button that was pressed on and on is told of each press


class Informer:
    """Sends the `delivered` and `acknowledged` receipts, as the timeline tells of them.

    The `recorded` receipt is sent by accept, right after its commit.

    Args:
        publish: sends a payload to a topic, on every broker that is connected.
    """

    def __init__(self, pool: Pool, publish: Publish) -> None:
        self._pool = pool
        self._publish = publish

    async def run(self, changes: Subscription) -> None:
        """Follow the changes until they end."""
        async for batch in changes.batches():
            await self._inform([change for change in batch if isinstance(change, AlarmChange) and _tells(change)])

    async def _inform(self, changes: Sequence[AlarmChange]) -> None:
        if not changes:
            return
        news = [News(change.alarm_id, change.position.id, change.what == "acknowledged") for change in changes]
        presses, _ = await until_done(
            self._pool, lambda connection: owed_receipts(connection, news), "read presses to inform"
        )
        sent = 0
        for change, owed in zip(changes, presses, strict=True):
            pause = _PAUSE_S if len(owed) > _AT_ONCE else 0
            for wire_id, press_id in owed:
                self._publish(*_receipt(change, wire_id, press_id))
                sent += 1
                if sent % _AT_ONCE == 0:
                    await asyncio.sleep(pause)


def _receipt(change: AlarmChange, wire_id: str, press_id: str) -> tuple[str, dict[str, object]]:
    """A receipt and its topic."""
    return receipt_topic(wire_id), {
        "press_id": press_id,
        "alarm_id": str(change.alarm_id),
        "state": change.what,
        "at": timestamp(change.at),
    }


def _tells(change: AlarmChange) -> bool:
    """Whether the clerk is to know: the police have the press, or a human there acknowledged it."""
    match change.what:
        case "acknowledged":
            return True
        case "delivered":
            return change.detail.get("audience") == "police" and change.detail.get("alert") in CALLS_FOR_HELP
    return False

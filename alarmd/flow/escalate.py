"""Escalate: an alarm that nobody took, acknowledged or closed in time goes to the next in the chain."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import UUID

from alarmd.core import route
from alarmd.core.route import Due, Step
from alarmd.db import escalation
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done

_LOOK_EVERY_S = 1.0
_AT_ONCE = 500


class Escalation:
    """Looks at each alarm when it is due. One in each process that supervises; any number may run at once.

    When an alarm is due stands in the database, so that nothing is forgotten whoever restarts.

    Args:
        on_escalated: told when somebody is owed something.
    """

    def __init__(self, pool: Pool, *, on_escalated: Callable[[], None]) -> None:
        self._pool = pool
        self._on_escalated = on_escalated
        self._look = asyncio.Event()
        self._stopping = False

    def look(self) -> None:
        """Look now: an alarm has become due."""
        self._look.set()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._look.set()

    async def run(self) -> None:
        """Look when told, and every second."""
        while not self._stopping:
            self._look.clear()
            (looked_at, escalated), _ = await until_done(self._pool, _look, "escalate alarms")
            if escalated:
                self._on_escalated()
            if looked_at < _AT_ONCE:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._look.wait(), _LOOK_EVERY_S)


async def _look(connection: Connection) -> tuple[int, int]:
    """Take the next step for what is due; how many were looked at, and how many of them escalated."""
    async with connection.transaction():
        due = await escalation.due(connection, _AT_ONCE)
        steps = await _decide(connection, due)
        if steps:
            await escalation.take(connection, steps)
    return len(due), sum(step.reason is not None for _, step in steps)


async def _decide(connection: Connection, due: Sequence[Due]) -> list[tuple[UUID, Step]]:
    if not due:
        return []
    panics = await escalation.panics(connection, [alarm.alarm_id for alarm in due if alarm.kind == "test"])
    chains = await escalation.chains(connection, [alarm.alarm_id for alarm in due if alarm.kind == "panic"])
    return [
        (alarm.alarm_id, route.next_step(alarm, chains.get(alarm.alarm_id, ()), panics.get(alarm.alarm_id, ())))
        for alarm in due
    ]

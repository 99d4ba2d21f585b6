"""Sessions: brokers that are away, and sessions that a broker has forgotten, are noticed and told of as faults."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from alarmd.db import faults, sessions
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done

_LOOK_EVERY_S = 1.0
_AWAY_AFTER_S = 10.0
_SAY_EVERY_S = 2.0

_log = structlog.get_logger()


class Sessions:
    """Keeps the faults `broker_away` and `session_lost` of this replica. Their subject is `host:port client-id`.

    Args:
        client_id: the name of this replica, and of its sessions.
        brokers: tells of each broker, by host and port, whether it is connected now.
        others_ask: whether other replicas want to know which of them listen.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        client_id: str,
        brokers: Callable[[], Mapping[str, bool]],
        others_ask: Callable[[], bool],
    ) -> None:
        self._pool = pool
        self._client_id = client_id
        self._brokers = brokers
        self._others_ask = others_ask
        self._said_at = -math.inf
        self._taken_up: dict[str, bool] = {}
        self._seen_at: dict[str, float] = {}
        self._said_away: dict[str, bool] = {}  # what the faults were told last
        self._wake = asyncio.Event()
        self._stopping = False

    def connected(self, broker: str, *, session_present: bool) -> None:
        """A broker let us in, and said whether it still had our session."""
        self._taken_up[broker] = self._taken_up.get(broker, True) and session_present
        self._wake.set()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Look when a broker let us in, and every second."""
        known, _ = await until_done(self._pool, lambda on: sessions.known(on, self._client_id), "read sessions")
        while not self._stopping:
            self._wake.clear()
            while self._taken_up:
                broker, present = self._taken_up.popitem()
                await self._note_session(broker, present=present, lost=not present and broker in known)
                known.add(broker)
            for broker, connected in self._brokers().items():
                await self._note_presence(broker, connected=connected)
            await self._say()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY_S)

    async def _note_session(self, broker: str, *, present: bool, lost: bool) -> None:
        subject = self._subject(broker)
        if lost:
            _log.error("session_lost", broker=broker)

        async def note(connection: Connection) -> None:
            async with connection.transaction():
                await sessions.remember(connection, self._client_id, broker, anew=not present)
                if lost:
                    detail = "what the broker held for us is gone; buttons that got no receipt send their presses again"
                    await faults.raise_fault(connection, "session_lost", subject, detail)
                elif present:
                    await faults.clear_fault(connection, "session_lost", subject)

        await until_done(self._pool, note, "note session")

    async def _note_presence(self, broker: str, *, connected: bool) -> None:
        now = time.monotonic()
        if connected or broker not in self._seen_at:
            self._seen_at[broker] = now
        away = now - self._seen_at[broker] > _AWAY_AFTER_S
        if self._said_away.get(broker) is away or not (away or connected):
            return
        self._said_away[broker] = away
        subject = self._subject(broker)
        if away:
            detail = f"there has been no connection for {_AWAY_AFTER_S:.0f} s: no press comes in from there"
            await until_done(
                self._pool, lambda on: faults.raise_fault(on, "broker_away", subject, detail), "raise fault"
            )
        else:
            await until_done(self._pool, lambda on: faults.clear_fault(on, "broker_away", subject), "clear fault")

    async def _say(self) -> None:
        """Say every two seconds to which brokers we listen."""
        now = time.monotonic()
        if now - self._said_at < _SAY_EVERY_S or not self._others_ask():
            return
        self._said_at = now
        connected = [broker for broker, is_there in self._brokers().items() if is_there]
        await until_done(self._pool, lambda on: sessions.listening(on, self._client_id, connected), "say who listens")

    def _subject(self, broker: str) -> str:
        return f"{broker} {self._client_id}"

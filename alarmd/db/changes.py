"""What changes, as it changes: the timeline read in an order that leaves no gap."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import structlog

from alarmd.db.pool import UNAVAILABLE, Connection, Pool, Row

_CHANNEL = "alarmd_changes"
_POLL_S = 1.0
_GATHER_S = 0.05  # what follows within it is read along: an alarm is mostly delivered by then
_APART_S = 0.25  # from one reading to the next, where much happens
_RECONNECT_S = 1.0
_BATCH = 500
_BACKLOG = 10_000  # changes that a subscriber may be behind

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the order of changes: what was committed by transactions below `xid`, and rows up to `id` of it."""

    xid: int
    id: int

    def __str__(self) -> str:
        """As an event id."""
        return f"{self.xid}.{self.id}"


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """Something happened to an alarm; with what a listener wants to know of it at the time of reading."""

    position: Position
    what: str
    who: str | None
    at: datetime
    detail: dict[str, Any]
    alarm_id: UUID
    reference: str
    state: str
    kind: str
    store: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FaultChange:
    """A fault was `raised` or `cleared`."""

    position: Position
    what: str
    who: str | None
    at: datetime
    detail: dict[str, Any]
    fault_id: UUID
    kind: str
    subject: str


Change: TypeAlias = AlarmChange | FaultChange


class Subscription:
    """One listener's queue of changes; one that falls too far behind is ended, and never slows the others."""

    def __init__(self) -> None:
        self._waiting: deque[Change] = deque()
        self._news = asyncio.Event()
        self._ended = False

    async def batches(self, *, idle_s: float | None = None) -> AsyncIterator[Sequence[Change]]:
        """What has changed since the last batch, in order, until the subscription ends.

        With `idle_s`, an empty batch each time that nothing has changed for so many seconds.
        """
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), idle_s)
            except TimeoutError:
                yield ()
            self._news.clear()
            if self._waiting:
                batch = list(self._waiting)
                self._waiting.clear()
                yield batch
            if self._ended:
                return

    def end(self) -> None:
        """Let `batches` return."""
        self._ended = True
        self._news.set()

    def push(self, changes: Sequence[Change]) -> None:
        """Add changes; ends the subscription when its listener is too far behind."""
        if self._ended:
            return
        self._waiting.extend(changes)
        if len(self._waiting) > _BACKLOG:
            self._waiting.clear()
            self._ended = True
        self._news.set()


class Feed:
    """One reader of the timeline for all listeners of this process.

    It looks soon after being told (`wake`), soon after another process hints by NOTIFY, and every second anyway: a
    police force waits for a press, and those who look on may wait a moment for the work that is done for it, longer
    where many are pressed. The hint
    to others is sent apart from the transactions it tells of: a NOTIFY within them would make their commits wait for
    one another.
    """

    def __init__(self, url: str, pool: Pool) -> None:
        self._url = url
        self._pool = pool
        self._subscriptions: set[Subscription] = set()
        self._wake = asyncio.Event()
        self._own = False  # this process has committed something that others are to be told of
        self._name = uuid4().hex
        self._stopping = asyncio.Event()
        self._position = Position(0, 0)
        self._positioned = asyncio.Event()

    def wake(self) -> None:
        """Something was committed by this process."""
        self._own = True
        self._wake.set()

    def stop(self) -> None:
        """End every subscription, and `run`."""
        self._stopping.set()
        self._wake.set()
        self._positioned.set()
        for subscription in self._subscriptions:
            subscription.end()

    def subscribe(self) -> Subscription:
        """Listen from now on; give it back with `unsubscribe`."""
        subscription = Subscription()
        if self._stopping.is_set():
            subscription.end()
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Listen no more."""
        self._subscriptions.discard(subscription)

    async def positioned(self) -> None:
        """Wait until every later change is pushed to who has subscribed: what was before, `since` tells."""
        await self._positioned.wait()

    async def begin(self) -> None:
        """Follow what is committed from now on: before anything is taken in, lest its first changes be missed.

        Raises:
            OSError, TimeoutError, PostgresError: the database does not answer.
        """
        async with self._pool.acquire() as connection:
            self._position = await latest(connection)
        self._positioned.set()

    async def run(self) -> None:
        """Read until stopped, after `begin`; a database that is away is waited for."""
        self._wake.set()
        read = 0.0
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            while not self._stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _POLL_S)
                    await asyncio.sleep(max(_GATHER_S, read + _APART_S - time.monotonic()))
                self._wake.clear()
                read = time.monotonic()
                try:
                    await self._read()
                except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                    _log.warning("changes_unreadable", error=str(error) or type(error).__name__)
            listening.cancel()

    async def _read(self) -> None:
        async with self._pool.acquire() as connection:
            if self._own:
                self._own = False
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, self._name)
            changes = await since(connection, self._position, _BATCH)
            while changes:
                self._position = changes[-1].position
                for subscription in list(self._subscriptions):
                    subscription.push(changes)
                changes = await since(connection, self._position, _BATCH) if len(changes) == _BATCH else []

    async def _listen(self) -> None:
        while not self._stopping.is_set():
            with suppress(*UNAVAILABLE, asyncpg.PostgresError):
                connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
                try:
                    await self._listen_on(connection)
                finally:
                    connection.terminate()
            await asyncio.sleep(_RECONNECT_S)

    async def _listen_on(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        await connection.add_listener(_CHANNEL, self._hear)
        await closed.wait()

    def _hear(self, _connection: object, _pid: object, _channel: object, name: object) -> None:
        if name != self._name:
            self._wake.set()


async def latest(connection: Connection) -> Position:
    """Where the changes end now."""
    row = await connection.fetchrow(
        """
        SELECT xid::text::bigint AS xid, id
        FROM timeline
        WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY timeline.xid DESC, id DESC
        LIMIT 1
        """
    )
    return Position(row["xid"], row["id"]) if row else Position(0, 0)


async def since(connection: Connection, position: Position, limit: int) -> list[Change]:
    """The changes after a position, in order.

    Only those of transactions below every one that still runs: numbers are given out before a commit, so a row with
    a lower number may yet appear above that line, and would be missed.
    """
    rows = await connection.fetch(
        """
        SELECT t.xid::text::bigint AS xid, t.id, t.what, t.who, t.at, t.detail,
               t.alarm_id, a.reference, a.state, a.kind, a.store,
               t.fault_id, f.kind AS fault_kind, f.subject
        FROM timeline t
        LEFT JOIN alarms a ON a.id = t.alarm_id
        LEFT JOIN faults f ON f.id = t.fault_id
        WHERE (t.xid, t.id) > ($1::text::xid8, $2)
          AND t.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY t.xid, t.id
        LIMIT $3
        """,
        str(position.xid),
        position.id,
        limit,
    )
    return [_read_change(row) for row in rows]


def _read_change(row: Row) -> Change:
    entry = {name: row[name] for name in ("what", "who", "at", "detail")}
    position = Position(row["xid"], row["id"])
    if row["fault_id"] is not None:
        return FaultChange(position, **entry, fault_id=row["fault_id"], kind=row["fault_kind"], subject=row["subject"])
    alarm = {name: row[name] for name in ("alarm_id", "reference", "state", "kind", "store")}
    return AlarmChange(position, **entry, **alarm)

"""Accept: what comes in is committed, and only then acknowledged."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import structlog

from alarmd import clock
from alarmd.core import dialects
from alarmd.core.dialects.native import receipt_topic
from alarmd.core.errors import UnavailableError
from alarmd.core.signal import Heartbeat, Ignored, Message, Press, Publish, Rejected, Status
from alarmd.db import accept as presses_db
from alarmd.db import outbox, quarantine
from alarmd.db.accept import Accepted, IncomingPress, Recorded, Rules, Source
from alarmd.db.group import GroupCommit
from alarmd.db.pool import Connection, Kept, Pool
from alarmd.db.retry import REFUSED, until_done
from alarmd.metrics import Metrics

_MAX_GROUP = 128  # larger ones are no faster, hold the first of them back, and take memory
_TURNS = 2  # of the loop, until alerts that were handed over are on the wire: the police come before the receipts
MAX_WAITING = 20_000  # presses for a commit; what comes beyond is refused, and still is with whoever sent it

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that could not be understood, on its way into the quarantine."""

    rejected: Rejected
    source: Literal["mqtt", "http"]
    topic: str | None
    payload: bytes


Item: TypeAlias = IncomingPress | Odd


@dataclass(frozen=True, slots=True)
class _Taken:
    """What waits for its commit, and where its receipt goes; over HTTP the answer is the receipt."""

    item: Item
    publish: Publish | None = None


class Intake:
    """Takes messages in, commits them in groups, and sends the `recorded` receipts.

    Args:
        pool: connections that nobody else uses, so that nobody else can exhaust them.
        rules: what the settings say of accepting.
        on_accepted: told of each group of presses once it is committed, with the deliveries that were born.
        on_vitals: told of each sign of life of a button or gateway.
        on_canary: told of each canary that came in, by its press_id.
        hear: takes messages that are not of native buttons; gives a future that is done when what they tell is
            committed, None where there is nothing to commit, or why a message goes into the quarantine.
    """

    def __init__(
        self,
        pool: Pool,
        rules: Rules,
        metrics: Metrics,
        *,
        on_accepted: Callable[[Accepted], None],
        on_vitals: Callable[[Press | Heartbeat | Status], None],
        on_quarantined: Callable[[Rejected], None],
        on_canary: Callable[[str], None],
        hear: Callable[[Message], "asyncio.Future[None] | Rejected | None"],
    ) -> None:
        self._pool = pool
        self._kept = Kept(pool)  # for the presses that open or join
        self._rules = rules
        self._metrics = metrics
        self._on_accepted = on_accepted
        self._on_vitals = on_vitals
        self._on_quarantined = on_quarantined
        self._on_canary = on_canary
        self._hear_other = hear
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._group: GroupCommit[_Taken, Recorded | None] = GroupCommit(self._commit, limit=_MAX_GROUP)

    async def run(self) -> None:
        """Commit what comes in, until closed and empty."""
        try:
            # The first press is not to wait for a connection and a plan.
            await until_done(self._kept, lambda connection: presses_db.accept(connection, [], self._rules), "get ready")
            await self._group.run()
        finally:
            await self._kept.release()

    def close(self) -> None:
        """Let `run` end once all that was taken in is committed."""
        self._group.close()

    async def room(self) -> None:
        """Wait until half of what may wait has been committed, where there was too much."""
        await self._has_room.wait()

    def take(self, message: Message, publish: Publish) -> "asyncio.Future[Any] | None":
        """Take a message from a broker; the future is done when it is committed.

        None where there is nothing to commit: a heartbeat is a state, and the next one says it again.

        Raises:
            UnavailableError: too much waits for a commit; `room` tells when to come again.
        """
        match dialects.decode(message):
            case Press() as press:
                press_id = dialects.press_id(press, message, clock.now())
                self._hear(press, press_id)
                incoming = IncomingPress(press, press_id, "mqtt", message.topic, message.payload, time.monotonic())
                return self._enqueue(_Taken(incoming, publish))
            case Heartbeat() | Status() as vitals:
                self._on_vitals(vitals)
            case Rejected() as rejected:
                return self._enqueue(_Taken(Odd(rejected, "mqtt", message.topic, message.payload), publish))
            case Ignored(reason=dialects.FOREIGN):
                heard = self._hear_other(message)
                return self.put_aside(heard, message) if isinstance(heard, Rejected) else heard
            case Ignored() as ignored:
                _log.debug("ignored", topic=message.topic, reason=ignored.reason)
        return None

    def put_aside(self, rejected: Rejected, message: Message) -> "asyncio.Future[Recorded | None]":
        """Put into quarantine a message that is not of a native button; the future is done when it is committed.

        There is always room for it: it was counted already where it came in, or is rare.
        """
        return self._group.submit(_Taken(Odd(rejected, "mqtt", message.topic, message.payload)))

    async def accept(self, press: Press, payload: bytes) -> Recorded:
        """Take a press that came over HTTP; returns when it is committed.

        Raises:
            UnavailableError: too much waits for a commit.
        """
        message = Message(f"http:{press.wire_id}", payload)
        press_id = dialects.press_id(press, message, clock.now())
        self._hear(press, press_id)
        return await self._accept(press, press_id, "http", payload)

    async def practise(self, button_id: str, press_id: str, payload: bytes) -> Recorded:
        """Take the press of a button that nobody pressed: always a test, and no sign of the button's life.

        Returns when it is committed.

        Raises:
            UnavailableError: too much waits for a commit.
        """
        return await self._accept(Press(button_id, press_id, kind="test"), press_id, "practice", payload)

    async def _accept(self, press: Press, press_id: str, source: Source, payload: bytes) -> Recorded:
        recorded = await self._enqueue(_Taken(IncomingPress(press, press_id, source, None, payload, time.monotonic())))
        return recorded or Recorded(press_id, None, duplicate=False)

    async def reject(self, rejected: Rejected, payload: bytes) -> None:
        """Put into quarantine what came over HTTP and cannot be understood; returns when it is committed.

        Raises:
            UnavailableError: too much waits for a commit.
        """
        await self._enqueue(_Taken(Odd(rejected, "http", None, payload)))

    def _hear(self, press: Press, press_id: str) -> None:
        if press.kind == "canary":
            self._on_canary(press_id)
        else:
            self._on_vitals(press)

    def _enqueue(self, taken: _Taken) -> "asyncio.Future[Recorded | None]":
        if len(self._group) >= MAX_WAITING:
            self._has_room.clear()
            raise UnavailableError(
                f"{MAX_WAITING} presses wait for the database: send it again under the same press_id"
            )
        return self._group.submit(taken)

    async def _commit(self, group: Sequence[_Taken]) -> list[Recorded | None]:
        """Commit one group, and send its receipts: each is on its way before its press can be acknowledged."""
        results = await self._commit_items([taken.item for taken in group])
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        for taken, recorded in zip(group, results, strict=True):
            if taken.publish:
                _send_receipt(taken.item, recorded, taken.publish)
        return results

    async def _commit_items(self, items: Sequence[Item]) -> list[Recorded | None]:
        """Presses that open or join, all at once; then the rare rest."""
        started = time.monotonic()
        opening = [item for item in items if isinstance(item, IncomingPress) and item.press.kind != "cancel"]
        results = dict(zip(map(id, opening), await self._commit_presses(opening), strict=True))
        for item in items:
            match item:
                case IncomingPress(press=Press(kind="cancel")):
                    results[id(item)] = await self._commit_cancel(item)
                case Odd():
                    await self._commit_odd(item)
        if opening:
            self._metrics.press_commit.observe(time.monotonic() - started)
        if len(self._group) <= MAX_WAITING // 2:
            self._has_room.set()
        return [results.get(id(item)) for item in items]

    async def _commit_presses(self, presses: Sequence[IncomingPress]) -> list[Recorded | None]:
        if not presses:
            return []
        try:
            accepted, failures = await until_done(
                self._kept, lambda connection: presses_db.accept(connection, presses, self._rules), "accept presses"
            )
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one press must not stall the others
            return await self._isolate(presses, error)
        if failures and self._rules.claimant and any(recorded.duplicate for recorded in accepted.recorded):
            # A commit that seemed to fail had happened: its deliveries are claimed by us, but we do not hold them.
            await self._release(self._rules.claimant)
            accepted = replace(accepted, due=True)
        self._count(presses, accepted)
        self._on_accepted(accepted)
        return list(accepted.recorded)

    async def _isolate(self, presses: Sequence[IncomingPress], error: Exception) -> list[Recorded | None]:
        """One press that the database refuses must not stall the rest: find it by halves, put it into quarantine."""
        if len(presses) > 1:
            middle = len(presses) // 2
            return await self._commit_presses(presses[:middle]) + await self._commit_presses(presses[middle:])
        press = presses[0]
        rejected = Rejected("refused", f"it could not be recorded: {error!r}", press.press.wire_id, press.press_id)
        await self._commit_odd(Odd(rejected, "mqtt" if press.source == "mqtt" else "http", press.topic, press.payload))
        return [None]

    async def _commit_cancel(self, press: IncomingPress) -> Recorded | None:
        try:
            recorded, _ = await until_done(
                self._pool, lambda connection: presses_db.cancel(connection, press), "accept cancel"
            )
        except REFUSED as error:
            return (await self._isolate([press], error))[0]
        self._metrics.presses.labels("cancel", "duplicate" if recorded.duplicate else "recorded").inc()
        self._on_accepted(Accepted([recorded], [], [], None, due=True))
        return recorded

    async def _commit_odd(self, odd: Odd) -> None:
        async def put(connection: Connection) -> None:
            await quarantine.put(
                connection,
                reason=odd.rejected.reason,
                detail=odd.rejected.detail.replace("\x00", "\ufffd"),
                source=odd.source,
                topic=odd.topic.replace("\x00", "\ufffd") if odd.topic else None,
                payload=odd.payload,
                button_id=odd.rejected.wire_id.lower() if odd.rejected.wire_id else None,
            )

        await until_done(self._pool, put, "quarantine")
        self._metrics.quarantined.labels(odd.rejected.reason).inc()
        self._on_quarantined(odd.rejected)

    async def _release(self, claimant: str) -> None:
        await until_done(self._pool, lambda connection: outbox.release(connection, claimant), "release deliveries")

    def _count(self, presses: Sequence[IncomingPress], accepted: Accepted) -> None:
        for press, recorded in zip(presses, accepted.recorded, strict=True):
            outcome = "duplicate" if recorded.duplicate else "recorded"
            self._metrics.presses.labels(press.press.kind, outcome).inc()


def _send_receipt(item: Item, recorded: Recorded | None, publish: Publish) -> None:
    wire_id = item.press.wire_id if isinstance(item, IncomingPress) else item.rejected.wire_id
    press_id = item.press_id if isinstance(item, IncomingPress) else item.rejected.press_id
    if wire_id is not None and not (isinstance(item, Odd) and item.rejected.reason == "retained"):
        publish(receipt_topic(wire_id), receipt(press_id, recorded))


def receipt(press_id: str | None, recorded: Recorded | None) -> dict[str, object]:
    """The first receipt of a press: `recorded`, or `quarantined` where it was put aside for a human."""
    return {
        "press_id": press_id,
        "alarm_id": str(recorded.alarm_id) if recorded and recorded.alarm_id else None,
        "state": "recorded" if recorded else "quarantined",
        "at": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }

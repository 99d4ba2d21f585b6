"""Deliver: what is owed is claimed, sent, and settled, again and again until the endpoint has it."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from alarmd.core.acknowledgement import Acknowledged, Refused
from alarmd.core.alert import Alert
from alarmd.core.delivery import DEADLINE_S, Delivery, Endpoint, Outcome, is_fault, retry_in_s
from alarmd.core.errors import ConflictError
from alarmd.core.formats import cap
from alarmd.core.lane import Lane
from alarmd.core.pace import AT_ONCE, HELD_FOR_EACH, Pace
from alarmd.db import alarms, faults, outbox
from alarmd.db.group import GroupCommit
from alarmd.db.outbox import Result
from alarmd.db.pool import Connection, Pool
from alarmd.db.retry import until_done
from alarmd.metrics import Metrics

_EACH: Final = AT_ONCE * HELD_FOR_EACH  # claimed of an endpoint that is new here
_POLL_S = 1.0
_SETTLED_APART_S = 0.25  # in a storm the police come first: nobody waits for it but the clerks' second receipts
_SETTLED_AT_ONCE = 256  # what waits holds its alarm in memory
_SAY_AGAIN_S = 30.0  # how an endpoint is, in case that another replica has said otherwise since

_log = structlog.get_logger()

Send: TypeAlias = Callable[[Alert, Endpoint], Awaitable[Outcome]]


class Dispatcher:
    """Sends what is owed. One in each process that has the dispatcher's role; any number may run at once.

    Args:
        pool: for claims and settlements.
        send: makes one attempt and gives its outcome.
        claimant: the name of this replica; claims are made in it.
        jitter: gives a random number from 0 to 1.
        now: the database's time, by which an endpoint is paused or not.
        on_settled: told when results are committed.
        on_held: told when alarms wait for a paused endpoint, so that the next in their chains can be told.
    """

    def __init__(
        self,
        pool: Pool,
        send: Send,
        metrics: Metrics,
        *,
        claimant: str,
        jitter: Callable[[], float],
        now: Callable[[], datetime],
        on_settled: Callable[[], None],
        on_held: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._send = send
        self._metrics = metrics
        self._claimant = claimant
        self._jitter = jitter
        self._now = now
        self._on_settled = on_settled
        self._on_held = on_held
        self._endpoints: dict[UUID, Endpoint] = {}
        self._changed_at: datetime | None = None
        self._lanes: defaultdict[UUID, Lane] = defaultdict(Lane)
        self._paces: defaultdict[UUID, Pace] = defaultdict(Pace)
        self._in_flight: Counter[UUID] = Counter()
        self._attempts: set[asyncio.Task[None]] = set()
        self._parked: list[Delivery] = []
        self._behind: set[UUID] = set()  # endpoints that may have more due than was claimed
        self._surplus: list[Delivery] = []  # claimed, and not to be sent by now
        self._held: list[Delivery] = []  # claimed, and their endpoint is paused
        self._recovered: set[UUID] = set()
        self._failing: dict[UUID, bool] = {}  # what was last said of each endpoint
        self._said_at = time.monotonic()
        self._wake = asyncio.Event()
        self._stopping = False
        self._settling: GroupCommit[Result, bool] = GroupCommit(
            self._settle, limit=_SETTLED_AT_ONCE, apart_s=_SETTLED_APART_S
        )

    def hand_over(self, deliveries: Sequence[Delivery], changed_at: datetime | None) -> None:
        """Take deliveries that this process holds a claim on, and send them as soon as their lane is free.

        `changed_at` is when the endpoints were last edited, as the statement that claimed them saw it.
        """
        if changed_at != self._changed_at:
            self._parked.extend(deliveries)
            self.wake()
            return
        for delivery in deliveries:
            self._lanes[delivery.endpoint_id].push(delivery)
        for endpoint_id in {delivery.endpoint_id for delivery in deliveries}:
            self._pump(endpoint_id)

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wake.set()

    def stop(self) -> None:
        """Start no more attempts; `run` ends when those in flight are settled and all claims are given back."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Claim, send and settle until stopped."""
        await until_done(self._pool, self._release, "release deliveries")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settling.run())
            while not self._stopping:
                self._wake.clear()
                await self._claim()
                if not self._stopping:
                    await self._sleep()
            if self._attempts:
                await asyncio.wait(self._attempts)
            self._settling.close()
        await until_done(self._pool, self._release, "release deliveries")

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _release(self, connection: Connection) -> None:
        await outbox.release(connection, self._claimant)

    async def _claim(self) -> None:
        """Claim what is due, as far as each lane has room."""
        if self._parked:
            await self._refresh()
        if self._held:
            await self._hold()
        if self._surplus or self._recovered:
            await self._rearrange()
        free = {endpoint_id: self._room(endpoint_id) for endpoint_id in self._endpoints}
        (changed_at, deliveries), _ = await until_done(
            self._pool,
            lambda connection: outbox.claim(connection, self._claimant, free, each=_EACH),
            "claim deliveries",
        )
        claimed = Counter(delivery.endpoint_id for delivery in deliveries)
        self._behind = {endpoint_id for endpoint_id, count in claimed.items() if count >= free.get(endpoint_id, _EACH)}
        if deliveries:
            self.hand_over(deliveries, changed_at)

    async def _refresh(self) -> None:
        """Read the endpoints anew, and send on what waited for that."""
        (self._changed_at, self._endpoints), _ = await until_done(self._pool, outbox.endpoints, "read endpoints")
        parked, self._parked = self._parked, []
        self.hand_over(parked, self._changed_at)

    async def _rearrange(self) -> None:
        """Give back what a failing endpoint cannot be sent, and hasten what one that answers again is owed."""
        surplus, self._surplus = self._surplus, []
        recovered, self._recovered = self._recovered, set()

        async def rearrange(connection: Connection) -> None:
            await outbox.give_back(connection, surplus)
            await outbox.hasten(connection, list(recovered))

        await until_done(self._pool, rearrange, "rearrange deliveries")

    async def _hold(self) -> None:
        """Let what paused endpoints are owed wait for them, and the next in the chains be told."""
        held, self._held = self._held, []
        await until_done(self._pool, lambda connection: outbox.hold(connection, held), "hold deliveries")
        self._on_held()

    def _room(self, endpoint_id: UUID) -> int:
        held = len(self._lanes[endpoint_id]) + self._in_flight[endpoint_id]
        return max(0, self._paces[endpoint_id].in_hand - held)

    def _pump(self, endpoint_id: UUID) -> None:
        """Start as many attempts as the endpoint may have at once."""
        lane, pace = self._lanes[endpoint_id], self._paces[endpoint_id]
        endpoint = self._endpoints.get(endpoint_id)
        if lane and endpoint is not None and endpoint.paused_until is not None and endpoint.paused(self._now()):
            self._held.extend(lane.beyond(0))
            self.wake()
            return
        while lane and self._in_flight[endpoint_id] < pace.at_once and not self._stopping:
            delivery = lane.pop()
            if endpoint is None or delivery.lease_until - time.monotonic() < DEADLINE_S:
                continue  # removed, or it waited too long: when its lease ends it is claimed anew
            if endpoint.format == "cap" and cap.lacks_first(delivery.alert):
                self._surplus.append(delivery)  # what it refers to comes with a claim
                self.wake()
                continue
            self._in_flight[endpoint_id] += 1
            attempt = asyncio.create_task(self._attempt(delivery, endpoint))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    def _adapt(self, endpoint_id: UUID, outcome: Outcome) -> None:
        """Let the endpoint's pace follow how it answers."""
        pace, lane = self._paces[endpoint_id], self._lanes[endpoint_id]
        if pace.note(outcome):
            self._recovered.add(endpoint_id)
            self.wake()
        if not outcome.delivered and len(lane) > pace.in_hand:
            self._surplus.extend(lane.beyond(pace.in_hand))
            self.wake()

    async def _attempt(self, delivery: Delivery, endpoint: Endpoint) -> None:
        try:
            outcome = await self._send(delivery.alert, endpoint)
        finally:
            self._in_flight[endpoint.id] -= 1
        self._adapt(endpoint.id, outcome)
        self._pump(endpoint.id)
        self._report(delivery, endpoint, outcome)
        wait = retry_in_s(delivery.attempts + 1, outcome, self._jitter())
        others_wait = not outcome.delivered or outcome.verdict is not None
        await self._settling.submit(Result(delivery, outcome, wait, time.monotonic()), hurry=others_wait)
        if not outcome.delivered:
            asyncio.get_running_loop().call_later(wait + 0.005, self.wake)
        elif endpoint.id in self._behind and self._room(endpoint.id) >= self._paces[endpoint.id].in_hand // 2:
            self.wake()

    def _report(self, delivery: Delivery, endpoint: Endpoint, outcome: Outcome) -> None:
        self._metrics.deliveries.labels(endpoint.name, outcome.word).inc()
        if outcome.delivered:
            if delivery.urgency == 0 and delivery.alert.type != "alarm.reopened":
                self._metrics.press_to_delivery.observe(time.monotonic() - delivery.since)
            return
        _log.warning(
            "attempt_failed",
            endpoint=endpoint.name,
            alarm=delivery.alert.alarm.reference,
            attempt=delivery.attempts + 1,
            error=outcome.error,
        )

    async def _settle(self, results: Sequence[Result]) -> list[bool]:
        news = self._news(results)
        try:
            settled, _ = await until_done(
                self._pool, lambda connection: _settle(connection, results, news), "settle deliveries"
            )
        except Exception as error:  # noqa: BLE001 - no answer of a receiver may end the sending to the others
            _log.exception("unsettled", deliveries=[str(result.delivery.id) for result in results], error=repr(error))
            return [False] * len(results)
        for result in results:
            if result.delivery.id not in settled:
                _log.warning("result_too_late", delivery=str(result.delivery.id), delivered=result.outcome.delivered)
        self._on_settled()
        if any(result.outcome.verdict for result in results):
            self.wake()  # an answer may owe something to others
        return [result.delivery.id in settled for result in results]

    def _news(self, results: Sequence[Result]) -> dict[str, str | None]:
        """What is to be said of endpoints, by name: what is wrong, or None for one that is well."""
        if time.monotonic() - self._said_at > _SAY_AGAIN_S:
            self._said_at = time.monotonic()
            self._failing.clear()
        news: dict[str, str | None] = {}
        for result in results:
            endpoint = self._endpoints.get(result.delivery.endpoint_id)
            attempts = result.delivery.attempts + 1
            failing = is_fault(attempts, result.outcome)
            if endpoint is None or not (failing or result.outcome.delivered):
                continue
            if self._failing.get(endpoint.id) is not failing:
                self._failing[endpoint.id] = failing
                reference = result.delivery.alert.alarm.reference
                news[endpoint.name] = (
                    f"{result.outcome.error} at attempt {attempts} of alarm {reference}" if failing else None
                )
        return news


async def _settle(connection: Connection, results: Sequence[Result], news: Mapping[str, str | None]) -> set[UUID]:
    """Write results down, and in the same transaction what follows from them."""
    if not news and not any(result.outcome.verdict for result in results):
        return await outbox.settle(connection, results)
    async with connection.transaction():
        settled = await outbox.settle(connection, results)
        for result in results:
            if result.delivery.id in settled:
                await _heed(connection, result)
        for name, wrong in news.items():
            if wrong is None:
                await faults.clear_fault(connection, "endpoint_failing", name)
            else:
                await faults.raise_fault(connection, "endpoint_failing", name, wrong)
    return settled


async def _heed(connection: Connection, result: Result) -> None:
    alarm_id, endpoint_id = result.delivery.alert.alarm.id, result.delivery.endpoint_id
    try:
        match result.outcome.verdict:
            case Acknowledged(by=by, reference=reference):
                await alarms.acknowledge(connection, alarm_id, by=by, reference=reference, endpoint_id=endpoint_id)
            case Refused(reason=reason):
                await alarms.reject(connection, alarm_id, by=None, reason=reason, endpoint_id=endpoint_id)
    except ConflictError as error:
        _log.info("answer_without_effect", alarm=str(alarm_id), reason=str(error))

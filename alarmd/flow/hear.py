"""Hear: what bought buttons tell is judged and committed, and only then acknowledged."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from alarmd.core import heard
from alarmd.core.dialects.chosen import Chosen
from alarmd.core.dialects.device import Reading, registered
from alarmd.core.errors import UnavailableError
from alarmd.core.signal import Heartbeat, Message, Rejected, Status, Unreachable
from alarmd.db import hear, outbox
from alarmd.db.accept import Accepted, Rules
from alarmd.db.devices import Sighting
from alarmd.db.group import GroupCommit
from alarmd.db.hear import Heard, Told
from alarmd.db.pool import Pool
from alarmd.db.retry import until_done
from alarmd.metrics import Metrics

_MAX_GROUP: Final = 200
_COMMITS_APART_S: Final = 0.005
_MAX_WAITING: Final = 20_000  # messages; what comes beyond is refused, and still is with its broker
_CATCHES_UP_S: Final = 10.0  # so long after a session was taken up again its broker may tell of what was missed
_GATEWAYS: Final = 10_000  # whose coming is remembered: whoever may speak to a broker may make up names

_log = structlog.get_logger()


class Hearing:
    """Takes messages of bought buttons in, and commits in groups what they tell.

    Args:
        pool: connections that nobody else uses.
        rules: what the settings say of accepting.
        chosen: what is listened to; it may be changed at any time.
        client_id: the name of this replica.
        put_aside: puts a message into quarantine.
        on_accepted: told of each group of presses once it is committed.
        on_vitals: told of each sign of life, or that one is gone.
        on_sighted: told of each device that was heard and need not be judged.
    """

    def __init__(
        self,
        pool: Pool,
        rules: Rules,
        metrics: Metrics,
        *,
        chosen: Chosen,
        client_id: str,
        put_aside: Callable[[Rejected, Message], "asyncio.Future[Any]"],
        on_accepted: Callable[[Accepted], None],
        on_vitals: Callable[[Heartbeat | Status | Unreachable], None],
        on_sighted: Callable[[Sighting], None],
    ) -> None:
        self.chosen = chosen
        self._pool = pool
        self._rules = rules
        self._metrics = metrics
        self._client_id = client_id
        self._put_aside = put_aside
        self._on_accepted = on_accepted
        self._on_vitals = on_vitals
        self._on_sighted = on_sighted
        self._resumed: dict[str, float] = {}
        self._connected: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._group: GroupCommit[Told, None] = GroupCommit(self._commit, limit=_MAX_GROUP, apart_s=_COMMITS_APART_S)

    async def run(self) -> None:
        """Commit what is heard, until closed and empty."""
        await self._group.run()

    def close(self) -> None:
        """Let `run` end once all that was heard is committed."""
        self._group.close()

    async def room(self) -> None:
        """Wait until half of what may wait has been committed, where there was too much."""
        await self._has_room.wait()

    def connected(self, broker: str, *, session_present: bool) -> None:
        """A broker let us in; one that still had our session tells first of what we missed."""
        self._resumed.pop(broker, None)
        if session_present:
            self._resumed[broker] = time.monotonic()

    def take(self, message: Message) -> "asyncio.Future[None] | Rejected | None":
        """Take a message; the future is done when what it tells is committed.

        None where there is nothing to commit; a `Rejected` where it belongs into the quarantine.

        Raises:
            UnavailableError: too much waits for a commit; `room` tells when to come again.
        """
        decoded = self.chosen.decode(message)
        if decoded is None:
            _log.debug("ignored", topic=message.topic, reason="foreign_topic")
            return None
        if isinstance(decoded, Rejected):
            return decoded
        if len(self._group) >= _MAX_WAITING:
            self._has_room.clear()
            raise UnavailableError(f"{_MAX_WAITING} messages wait for the database")
        connected = self._note(message.broker, decoded)
        judged = tuple(reading for reading in decoded if heard.tells(reading))
        if judged:
            return self._group.submit(self._told(message, judged, connected))
        stale = next((reading for reading in decoded if heard.is_stale_press(reading)), None)
        if stale is not None:
            detail = "the broker kept this press and sent it again on subscribing; it opens no alarm"
            return Rejected("retained", detail, wire_id=stale.button_id)
        return None

    def _told(self, message: Message, readings: tuple[Reading, ...], connected: float | None) -> Told:
        now = time.monotonic()
        since = self._resumed.get(message.broker)
        # A broker keeps nothing of QoS 0 for who was away: such a message is of now.
        resumed = message.qos > 0 and since is not None and now - since < _CATCHES_UP_S
        name = hear.listener(self._client_id, message.broker)
        return Told(message, readings, now, name, resumed, connected)

    def _note(self, broker: str, readings: Sequence[Reading]) -> float | None:
        """Pass on what there is to know of health; gives when the gateway of what was told came to the broker."""
        connected = None
        for reading in readings:
            for signal in heard.vitals(reading):
                self._on_vitals(signal)
            if heard.is_alive(reading) and not heard.tells(reading):
                self._on_sighted(hear.sighting(reading))
            if reading.gateway_id is not None:
                key = (broker, registered(reading.gateway_id))
                if reading.connects and not reading.retained:
                    self._connected[key] = time.monotonic()
                    self._connected.move_to_end(key)
                    if len(self._connected) > _GATEWAYS:
                        self._connected.popitem(last=False)
                connected = self._connected.get(key, connected)
        return connected

    async def _commit(self, group: Sequence[Told]) -> list[None]:
        try:
            committed, failures = await until_done(
                self._pool, lambda connection: hear.commit(connection, group, self._rules), "commit what was heard"
            )
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one message must not stall the others
            return await self._isolate(group, error)
        if failures and self._rules.claimant:
            # A commit that seemed to fail may have happened: its deliveries are claimed by us, but we do not hold them.
            claimant = self._rules.claimant
            await until_done(self._pool, lambda connection: outbox.release(connection, claimant), "release deliveries")
            committed = replace(committed, accepted=replace(committed.accepted, due=True))
        self._tell(committed)
        return [None] * len(group)

    async def _isolate(self, group: Sequence[Told], error: Exception) -> list[None]:
        """One message that the database refuses must not stall the rest: find it by halves, put it aside."""
        if len(group) > 1:
            middle = len(group) // 2
            return await self._commit(group[:middle]) + await self._commit(group[middle:])
        (told,) = group
        rejected = Rejected("refused", f"it could not be recorded: {error!r}", told.readings[0].button_id)
        await self._put_aside(rejected, told.message)
        return [None]

    def _tell(self, committed: Heard) -> None:
        for kind, recorded in zip(committed.kinds, committed.accepted.recorded, strict=True):
            self._metrics.presses.labels(kind, "duplicate" if recorded.duplicate else "recorded").inc()
        if committed.kinds:
            self._on_accepted(committed.accepted)
        if len(self._group) <= _MAX_WAITING // 2:
            self._has_room.set()

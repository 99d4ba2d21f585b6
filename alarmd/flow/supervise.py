"""Supervise: what is heard of buttons and gateways is kept, and what is not heard is noticed, off the press path."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Literal, NamedTuple, TypeVar

import structlog

from alarmd.core.signal import Health, Heartbeat, Press, Status, Unreachable
from alarmd.db import health, proofs, supervision
from alarmd.db.health import GatewayHeard, Gone, Heard
from alarmd.db.pool import Pool
from alarmd.db.retry import REFUSED, until_done

_WRITE_EVERY_S: Final = 1.0
_WRITTEN_AT_ONCE: Final = 5_000
_KEPT: Final = 100_000  # of buttons, and of gateways: whoever may speak to a broker may make up ids
_LOOK_EVERY_S: Final = 1.0
_LOOK_AT_LEAST_EVERY_S: Final = 10.0
_PAUSE: Final = 100  # so many times as long as a look took: presses go on beside those of a large registry

_log = structlog.get_logger()

Entry = TypeVar("Entry")


class _ButtonSign(NamedTuple):
    """What was last told of a button, and when it was heard, by `time.monotonic`."""

    health: Health
    at: float


class _GatewaySign(NamedTuple):
    """What was last told of a gateway and when, and when it was last heard itself, by `time.monotonic`."""

    state: Literal["online", "offline"]
    at: float
    seen_at: float | None


class Vitals:
    """The latest sign of life of each button, and of each gateway, until it is written down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._buttons: OrderedDict[str, _ButtonSign] = OrderedDict()
        self._gateways: OrderedDict[str, _GatewaySign] = OrderedDict()
        self._gone: OrderedDict[str, float] = OrderedDict()
        self._stopping = asyncio.Event()

    def note(self, signal: Press | Heartbeat | Status | Unreachable) -> None:
        """Remember a sign of life, or that a button is gone; members that it does not tell stay as they were."""
        now = time.monotonic()
        if isinstance(signal, Unreachable):
            _keep(self._gone, signal.button_id, now)
            return
        if isinstance(signal, Status):
            self._note_gateway(signal.gateway_id, signal.state, now)
            return
        earlier = self._buttons.get(signal.button_id)
        told = _merge(earlier.health, signal.health) if earlier else signal.health
        _keep(self._buttons, signal.button_id, _ButtonSign(told, now))
        if signal.health.gateway_id:
            self._note_gateway(signal.health.gateway_id, "online", now)

    def stop(self) -> None:
        """Let `run` write the last batch and end."""
        self._stopping.set()

    async def run(self) -> None:
        """Write a batch every second while there is something to write.

        While the database is away the latest of each is kept, and written when it is back.
        """
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _WRITE_EVERY_S)
            if self._buttons or self._gateways or self._gone:
                await self._write()

    def _note_gateway(self, gateway_id: str, state: Literal["online", "offline"], now: float) -> None:
        earlier = self._gateways.get(gateway_id)
        seen_at = now if state == "online" else earlier and earlier.seen_at
        _keep(self._gateways, gateway_id, _GatewaySign(state, now, seen_at))

    async def _write(self) -> None:
        buttons, self._buttons = list(self._buttons.items()), OrderedDict()
        gateways, self._gateways = list(self._gateways.items()), OrderedDict()
        gone, self._gone = list(self._gone.items()), OrderedDict()
        await self._write_some(buttons[:_WRITTEN_AT_ONCE], gateways, gone)
        for start in range(_WRITTEN_AT_ONCE, len(buttons), _WRITTEN_AT_ONCE):
            await self._write_some(buttons[start : start + _WRITTEN_AT_ONCE], [])

    async def _write_some(
        self,
        buttons: Sequence[tuple[str, _ButtonSign]],
        gateways: Sequence[tuple[str, _GatewaySign]],
        gone: Sequence[tuple[str, float]] = (),
    ) -> None:
        try:
            await until_done(
                self._pool,
                lambda connection: health.record(connection, *_aged(buttons, gateways, gone, time.monotonic())),
                "write vitals",
            )
        except REFUSED as error:
            _log.error("vitals_refused", buttons=len(buttons), gateways=len(gateways), error=str(error))


class Supervision:
    """Looks for who is not heard, and for whose press has reached the police. Any number may run at once.

    Args:
        on_changed: told when a fault was raised or cleared.
    """

    def __init__(self, pool: Pool, *, on_changed: Callable[[], None]) -> None:
        self._pool = pool
        self._on_changed = on_changed
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Look every second; in a large registry less often, but every ten."""
        while not self._stopping.is_set():
            started = time.monotonic()
            changed, _ = await until_done(self._pool, supervision.look, "look for what is not heard")
            if changed:
                self._on_changed()
            more = True
            while more and not self._stopping.is_set():
                more, _ = await until_done(self._pool, proofs.read_on, "read what reached the police")
            pause = max(_LOOK_EVERY_S, _PAUSE * (time.monotonic() - started))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(pause, _LOOK_AT_LEAST_EVERY_S))


def _keep(latest: OrderedDict[str, Entry], key: str, entry: Entry) -> None:
    """Keep the latest; where there are too many, what was unheard for longest goes."""
    latest[key] = entry
    latest.move_to_end(key)
    if len(latest) > _KEPT:
        latest.popitem(last=False)


def _merge(earlier: Health, later: Health) -> Health:
    return Health(
        battery_pct=earlier.battery_pct if later.battery_pct is None else later.battery_pct,
        rssi_dbm=earlier.rssi_dbm if later.rssi_dbm is None else later.rssi_dbm,
        tamper=earlier.tamper if later.tamper is None else later.tamper,
        firmware=later.firmware or earlier.firmware,
        gateway_id=later.gateway_id or earlier.gateway_id,
        battery_v=earlier.battery_v if later.battery_v is None else later.battery_v,
        battery_low=earlier.battery_low if later.battery_low is None else later.battery_low,
        link_quality=earlier.link_quality if later.link_quality is None else later.link_quality,
    )


def _aged(
    buttons: Sequence[tuple[str, _ButtonSign]],
    gateways: Sequence[tuple[str, _GatewaySign]],
    gone: Sequence[tuple[str, float]],
    now: float,
) -> tuple[list[Heard], list[GatewayHeard], list[Gone]]:
    """The same, with ages: the database has a clock of its own."""
    return (
        [Heard(button_id, sign.health, now - sign.at) for button_id, sign in buttons],
        [
            GatewayHeard(gateway_id, sign.state, now - sign.at, None if sign.seen_at is None else now - sign.seen_at)
            for gateway_id, sign in gateways
        ],
        [Gone(button_id, now - at) for button_id, at in gone],
    )

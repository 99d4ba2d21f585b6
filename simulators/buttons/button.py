"""One button: presses, hears its receipts, and presses again until it is heard."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulators.buttons.gateway import Gateway

PREFIX = "alarmd/v1/buttons"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a press.

    Attributes:
        event: `pressed`, `resent`, `puback`, or the state of a receipt: `recorded`, `delivered`, `acknowledged`,
            `quarantined`.
        button_id: The button.
        press_id: The press; empty in a receipt that names none.
        alarm_id: The alarm that a receipt names.
        at: Seconds since the epoch.
    """

    event: str
    button_id: str
    press_id: str
    alarm_id: str | None
    at: float


class Button:
    """A wireless button.

        button = Button("sim-0001", "mqtt://127.0.0.1:1883")
        await button.start()
        press_id = await button.press()
        await button.receipt(press_id, "recorded")

    Args:
        button_id: Its id.
        broker: The broker's URL, for a connection of its own; or a gateway not yet started, to share its connection.
        retry_after: Seconds after which a press without any receipt is sent again, and so on; None: never.
        on_event: Called with each `Event`.
    """

    def __init__(
        self,
        button_id: str,
        broker: str | Gateway,
        *,
        retry_after: float | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.button_id = button_id
        self.receipts: list[dict[str, Any]] = []
        """Every receipt that came, in order."""
        self._gateway = Gateway(broker, button_id) if isinstance(broker, str) else broker
        self._retry_after = retry_after
        self._on_event = on_event
        self._retries: dict[str, asyncio.TimerHandle] = {}
        self._heard = asyncio.Event()
        self._gateway.listen(f"{PREFIX}/{button_id}/receipt", self._hear)

    async def start(self) -> None:
        """Connect its gateway; for a button with a connection of its own.

        Raises:
            ConnectionError: The broker is not there or refuses.
        """
        await self._gateway.start()

    async def stop(self) -> None:
        """Give up all retries and disconnect its gateway."""
        self.give_up()
        await self._gateway.stop()

    def give_up(self) -> None:
        """Send nothing again."""
        for retry in self._retries.values():
            retry.cancel()
        self._retries.clear()

    async def press(
        self, kind: str = "panic", press_id: str | None = None, pressed_at: datetime | None = None, **members: Any
    ) -> str:
        """Press, wait for the broker's PUBACK and return the press's id.

        Args:
            kind: `panic`, `test` or `cancel`.
            press_id: Its id; a new one if None.
            pressed_at: When, with time zone; now if None.
            members: Further members of the payload, as in `battery_pct=80`; they win over the ones above.
        """
        puback = asyncio.Event()
        press_id = self.emit(kind, press_id, pressed_at, on_puback=puback.set, **members)
        await puback.wait()
        return press_id

    def emit(
        self,
        kind: str = "panic",
        press_id: str | None = None,
        pressed_at: datetime | None = None,
        *,
        copies: int = 1,
        on_puback: Callable[[], None] | None = None,
        **members: Any,
    ) -> str:
        """Press without waiting; as `press`, but sends the very same press so many times."""
        press_id = press_id or secrets.token_hex(12)
        at = time.time()
        moment = pressed_at or datetime.fromtimestamp(at, UTC)
        press = {"press_id": press_id, "pressed_at": moment.isoformat(timespec="milliseconds"), "kind": kind, **members}
        payload = json.dumps(press, ensure_ascii=False).encode()

        def acknowledged() -> None:
            self._tell("puback", press_id)
            if on_puback is not None:
                on_puback()

        self._tell("pressed", press_id, at=at)
        self._gateway.publish(f"{PREFIX}/{self.button_id}/press", payload, on_puback=acknowledged)
        for _ in range(copies - 1):
            self._send_again(press_id, payload)
        self._plan_retry(press_id, payload)
        return press_id

    async def receipt(self, press_id: str, state: str, within: float = 10.0) -> dict[str, Any]:
        """Wait for the receipt of this state for this press and return its payload.

        Raises:
            AssertionError: It did not come within so many seconds.
        """
        try:
            async with asyncio.timeout(within):
                while True:
                    for receipt in self.receipts:
                        if (receipt.get("press_id"), receipt.get("state")) == (press_id, state):
                            return receipt
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            raise AssertionError(
                f"Button {self.button_id} expected {state!r} for press {press_id} within {within} s, "
                f"but heard only {self.receipts}"
            ) from None

    async def send_raw(self, topic_suffix: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish any bytes below its topic, as in `press` or `heartbeat`, and wait for the broker's PUBACK."""
        puback = asyncio.Event()
        self._gateway.publish(f"{PREFIX}/{self.button_id}/{topic_suffix}", payload, retain=retain, on_puback=puback.set)
        await puback.wait()

    def send_without_retry(
        self, payload: bytes, *, retain: bool = False, on_puback: Callable[[], None] | None = None
    ) -> None:
        """Publish any bytes as a press, once, without waiting."""
        self._gateway.publish(f"{PREFIX}/{self.button_id}/press", payload, retain=retain, on_puback=on_puback)

    def heartbeat(self, **members: Any) -> None:
        """Say that it lives; `members` as in `battery_pct=80`."""
        payload = json.dumps({"at": datetime.fromtimestamp(time.time(), UTC).isoformat(), **members}).encode()
        self._gateway.publish(f"{PREFIX}/{self.button_id}/heartbeat", payload)

    def _send_again(self, press_id: str, payload: bytes) -> None:
        self._tell("resent", press_id)
        self._gateway.publish(f"{PREFIX}/{self.button_id}/press", payload)

    def _plan_retry(self, press_id: str, payload: bytes) -> None:
        def retry() -> None:
            self._send_again(press_id, payload)
            self._plan_retry(press_id, payload)

        if self._retry_after is not None:
            self._retries[press_id] = asyncio.get_running_loop().call_later(self._retry_after, retry)

    def _hear(self, payload: bytes) -> None:
        receipt = json.loads(payload)
        press_id = receipt.get("press_id") or ""
        retry = self._retries.pop(press_id, None)
        if retry is not None:
            retry.cancel()
        self.receipts.append(receipt)
        self._heard.set()
        self._tell(receipt["state"], press_id, alarm_id=receipt.get("alarm_id"))

    def _tell(self, event: str, press_id: str, *, alarm_id: str | None = None, at: float | None = None) -> None:
        if self._on_event is not None:
            self._on_event(Event(event, self.button_id, press_id, alarm_id, at or time.time()))

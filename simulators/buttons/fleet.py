"""Many buttons on few connections, pressed at a rate or all at once."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators.buttons.button import Button, Event
from simulators.buttons.gateway import Gateway

CONNECTIONS = 64
CONNECT_AT_ONCE = 32


@dataclass(slots=True)
class Journey:
    """What became of one press: the time of the first event of each kind, and how often it was sent again."""

    at: dict[str, float] = field(default_factory=dict)
    resent: int = 0

    @property
    def recorded(self) -> bool:
        """Whether alarmd said that it has the press, by whichever receipt came through."""
        return not self.at.keys().isdisjoint(("recorded", "delivered", "acknowledged"))


class Fleet:
    """A fleet of buttons.

    Args:
        broker: The broker's URL.
        button_ids: The buttons.
        connections: How many connections they share; by default one each, but at most 64.
        retry_after: Seconds after which a press without receipt is sent again.
        duplicates: The share of presses, 0 to 1, that are sent twice.
        seed: Decides who presses in which order, and which presses are sent twice.
        on_event: Called with each `Event`.
    """

    def __init__(
        self,
        broker: str,
        button_ids: Sequence[str],
        *,
        connections: int | None = None,
        retry_after: float = 3.0,
        duplicates: float = 0.0,
        seed: int = 0,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.journeys: dict[str, Journey] = {}
        """Every press by its id."""
        self._random = random.Random(seed)
        self._duplicates = duplicates
        self._on_event = on_event
        self._unrecorded: set[str] = set()
        self._settled = asyncio.Event()
        count = min(connections or CONNECTIONS, len(button_ids))
        self._gateways = [Gateway(broker, f"sim-gateway-{number}") for number in range(count)]
        self.buttons = [
            Button(button_id, self._gateways[number % count], retry_after=retry_after, on_event=self._follow)
            for number, button_id in enumerate(button_ids)
        ]

    async def start(self) -> None:
        """Connect all gateways.

        Raises:
            ConnectionError: The broker is not there or refuses.
            ValueError: `broker` is no broker's URL.
        """
        for start in range(0, len(self._gateways), CONNECT_AT_ONCE):
            await asyncio.gather(*(each.start() for each in self._gateways[start : start + CONNECT_AT_ONCE]))

    async def stop(self) -> None:
        """Give up retries and disconnect."""
        for button in self.buttons:
            button.give_up()
        await asyncio.gather(*(gateway.stop() for gateway in self._gateways))

    def storm(self, kind: str = "panic") -> None:
        """Press every button once, all at once."""
        for button in self.buttons:
            self._press(button, kind)

    async def press(self, rate: float, presses: int | None = None, kind: str = "panic") -> None:
        """Press `rate` buttons a second, `presses` times in all or for ever; every button before any one again."""
        start = time.monotonic()
        number = 0
        while True:
            for button in self._shuffled():
                if presses is not None and number >= presses:
                    return
                await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
                self._press(button, kind)
                number += 1

    async def beat(self, every: float) -> None:
        """Send a heartbeat of each button every so many seconds, spread evenly, for ever."""
        while True:
            for button in self._shuffled():
                await asyncio.sleep(every / len(self.buttons))
                button.heartbeat(**self._condition())

    async def all_recorded(self, within: float | None = None) -> bool:
        """Wait until each press has a receipt that says it is recorded; False if that took longer than `within`."""
        try:
            async with asyncio.timeout(within):
                while self._unrecorded:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            return False
        return True

    def summary(self) -> dict[str, Any]:
        """Counts of presses by what became of them, and milliseconds from the press to its receipts."""
        journeys = self.journeys.values()
        states = ("puback", "recorded", "delivered", "acknowledged", "quarantined")
        return {
            "event": "summary",
            "pressed": len(journeys),
            **{state: sum(state in journey.at for journey in journeys) for state in states},
            "resent": sum(journey.resent for journey in journeys),
            "unrecorded": len(self._unrecorded),
            "recorded_ms": self._waits("recorded"),
            "delivered_ms": self._waits("delivered"),
            "at": time.time(),
        }

    def _waits(self, state: str) -> dict[str, float]:
        waits = sorted(
            (journey.at[state] - journey.at["pressed"]) * 1000
            for journey in self.journeys.values()
            if state in journey.at
        )
        if not waits:
            return {}
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {name: round(waits[min(int(share * len(waits)), len(waits) - 1)], 2) for name, share in shares.items()}

    def _shuffled(self) -> list[Button]:
        return sorted(self.buttons, key=lambda _: self._random.random())

    def _condition(self) -> dict[str, Any]:
        return {"battery_pct": 60 + int(self._random.random() * 41), "rssi_dbm": -95 + int(self._random.random() * 51)}

    def _press(self, button: Button, kind: str) -> None:
        copies = 2 if self._random.random() < self._duplicates else 1
        button.emit(kind, copies=copies, **self._condition())

    def _follow(self, event: Event) -> None:
        journey = self.journeys.get(event.press_id)
        if event.event == "pressed":
            journey = self.journeys[event.press_id] = Journey()
            self._unrecorded.add(event.press_id)
        if journey is not None:
            journey.at.setdefault(event.event, event.at)
            journey.resent += event.event == "resent"
            if journey.recorded:
                self._unrecorded.discard(event.press_id)
                self._settled.set()
        if self._on_event is not None:
            self._on_event(event)

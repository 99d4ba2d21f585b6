"""The bridge of one ecosystem and all its bought buttons, on one connection."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from simulators.buttons.dialects.ecosystem import Deed, Ecosystem, Moment, Sent
from simulators.buttons.gateway import Gateway
from simulators.mqtt_packets import Will

_FULLEST, _EMPTIEST = 100, 60


class Bridge:
    """Sends what the bridge of an ecosystem sends, and hears nothing: bought buttons get no receipts.

    Args:
        broker: The broker's URL.
        ecosystem: Whose bridge it is.
        count: How many buttons it has; they are numbered from 1.
        speed: How many times shorter the pauses within a press are than in reality.
        seed: Decides who presses in which order, and link qualities and random ids.
        on_event: Called with each thing that a button did, as an object for JSON.
    """

    def __init__(
        self,
        broker: str,
        ecosystem: Ecosystem,
        count: int,
        *,
        speed: float = 1.0,
        seed: int = 0,
        on_event: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.buttons = range(1, count + 1)
        """The numbers of its buttons."""
        self._ecosystem = ecosystem
        self._speed = speed
        self._chance = random.Random(seed)
        self._on_event = on_event
        self._presses: Counter[int] = Counter()
        self._deeds: Counter[int] = Counter()
        self._counts = {"pressed": 0, "reported": 0, "messages": 0}
        self._waiting: set[asyncio.TimerHandle] = set()
        self._untaken = 0
        self._settled = asyncio.Event()
        will = ecosystem.will
        self._gateway = Gateway(
            broker,
            f"sim-{ecosystem.name}",
            will=Will(will.topic, will.payload.encode(), will.qos, will.retain) if will else None,
            on_connected=self._appear,
        )

    async def start(self) -> None:
        """Connect, and say that the bridge and its buttons are there.

        Raises:
            ConnectionError: The broker is not there or refuses.
            ValueError: `broker` is no broker's URL.
        """
        await self._gateway.start()

    async def stop(self, *, farewell: bool = True) -> None:
        """Send nothing more and disconnect, having said so; without a farewell the broker publishes the last will."""
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()
        if farewell and self._ecosystem.will is not None:
            self._publish(self._ecosystem.will)
            await self.all_taken()
        await self._gateway.stop(farewell=farewell)

    def storm(self) -> None:
        """Press every button once, all at once."""
        for number in self.buttons:
            self.press(number)

    async def press_on(self, rate: float, presses: int | None = None) -> None:
        """Press `rate` buttons a second, `presses` times in all or for ever; every button before any one again."""
        start, pressed = time.monotonic(), 0
        while True:
            for number in self._shuffled():
                if presses is not None and pressed >= presses:
                    return
                await asyncio.sleep(max(0.0, start + pressed / rate - time.monotonic()))
                self.press(number)
                pressed += 1

    async def report(self, every: float) -> None:
        """Let each button say every so many seconds that it lives, spread evenly, for ever."""
        while True:
            for number in self._shuffled():
                await asyncio.sleep(every / len(self.buttons))
                self._do(number, self._ecosystem.model(number).report)
                self._counts["reported"] += 1

    def press(self, number: int) -> None:
        """Press the button of that number once: its messages go out at once and later on."""
        self._presses[number] += 1
        self._counts["pressed"] += 1
        model, at = self._ecosystem.model(number), time.time()
        messages = self._do(number, model.press)
        self._on_event(
            {
                "event": "pressed",
                "dialect": self._ecosystem.name,
                "model": model.name,
                "button_id": model.button_id(number),
                "press": self._presses[number],
                "messages": messages,
                "at": at,
            }
        )

    async def all_taken(self) -> None:
        """Wait until every message is out, and the broker has those that it answers for."""
        while self._waiting or self._untaken:
            self._settled.clear()
            await self._settled.wait()

    def summary(self) -> dict[str, Any]:
        """Counts of what the buttons did, and of the messages that this took."""
        return {"event": "summary", "dialect": self._ecosystem.name, **self._counts, "at": time.time()}

    def _appear(self) -> None:
        for message in self._ecosystem.birth:
            self._publish(message)
        for number in self.buttons:
            for message in self._ecosystem.model(number).appear(number, self._moment(number)):
                self._later(message)

    def _do(self, number: int, deed: Deed) -> int:
        """Send what a deed makes the bridge send; gives how many messages that is."""
        messages = list(deed(number, self._moment(number)))
        for message in messages:
            self._later(message)
        self._deeds[number] += 1
        return len(messages)

    def _moment(self, number: int) -> Moment:
        battery_pct = _FULLEST - number % (_FULLEST - _EMPTIEST + 1)
        return Moment(time.time(), self._presses[number], self._deeds[number], battery_pct, self._chance)

    def _later(self, message: Sent) -> None:
        if message.after_s == 0:
            self._publish(message)
            return

        def due() -> None:
            self._waiting.discard(timer)
            self._publish(message)

        timer = asyncio.get_running_loop().call_later(message.after_s / self._speed, due)
        self._waiting.add(timer)

    def _publish(self, message: Sent) -> None:
        self._counts["messages"] += 1
        self._untaken += message.qos > 0
        self._gateway.publish(
            message.topic, message.payload.encode(), qos=message.qos, retain=message.retain, on_puback=self._taken
        )
        self._settled.set()

    def _taken(self) -> None:
        self._untaken -= 1
        self._settled.set()

    def _shuffled(self) -> list[int]:
        return sorted(self.buttons, key=lambda _: self._chance.random())

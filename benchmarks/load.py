"""The buttons: a process that presses them. `python -m benchmarks.load`.

It reads what to do from standard input as one line of JSON (`Spec`), prepares every packet, connects, says `ready`,
waits for a line, presses, and prints a line of JSON with when it did (`Pressed`). Times are CLOCK_MONOTONIC, in
seconds, which all processes of a machine share.
"""

import asyncio
import contextlib
import gc
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from simulators import mqtt_packets as packets
from simulators.mqtt_wire import Connection, connect

_CONNECTING_AT_ONCE = 50
_PUBACKS_WITHIN_S = 60.0
_PACKET_IDS = 60_000


@dataclass(frozen=True, slots=True)
class Spec:
    """What to send.

    `rate` is messages a second, 0 for all at once. `connections` are shared by the buttons; 0 gives each its own.
    """

    broker: str
    buttons: list[str]
    rate: float
    connections: int
    kind: str = "press"
    run: str = "run"


@dataclass(frozen=True, slots=True)
class Pressed:
    """When each button was pressed, how many the broker took, and how far the load fell behind its pace at worst."""

    at: list[float]
    pubacks: int
    lag_s: float


def packet(spec: Spec, number: int) -> bytes:
    """The message of a button, ready for the wire."""
    body: dict[str, object] = {"battery_pct": 90, "rssi_dbm": -60}
    if spec.kind == "press":
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        body |= {"press_id": f"{spec.run}-{number}", "pressed_at": now, "kind": "panic", "counter": number}
    topic = f"alarmd/v1/buttons/{spec.buttons[number]}/{spec.kind}"
    return packets.publish(topic, json.dumps(body).encode(), 1 + number % _PACKET_IDS)


def _ignore(_message: packets.Message) -> None:
    """A button of this load subscribes to nothing."""


class Buttons:
    """All buttons of a load."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._packets = [packet(spec, number) for number in range(len(spec.buttons))]
        self._connections: list[Connection] = []
        self._pubacks = 0
        self._taken = asyncio.Event()

    async def connect(self) -> None:
        """Open every connection, with a clean session each."""
        count = self._spec.connections or len(self._spec.buttons)
        for start in range(0, count, _CONNECTING_AT_ONCE):
            ids = range(start, min(start + _CONNECTING_AT_ONCE, count))
            self._connections += await asyncio.gather(*(self._connect_one(number) for number in ids))

    async def _connect_one(self, number: int) -> Connection:
        return await connect(self._spec.broker, f"{self._spec.run}-{number}", [], _ignore, self._count_puback)

    def _count_puback(self, packet_id: int) -> None:  # noqa: ARG002 - the wire tells which
        self._pubacks += 1
        if self._pubacks == len(self._packets):
            self._taken.set()

    async def press(self) -> Pressed:
        """Send everything at its time, and wait until the broker has it."""
        started, at, lag = time.monotonic(), [], 0.0
        for number, each in enumerate(self._packets):
            if self._spec.rate:
                due = started + number / self._spec.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                lag = max(lag, time.monotonic() - due)
            at.append(time.monotonic())
            self._connections[number % len(self._connections)].send(each)
        with contextlib.suppress(TimeoutError):  # what the broker did not take is told
            await asyncio.wait_for(self._taken.wait(), _PUBACKS_WITHIN_S)
        return Pressed(at, self._pubacks, lag)

    async def close(self) -> None:
        """Disconnect."""
        await asyncio.gather(*(connection.close() for connection in self._connections))


async def _main() -> None:
    spec = Spec(**json.loads(sys.stdin.readline()))
    buttons = Buttons(spec)
    await buttons.connect()
    gc.collect()
    gc.disable()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    pressed = await buttons.press()
    await buttons.close()
    sys.stdout.write(json.dumps(asdict(pressed)) + "\n")


if __name__ == "__main__":
    asyncio.run(_main())

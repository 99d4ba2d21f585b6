"""Feeds dialects for as long as one likes, and keeps count: what came of it, and what took longest."""

import gc
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, TypeVar

from alarmd.core.dialects import ecosystems
from alarmd.core.dialects.device import Decoded, Reading, is_device_id
from alarmd.core.dialects.ecosystems import ECOSYSTEMS
from alarmd.core.dialects.redact import redact
from alarmd.core.dialects.repeats import Seen, judge
from alarmd.core.explain import explain
from alarmd.core.signal import Message, Rejected
from tests.core.dialects.cases import KNOWN
from tests.fuzz.checks import MAPPINGS, SECRETS, look_at
from tests.fuzz.messages import REAL, any_message

T = TypeVar("T")

_START: Final = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
_MESSAGES_AT_ONCE: Final = 1000
_DEVICES: Final = 1000
_FLAT_S, _PER_KIB_S = 0.005, 0.0005
_TIMES_AGAIN: Final = 3
_FAULTS: Final = 20  # more would say the same


def bound_s(payload: bytes) -> float:
    """How much processor time it may take to decode a message: 5 milliseconds, and half a one for each KiB."""
    return _FLAT_S + _PER_KIB_S * len(payload) / 1024


@dataclass(slots=True)
class Slowest:
    """The message that took longest, measured by its bound, and the processor time that it took."""

    took_s: float = 0.0
    share: float = 0.0
    message: Message = field(default_factory=lambda: Message("", b""))


@dataclass(slots=True)
class Account:
    """What came of it all.

    Attributes:
        outcomes: for each dialect, how often each kind, each reason, each verdict came.
        slowest: of each dialect, and of redacting.
        faults: what should not have been, with the message.
    """

    messages: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: dict[str, Slowest] = field(default_factory=dict)
    faults: list[tuple[str, Message]] = field(default_factory=list)


class Runner:
    """Feeds one message after the other, to each dialect in turn.

    Args:
        seed: the same seed, the same messages.
        bound: how much processor time a payload may take, in seconds.
    """

    def __init__(self, seed: int, bound: Callable[[bytes], float] = bound_s) -> None:
        self._bound_s = bound
        self.account = Account()
        self._chance = Random(seed)
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._now = _START

    def run(self, seconds: float) -> None:
        """Run so long, or until there are faults enough."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.account.faults) < _FAULTS:
            self.feed(_MESSAGES_AT_ONCE)

    def feed(self, messages: int) -> None:
        """Feed so many messages; the garbage is collected before them and not while the clock runs."""
        gc.collect()
        gc.disable()
        try:
            for dialect, _ in zip(self._in_turn(), range(messages), strict=False):
                self._feed(dialect, any_message(self._chance, dialect))
        finally:
            gc.enable()

    def _in_turn(self) -> Iterator[str]:
        while True:
            yield from REAL

    def _feed(self, dialect: str, message: Message) -> None:
        self.account.messages += 1
        self._now += timedelta(seconds=self._chance.random() * 20)
        try:
            outcomes = list(self._native(message) if dialect == "native" else self._bought(dialect, message))
        except Exception as error:  # noqa: BLE001 -- that none escapes is what is looked for
            self.account.faults.append((f"{dialect}: {error!r}", message))
            return
        self.account.outcomes.setdefault(dialect, Counter()).update(outcomes)

    def _native(self, message: Message) -> Iterator[str]:
        told = self._timed("native", message, lambda: explain(message))
        assert told["kind"] != "ignore" or told["reason"]
        yield told["kind"] if told["kind"] != "ignore" else f"ignore: {told['reason']}"

    def _bought(self, dialect: str, message: Message) -> Iterator[str]:
        decoded = self._timed(dialect, message, lambda: ecosystems.decode(message, mappings=MAPPINGS, known=KNOWN))
        look_at(decoded)
        self._timed("redacting", message, lambda: redact(message.payload, SECRETS)).encode("utf-8", "surrogatepass")
        for name in ECOSYSTEMS:  # whoever is asked first, and whatever its prefix
            self._ask(name, message)
        yield from self._told(decoded)

    def _ask(self, name: str, message: Message) -> None:
        first = message.topic.split("/")[0]
        for prefix in {*ECOSYSTEMS[name].prefixes, *((first,) if is_device_id(first) else ())}:
            look_at(ECOSYSTEMS[name].decode(message, prefix))

    def _told(self, decoded: Decoded | None) -> Iterator[str]:
        if decoded is None:
            yield "of nobody"
        elif isinstance(decoded, Rejected):
            yield f"rejected: {decoded.reason}"
        else:
            for reading in decoded:
                yield reading.kind if reading.kind != "ignore" else f"ignore: {reading.reason}"
                yield f"judged {self._judge(reading)}"

    def _judge(self, reading: Reading) -> str:
        device = f"{reading.dialect} {reading.button_id}"
        judgement = judge(self._seen.pop(device, Seen()), reading, self._now, self._now - timedelta(seconds=50))
        self._seen[device] = judgement.seen
        if len(self._seen) > _DEVICES:
            self._seen.popitem(last=False)
        assert (judgement.verdict in {"press", "repeat"}) == (judgement.first is not None)
        return judgement.verdict

    def _timed(self, what: str, message: Message, do: Callable[[], T]) -> T:
        done, took_s = _measured(do)
        bound = self._bound_s(message.payload)
        if took_s > bound:  # the machine may have been busy: what is slow by itself is slow again
            took_s = min(_measured(do)[1] for _ in range(_TIMES_AGAIN))
        if took_s > bound:
            self.account.faults.append((f"{what}: took {took_s * 1000:.1f} ms", message))
        if took_s / bound > self.account.slowest.setdefault(what, Slowest()).share:
            self.account.slowest[what] = Slowest(took_s, took_s / bound, message)
        return done


def _measured(do: Callable[[], T]) -> tuple[T, float]:
    begin = time.thread_time()
    done = do()
    return done, time.thread_time() - begin

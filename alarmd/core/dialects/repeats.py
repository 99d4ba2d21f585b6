"""One press is many messages: whether an event is a new press, or the same one again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from alarmd.core.dialects.device import Counter, Reading

Verdict = Literal["press", "repeat", "restated", "stale", "none"]

REPEAT_WINDOW: Final = timedelta(seconds=30)
"""A HEIMAN HS1RC sends one press four times in 26.1 s; a Lidl doorbell four times in 5 s."""

COUNTER_WINDOWS: Final = {8: timedelta(minutes=5), 16: timedelta(hours=1), 32: timedelta(hours=1)}
"""How long the same count is the same press: ChirpStack passed a frame on again after 48 s; later it began anew."""

RECONNECT_WINDOW: Final = timedelta(seconds=60)
"""How long after its bridge came back a device's last state may be sent again."""

BACKLOG_WINDOW: Final = timedelta(hours=1)
"""How old a press may be that a listener which was away is told of late, and that another heard at the time."""

_REMEMBERED: Final = 8  # presses of one device within the longest window that can still be told apart


@dataclass(frozen=True, slots=True)
class Heard:
    """A press that was heard: when first, and by what the next is compared with it.

    `dialect` is the way by which it was: devices of several ecosystems may have one name. `by` are the listeners that
    have heard it, each a replica's session with one broker.
    """

    at: datetime
    event: str | None
    endpoint: str | None
    counter: Counter | None = None
    by: frozenset[str] = frozenset()
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of a device.

    Attributes:
        presses: the latest, oldest first.
        states: what each of its lasting states was last, by dialect and endpoint (`zigbee2mqtt/left`).
    """

    presses: tuple[Heard, ...] = ()
    states: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an event is, and what is to be remembered of its device from now on.

    Attributes:
        verdict: `press` is new; `repeat` the same press again; `restated` a state that was known; `stale` a press that
            the broker had kept; `none` no press at all.
        seen: for the next time.
        press: of a `press` or `repeat`, the press as it was first heard: what all its messages have in common.
    """

    verdict: Verdict
    seen: Seen
    press: Heard | None = None

    @property
    def first(self) -> datetime | None:
        """When the press was first heard."""
        return self.press.at if self.press else None


@dataclass(frozen=True, slots=True)
class Listener:
    """By which way a message came in.

    Attributes:
        name: a replica's session with one broker.
        catches_up: other listeners that are connected now, where this one was just taken up again and so may be told
            of what it missed; none where it is told of what happens now, or nobody else would hear that.
    """

    name: str = ""
    catches_up: frozenset[str] = frozenset()


def judge(
    seen: Seen,
    reading: Reading,
    heard_at: datetime,
    bridge_up_at: datetime | None = None,
    listener: Listener = Listener(),
) -> Judgement:
    """Whether a reading is a new press of its device.

    Args:
        seen: what is remembered of the device; an empty one of a device never heard.
        reading: what it says now.
        heard_at: when that came in; it may be earlier than what was heard last, by another broker's way.
        bridge_up_at: when the bridge before the device came back last, as far as known.
        listener: who heard it.
    """
    if reading.retained:
        return Judgement("stale" if reading.event is not None else "none", seen)
    restarted = replace(seen, presses=_uncounted(seen.presses)) if reading.restarts else seen
    remembered = _with_state(restarted, reading)
    if "press" not in reading.kinds and "test" not in reading.kinds:
        return Judgement("none", remembered)
    if _is_restated(seen, reading, _since_bridge(heard_at, bridge_up_at)):
        return Judgement("restated", remembered)
    same = _same(remembered.presses, reading, heard_at, listener)
    if same is not None:
        noted = replace(same, by=same.by | {listener.name})
        presses = tuple(noted if press is same else press for press in remembered.presses)
        return Judgement("repeat", replace(remembered, presses=presses), noted)
    by = frozenset({listener.name})
    press = Heard(heard_at, reading.event, reading.endpoint, reading.counter, by, reading.dialect)
    presses = (*remembered.presses, press)[-_REMEMBERED:]
    return Judgement("press", replace(remembered, presses=presses), press)


def _same(presses: tuple[Heard, ...], reading: Reading, heard_at: datetime, listener: Listener) -> Heard | None:
    """The press that a reading is again, if any; by its time or count, or else as one that the listener missed."""
    now = next((press for press in presses if _is_same(press, reading, heard_at)), None)
    return now or next((press for press in presses if _is_missed(press, reading, heard_at, listener)), None)


def _is_missed(press: Heard, reading: Reading, heard_at: datetime, listener: Listener) -> bool:
    """Whether a listener that was away may be told late of a press that another heard, and hears still.

    It is told of each once. What is pressed just now the other hears as well, and takes for what it is.
    """
    if listener.name in press.by or not press.by & listener.catches_up:
        return False
    counts = {press.counter, reading.counter} - {None}
    return _is_alike(press, reading) and len(counts) < 2 and timedelta(0) <= heard_at - press.at <= BACKLOG_WINDOW  # noqa: PLR2004 (two counts are two presses)


def _is_restated(seen: Seen, reading: Reading, reconnected: bool) -> bool:  # noqa: FBT001 (reads as it is)
    """Whether the state that a reading tells is the one that was known: no edge, no press."""
    state = reading.state
    if state is None or dict(seen.states).get(_place(reading)) != state.value:
        return False
    return state.rides or reconnected


def _since_bridge(heard_at: datetime, bridge_up_at: datetime | None) -> bool:
    """Whether it came so soon after its bridge that it may be the last state sent again."""
    return bridge_up_at is not None and timedelta(0) <= heard_at - bridge_up_at <= RECONNECT_WINDOW


def _with_state(seen: Seen, reading: Reading) -> Seen:
    if reading.state is None:
        return seen
    states = {**dict(seen.states), _place(reading): reading.state.value}
    return replace(seen, states=tuple(sorted(states.items())))


def _place(reading: Reading) -> str:
    return f"{reading.dialect}/{reading.endpoint or ''}"


def _uncounted(presses: tuple[Heard, ...]) -> tuple[Heard, ...]:
    """Counters began anew: what was counted before is no measure any more."""
    return tuple(press for press in presses if press.counter is None)


def _is_same(press: Heard, reading: Reading, heard_at: datetime) -> bool:
    """Whether it is that press again: by what was done, where, and then by its count or else by its time."""
    if not _is_alike(press, reading):
        return False
    apart, before, now = abs(heard_at - press.at), press.counter, reading.counter
    if before is None or now is None:
        return apart <= REPEAT_WINDOW
    if before.session != now.session:
        return False  # it joined anew in between, and counts from 0
    return before.value == now.value and apart <= COUNTER_WINDOWS[now.bits]


def _is_alike(press: Heard, reading: Reading) -> bool:
    places = {press.endpoint, reading.endpoint} - {None}
    return (press.dialect, press.event) == (reading.dialect, reading.event) and len(places) <= 1

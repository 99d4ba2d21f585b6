"""The fuzz runner: it reaches every dialect, it notices what goes wrong, and its messages can be had again."""

import math
from collections.abc import Callable

import pytest

from alarmd.core.dialects import ecosystems, zigbee2mqtt
from alarmd.core.dialects.ecosystems import ECOSYSTEMS
from alarmd.core.signal import Message
from tests.fuzz.__main__ import report
from tests.fuzz.checks import look_at
from tests.fuzz.messages import REAL
from tests.fuzz.runner import Runner, bound_s

ENOUGH = 3000


def unbounded(_: bytes) -> float:
    return math.inf


@pytest.fixture(scope="module")
def runner() -> Runner:
    runner = Runner(seed=7, bound=unbounded)
    runner.feed(ENOUGH)
    return runner


def test_nothing_is_wrong_with_the_first_thousands(runner: Runner) -> None:
    assert runner.account.faults == []
    assert runner.account.messages == ENOUGH


def test_every_dialect_is_reached_and_reads_some_presses(runner: Runner) -> None:
    assert set(runner.account.outcomes) == {*ECOSYSTEMS, "custom", "native", "nobody's"} == set(REAL)
    for dialect in set(REAL) - {"nobody's"}:
        assert runner.account.outcomes[dialect]["press"] > 0, dialect


def test_the_report_names_every_dialect_and_what_took_longest(runner: Runner) -> None:
    lines = report(runner.account)
    assert {line.split()[0] for line in lines} >= {*REAL, "rejected:", "ignore:", "judged:", "slowest:"}
    assert not any(line.startswith("FAULT") for line in lines)


def test_the_same_seed_gives_the_same_messages(runner: Runner) -> None:
    again = Runner(seed=7, bound=unbounded)
    again.feed(ENOUGH)
    assert again.account.outcomes == runner.account.outcomes


def faults(bound: Callable[[bytes], float]) -> list[str]:
    runner = Runner(seed=7, bound=bound)
    runner.feed(len(REAL))
    return [fault for fault, _ in runner.account.faults]


def test_an_exception_and_a_slow_message_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner with planted defects."""

    def fail(message: Message, *_: object, **__: object) -> None:
        raise ValueError(message.topic)

    with monkeypatch.context() as planted:
        planted.setattr(ecosystems, "decode", fail)
        assert any("ValueError" in fault for fault in faults(unbounded))
    assert any("took" in fault for fault in faults(lambda _: 1e-9))


def test_what_is_made_up_from_a_message_is_no_reason() -> None:
    from alarmd.core.dialects.device import ignored

    with pytest.raises(AssertionError):
        look_at(ignored(zigbee2mqtt.DIALECT, "0x847127fffe0542eb"))


def test_more_may_take_longer() -> None:
    assert bound_s(b"x" * 64 * 1024) > bound_s(b"")

"""What the benchmark makes of presses and alerts: it must see what is lost, and what comes twice."""

import math

import pytest

from benchmarks.figures import Figure
from benchmarks.floor import Floor, Hop
from benchmarks.load import Pressed
from benchmarks.measure import Measured, Running, median, pooled, quantile
from benchmarks.meter import Cost
from benchmarks.programme import best_sustained


class _System:
    name = "some"

    def cost(self) -> Cost:
        return Cost(cpu_s=1.0, rss_mib=50.0)


def _judge(came: list[tuple[float, str]], pubacks: int = 3) -> Measured:
    running = Running(None, [_System()], None)  # type: ignore[arg-type, list-item]
    pressed = Pressed(at=[10.0, 10.5, 11.0], pubacks=pubacks, lag_s=0.002)
    return running.judge("three", ["a", "b", "c"], pressed, came, 0.6)


def test_each_press_is_timed_from_itself_to_its_first_alert() -> None:
    measured = _judge([(11.2, "c"), (10.1, "a"), (10.6, "b"), (12.0, "a")])
    assert measured.latencies_ms == pytest.approx([100.0, 100.0, 200.0])
    assert (measured.p50_ms, measured.max_ms) == pytest.approx((100.0, 200.0))
    assert measured.last_ms == pytest.approx(1200.0)
    assert measured.cpu_s_per_1000 == pytest.approx(200.0)
    assert (measured.lost, measured.duplicated) == (0, 1)


def test_a_press_that_the_broker_took_and_the_police_never_saw_is_lost() -> None:
    assert _judge([(10.1, "a")]).lost == 2
    assert _judge([(10.1, "a")], pubacks=1).lost == 0
    nothing = _judge([])
    assert nothing.lost == 3
    assert math.isnan(nothing.p50_ms)
    assert nothing.rate == 0


def test_the_worst_loss_of_several_runs_is_kept() -> None:
    good, bad = _judge([(10.1, "a"), (10.6, "b"), (11.1, "c")]), _judge([(10.1, "a")])
    assert median([good, bad, good]).lost == 2
    assert pooled([good, bad]).lost == 2
    assert len(pooled([good, bad]).latencies_ms) == 4


def test_a_quantile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([7.0], 0.99)) == (51.0, 100.0, 7.0)


def test_a_rate_is_held_when_nothing_is_lost_and_nothing_is_slow() -> None:
    def step(rate: int, p99_ms: float, lost: int = 0) -> Measured:
        return Measured("some", f"{rate}/s", 1, lost, 0, 1.0, 1.0, 1.0, 0.0, [p99_ms])

    assert best_sustained([step(400, 20), step(460, 240), step(529, 251)], 250) == 460
    assert best_sustained([step(400, 20), step(460, 30, lost=1)], 250) == 400
    assert best_sustained([step(400, 300)], 250) == 0


def test_a_figure_fails_beyond_its_bound_and_when_it_was_not_measured() -> None:
    assert Figure("x", 1.5, 1.5).holds
    assert not Figure("x", 1.51, 1.5).holds
    assert Figure("x", 1.5, 1.5, at_least=True).holds
    assert not Figure("x", 1.49, 1.5, at_least=True).holds
    assert not Figure("x", math.nan, 1.5).holds
    assert not Figure("x", math.nan, 1.5, at_least=True).holds
    assert "FAILS" in Figure("x", 2.0, 1.5).line()


def test_a_floor_of_several_turns_is_that_of_all_that_was_measured() -> None:
    def turn(ms: float) -> Floor:
        return Floor(*(Hop.of([ms / 1000, ms / 1000, (ms + hop) / 1000]) for hop in range(5)))

    floor = Floor.pooled([turn(10.0), turn(20.0)])
    assert floor.post_bare.took_ms == pytest.approx([10.0, 10.0, 14.0, 20.0, 20.0, 24.0])
    assert floor.p50_ms == pytest.approx(20.0 + 20.0 + 20.0)
    assert floor.p99_ms == pytest.approx(20.0 + 21.0 + 22.0)

"""What must hold, as ratios of things measured in the same run."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.measure import Measured
from benchmarks.programme import BIG_STORM, STORM, Result, best_sustained

_SUSTAINED_WITHIN_MS = 250.0
_BIG = f"storm {BIG_STORM}"
_ALL = f"storm {STORM}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, what it must not pass, and which way."""

    what: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        """It, for people."""
        sign = ">=" if self.at_least else "<="
        return f"{'holds' if self.holds else 'FAILS'}  {self.value:8.2f} {sign} {self.bound:<8.4g} {self.what}"


def figures(result: Result) -> Iterator[Figure]:
    """All of them."""
    alarmd, red = result.measured["alarmd"], result.measured["Node-RED"]
    paced, floor = alarmd["50/s beside the floor"], result.floor.p50_ms
    yield Figure("p50 at 50/s / floor's p50", paced.p50_ms / floor, 1.5)
    yield Figure("p99 at 50/s / floor's p50", paced.p99_ms / floor, 3.0)
    yield Figure("p99 at 50/s / Node-RED's", alarmd["50/s"].p99_ms / red["50/s"].p99_ms, 1.0)
    yield Figure(f"last of a storm of {STORM} / Node-RED's", alarmd[_ALL].last_ms / red[_ALL].last_ms, 0.5)
    yield Figure(
        "sustained with p99 under 250 ms / Node-RED's",
        best_sustained(result.steps["alarmd"], _SUSTAINED_WITHIN_MS)
        / max(1.0, best_sustained(result.steps["Node-RED"], _SUSTAINED_WITHIN_MS)),
        1.5,
        at_least=True,
    )
    yield Figure(
        "CPU seconds for 1,000 presses at 500/s / Node-RED's",
        alarmd["500/s"].cpu_s_per_1000 / red["500/s"].cpu_s_per_1000,
        0.6,
    )
    yield _ratio("p50 at 50/s with 1,000,000 alarms and 55,000 stores / empty", alarmd, "with history", "empty", 1.15)
    yield Figure(
        "p50 at 50/s under 917 heartbeats a second / without",
        alarmd["50/s with heartbeats"].p50_ms / alarmd["50/s without heartbeats"].p50_ms,
        1.3,
    )
    quiet, beside = result.chatter_p99_ms
    yield Figure("p99 of first presses beside a button pressed 200 times a second / without", beside / quiet, 1.5)
    yield Figure("CPU idle, % of a core", result.idle_cpu * 100, 1.0)
    yield Figure(f"MiB resident after a storm of {BIG_STORM}", alarmd[_BIG].rss_mib, 130.0)
    lost = sum(each.lost for system in ("alarmd", "2 x alarmd") for each in result.measured[system].values())
    yield Figure("lost by alarmd, under every load and fault", float(lost), 0.0)


def _ratio(what: str, measured: dict[str, Measured], above: str, below: str, bound: float) -> Figure:
    return Figure(what, measured[f"50/s, {above}"].p50_ms / measured[f"50/s, {below}"].p50_ms, bound)

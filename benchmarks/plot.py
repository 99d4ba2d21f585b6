"""A picture of a run: how latency grows with the rate, and how a storm comes in."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.programme import STORM, Result

_COLOURS = {"alarmd": "#0b5fff", "Node-RED": "#8f0000", "script": "#7a7a7a"}


def write_png(path: Path, result: Result) -> None:
    """Draw it."""
    mpl.use("Agg")
    figure, (rates, storm) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for system, steps in result.steps.items():
        paced = [result.measured[system][load] for load in ("50/s", "200/s")] + steps
        x = [float(step.load.removesuffix("/s")) for step in paced]
        rates.plot(x, [step.p99_ms for step in paced], "o-", color=_COLOURS[system], label=f"{system} p99")
        rates.plot(x, [step.p50_ms for step in paced], "o:", color=_COLOURS[system], label=f"{system} p50")
    rates.axhline(result.floor.p50_ms, color="black", linewidth=0.8, label="floor p50")
    rates.set(xscale="log", yscale="log", xlabel="presses a second", ylabel="ms from press to police")
    rates.grid(visible=True, which="both", alpha=0.2)
    rates.legend()
    for system, loads in result.measured.items():
        if system in _COLOURS:
            came = sorted(loads[f"storm {STORM}"].latencies_ms)
            storm.plot(came, range(1, len(came) + 1), color=_COLOURS[system], label=system)
    storm.set(xlabel="ms from press to police", ylabel="alerts", title=f"{STORM} stores at once")
    storm.grid(visible=True, alpha=0.2)
    storm.legend()
    figure.savefig(path, dpi=110)

"""A short, fixed part of the chaos runs; `make chaos` has the long one."""

from pathlib import Path

import pytest

from tests.chaos.runner import run

MIXES = [
    ("killed_after_commit", "police_500", "broker_link_cut"),
    ("database_crashed", "broker_killed", "police_link_deaf"),
    ("terminated", "reassigned", "secret_rotated", "database_link_deaf", "clock_off"),
    ("both_killed", "police_410", "client_id_taken_over"),
]


@pytest.mark.parametrize("faults", MIXES, ids="+".join)
async def test_nothing_is_lost_doubled_or_late(state: Path, faults: tuple[str, ...]) -> None:
    done = await run(state / "+".join(faults), 1, faults)
    assert done.verdict.sentences() == []
    assert done.presses > 100

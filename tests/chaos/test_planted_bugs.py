"""Bugs planted in every replica: the checker finds each of them."""

from pathlib import Path

import pytest

from tests.chaos.checker import Verdict
from tests.chaos.runner import run


async def verdict(state: Path, bug: str | None, *faults: str) -> Verdict:
    directory = state / f"{bug}-{'+'.join(faults)}"
    return (await run(directory, 1, faults, bug=bug, recover_within=5)).verdict


async def test_a_press_that_is_acknowledged_before_its_commit_is_found(state: Path) -> None:
    found = await verdict(state, "ack_before_commit")
    assert any("before its commit" in sentence for sentence in found.broken), found


async def test_a_delivery_that_is_dropped_on_410_is_found(state: Path) -> None:
    found = await verdict(state, "drop_on_410", "police_410")
    assert any("never reached the police" in sentence for sentence in found.lost), found


async def test_presses_that_are_not_told_apart_by_their_ids_are_found(state: Path) -> None:
    found = await verdict(state, "no_dedupe")
    assert any("no button made it" in sentence for sentence in found.phantom), found
    assert any("is in no alarm" in sentence for sentence in found.lost), found


@pytest.mark.parametrize("bug", ["no_fencing", None])
async def test_a_result_that_comes_after_its_lease_is_taken_only_without_fencing(state: Path, bug: str | None) -> None:
    found = await verdict(state, bug, "stopped_after_post")
    if bug:
        assert any("was to be sent again, and did not come" in sentence for sentence in found.lost), found
    else:
        assert found.sentences() == []

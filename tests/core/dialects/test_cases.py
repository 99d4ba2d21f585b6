"""Every real message is what its case says, and one press of many messages is one press."""

import json

import pytest

from alarmd.core.dialects.lines import lines
from alarmd.core.dialects.repeats import Seen, judge
from tests.core.dialects.cases import CASES, KNOWN, Case, groups, heard_at, message, readings

TOLD = {case["id"]: line for case, line in zip(CASES, lines(map(message, CASES), known=KNOWN), strict=True)}
NOT_PRINTED = {"raw_hex", "confirmed", "is_retry"}  # facts of the frame that nothing depends on
OTHER_NAMES = {"idx": "endpoint"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_real_message_is_what_its_case_says(case: Case) -> None:
    expected = {OTHER_NAMES.get(name, name): value for name, value in case["expect"].items() if name not in NOT_PRINTED}
    if "idx" in case["expect"]:
        expected["endpoint"] = str(expected["endpoint"])
    told = TOLD[case["id"]]
    assert {name: told.get(name) for name in expected} == expected
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(("name", "story"), groups().items(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_messages_of_one_press_are_one_press(name: str, story: list[Case]) -> None:
    seen: dict[str, Seen] = {}
    presses = 0
    for case in story:
        for reading in readings(case):
            key = reading.button_id or ""
            judgement = judge(seen.get(key, Seen()), reading, heard_at(case))
            seen[key] = judgement.seen
            presses += judgement.verdict == "press"
    expected = any(case["expect"]["kind"] == "press" for case in story)
    assert presses == int(expected), name

"""The checker itself: a good run is good, and each thing that may go wrong turns it red in its own way."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.checker import Dump, Verdict, judge
from tests.chaos.history import Event

Change = Callable[[list[Event], Dump], tuple[list[Event], Dump]]


def good(presses: int = 2) -> tuple[list[Event], Dump]:
    """Each button was pressed once, recorded, acknowledged to the broker, and its alarm taken by the police."""
    events: list[Event] = []
    rows, alarms, alerts = [], [], []
    for number in range(1, presses + 1):
        facts: dict[str, Any] = {"button_id": f"button-{number}", "press_id": f"p{number}"}
        alarm_id, webhook_id, store = f"alarm-{number}", f"alert-{number}", f"S-{number}"
        received = {
            "webhook_id": webhook_id,
            "alarm_id": alarm_id,
            "type": "alarm.opened",
            "status": 204,
            "kind": "panic",
        }
        events += [
            Event(0.0, "operator", "changed", {"button_id": facts["button_id"], "store_code": store}),
            Event(10.0, "button", "pressed", facts | {"persistent": True}),
            Event(10.1, "button", "puback", facts),
            Event(10.3, "wire:replica-1", "puback", facts),
            Event(10.4, "button", "recorded", facts | {"alarm_id": alarm_id}),
            Event(10.5, "police:1", "received", received | {"valid": True, "sha256": "body"}),
        ]
        rows.append(facts | {"alarm_id": alarm_id, "began": 10.15, "committed": 10.2, "store_code": store})
        alarms.append({"id": alarm_id, "kind": "panic", "store_code": store})
        alerts.append({"id": webhook_id, "alarm_id": alarm_id, "type": "alarm.opened", "state": "open"})
    return events, Dump(rows, alerts, alarms)


def altered(events: list[Event], what: str, **facts: Any) -> list[Event]:
    """The first event of this word with other facts."""
    at = next(number for number, event in enumerate(events) if event.what == what)
    changed = dataclasses.replace(events[at], facts=events[at].facts | facts)
    return [*events[:at], changed, *events[at + 1 :]]


def without(events: list[Event], *words: str) -> list[Event]:
    return [event for event in events if event.what not in words]


def test_a_good_run_is_good() -> None:
    assert judge(*good()).ok
    assert judge(*good()).sentences() == []


def lose_alarm(events: list[Event], found: Dump) -> tuple[list[Event], Dump]:
    return events, dataclasses.replace(found, presses=found.presses[1:], alarms=found.alarms[1:])


WRONG: dict[str, tuple[str, Change]] = {
    "a press that its button goes on about is lost": (
        "lost",
        lambda events, found: lose_alarm(without(events, "puback", "recorded"), found),
    ),
    "a press that was recorded by its receipt is lost": (
        "lost",
        lambda events, found: lose_alarm(altered(without(events, "puback"), "pressed", persistent=False), found),
    ),
    "a press that the broker acknowledged is lost": (
        "lost",
        lambda events, found: lose_alarm(
            altered(
                [e for e in events if e.what != "recorded" and not e.by.startswith("wire")], "pressed", persistent=False
            ),
            found,
        ),
    ),
    "a press that alarmd acknowledged to the broker is lost": (
        "lost",
        lambda events, found: lose_alarm(
            altered(
                [e for e in events if e.what != "recorded" and (e.by, e.what) != ("button", "puback")],
                "pressed",
                persistent=False,
            ),
            found,
        ),
    ),
    "a receipt names another alarm": (
        "lost",
        lambda events, found: (altered(events, "recorded", alarm_id="alarm-2"), found),
    ),
    "an alarm never reaches the police": (
        "lost",
        lambda events, found: (altered(events, "received", status=500), found),
    ),
    "an alarm reaches the police with a bad signature only": (
        "lost",
        lambda events, found: (altered(events, "received", valid=False), found),
    ),
    "what an operator wants sent again does not come": (
        "lost",
        lambda events, found: ([*events, Event(20.0, "operator", "retry", {"webhook_id": "alert-1"})], found),
    ),
    "what is not understood is not put aside": (
        "lost",
        lambda events, found: ([*events, Event(20.0, "button", "poisoned", {"button_id": "b", "payload": "{"})], found),
    ),
    "a press is in two alarms": (
        "duplicated",
        lambda events, found: (
            events,
            dataclasses.replace(found, presses=[*found.presses, {**found.presses[0], "alarm_id": "alarm-2"}]),
        ),
    ),
    "an alarm comes under two ids": (
        "duplicated",
        lambda events, found: (
            [*events, dataclasses.replace(events[5], facts=events[5].facts | {"webhook_id": "another"})],
            found,
        ),
    ),
    "an alarm without a press": (
        "phantom",
        lambda events, found: (
            events,
            dataclasses.replace(found, alarms=[*found.alarms, {"id": "ghost", "kind": "panic", "store_code": None}]),
        ),
    ),
    "a press that no button made": (
        "phantom",
        lambda events, found: (
            events,
            dataclasses.replace(found, presses=[*found.presses, {**found.presses[0], "press_id": "ghost"}]),
        ),
    ),
    "a delivery that is still owed": (
        "late",
        lambda events, found: (events, dataclasses.replace(found, pending=[{"alert_id": "a", "endpoint": "police"}])),
    ),
    "an acknowledgement before the commit": (
        "broken",
        lambda events, found: (
            events,
            dataclasses.replace(found, presses=[{**found.presses[0], "committed": 10.31}, *found.presses[1:]]),
        ),
    ),
    "the wrong store": (
        "broken",
        lambda events, found: (
            events,
            dataclasses.replace(found, presses=[{**found.presses[0], "store_code": "S-9"}, *found.presses[1:]]),
        ),
    ),
    "attempts with different bodies": (
        "broken",
        lambda events, found: (
            [*events, dataclasses.replace(events[5], facts=events[5].facts | {"sha256": "other"})],
            found,
        ),
    ),
    "a canary that comes to the police": (
        "broken",
        lambda events, found: (altered(events, "received", kind="canary"), found),
    ),
    "an alert that went to somebody else": (
        "broken",
        lambda events, found: ([*events, Event(20.0, "nemesis", "leaked", {"to": "elsewhere"})], found),
    ),
    "a state that goes back": (
        "broken",
        lambda events, found: (
            events,
            dataclasses.replace(
                found,
                alerts=[
                    {"id": "1", "alarm_id": "alarm-1", "type": "alarm.acknowledged", "state": "acknowledged"},
                    {"id": "2", "alarm_id": "alarm-1", "type": "alarm.repeated", "state": "open"},
                ],
            ),
        ),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_found_and_named(what: str) -> None:
    category, change = WRONG[what]
    verdict = judge(*change(*good()))
    assert getattr(verdict, category), verdict
    assert not verdict.ok


def test_what_a_killed_broker_had_not_written_down_is_no_promise_but_a_receipt_is() -> None:
    events, found = good()
    killed = Event(12.0, "nemesis", "begin", {"fault": "broker_killed"})
    unpromised = [
        event
        for event in altered(without(events, "recorded"), "pressed", persistent=False)
        if not event.by.startswith("wire")
    ]
    assert judge([*unpromised, killed], lose_alarm(events, found)[1]).counts()["lost"] == 0
    late = dataclasses.replace(killed, at=17.0)
    assert judge([*unpromised, late], lose_alarm(events, found)[1]).lost
    assert judge([*altered(events, "pressed", persistent=False), killed], lose_alarm(events, found)[1]).lost


@pytest.mark.parametrize(
    ("changing", "changed", "store", "fits"),
    [
        (5.0, 6.0, "S-9", True),  # before the press
        (5.0, 6.0, "S-1", False),
        (10.0, 10.18, "S-9", True),  # while it was committed: either
        (10.0, 10.18, "S-1", True),
        (10.19, 11.0, "S-1", True),
        (10.19, 11.0, "S-9", True),
        (11.0, 12.0, "S-1", True),  # after it
        (11.0, 12.0, "S-9", False),
    ],
)
def test_a_store_may_be_the_old_or_the_new_one_only_while_it_is_changed(
    *, changing: float, changed: float, store: str, fits: bool
) -> None:
    events, found = good()
    facts = {"button_id": "button-1", "store_code": "S-9"}
    events += [Event(changing, "operator", "changing", facts), Event(changed, "operator", "changed", facts)]
    found = dataclasses.replace(found, presses=[{**found.presses[0], "store_code": store}, *found.presses[1:]])
    assert judge(events, found).ok is fits


@given(st.integers(2, 30), st.data())
def test_whichever_press_is_missing_or_doubled_is_found(presses: int, data: st.DataObject) -> None:
    events, found = good(presses)
    at = data.draw(st.integers(0, presses - 1))
    missing = dataclasses.replace(found, presses=[row for number, row in enumerate(found.presses) if number != at])
    verdict: Verdict = judge(events, missing)
    assert any(f"press p{at + 1} of button-{at + 1}" in sentence for sentence in verdict.lost)
    doubled = dataclasses.replace(found, presses=[*found.presses, found.presses[at]])
    assert judge(events, doubled).duplicated == [f"press p{at + 1} of button-{at + 1} is recorded 2 times"]

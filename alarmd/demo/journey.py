"""The journeys of presses, told only by those outside alarmd: the buttons and the police."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any


@dataclass(slots=True)
class Journey:
    """One press. Times are seconds since the epoch, by this machine's clock; None until it happened.

    A `bought` button gets no receipts: of its press only the police tell.
    """

    button_id: str
    press_id: str
    pressed_at: float
    recorded_at: float | None = None
    at_police_at: float | None = None
    acknowledged_at: float | None = None
    alarm_id: str | None = None
    store: str = ""
    district: str = ""
    bought: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What the buttons sent, against what the police received.

    `lost` presses have no alarm at the police; `duplicated` counts alarms that the police were told of as new more
    than once. `p50_ms` and `p99_ms` are from press to police.
    """

    sent: int
    recorded: int
    delivered: int
    lost: int
    duplicated: int
    p50_ms: float | None
    p99_ms: float | None

    def __str__(self) -> str:
        """One line."""
        figures = f"sent {self.sent}, recorded {self.recorded}, delivered {self.delivered}"
        faults = f"lost {self.lost}, duplicated {self.duplicated}"
        if self.p50_ms is None or self.p99_ms is None:
            return f"{figures}, {faults}"
        return f"{figures}, {faults}, press to police p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


@dataclass(slots=True)
class Journeys:
    """All presses of one demo, followed line by line."""

    presses: dict[str, Journey] = field(default_factory=dict)
    _by_alarm: dict[str, list[Journey]] = field(default_factory=dict)
    _told: dict[str, dict[str, Any]] = field(default_factory=dict)
    _openings: Counter[str] = field(default_factory=Counter)
    _of_bought: dict[str, Journey] = field(default_factory=dict)
    _told_of_button: dict[str, dict[str, Any]] = field(default_factory=dict)

    def button_says(self, line: dict[str, Any]) -> Journey | None:
        """Follow a line of the button simulator; gives the press that it moved on."""
        match line.get("event"):
            case "pressed" if "press_id" not in line:
                return self._bought(line)
            case "pressed":
                journey = Journey(line["button_id"], line["press_id"], line["at"])
                self.presses[journey.press_id] = journey
                return journey
            case "recorded" if line["press_id"] in self.presses:
                journey = self.presses[line["press_id"]]
                if journey.recorded_at is None:
                    journey.recorded_at, journey.alarm_id = line["at"], line["alarm_id"]
                    self._by_alarm.setdefault(line["alarm_id"], []).append(journey)
                    self._arrive(journey)
                return journey
            case "acknowledged" if line["press_id"] in self.presses:
                journey = self.presses[line["press_id"]]
                journey.acknowledged_at = journey.acknowledged_at or line["at"]
                return journey
        return None

    def police_says(self, line: dict[str, Any]) -> Iterator[Journey]:
        """Follow a line of the police simulator; gives the presses that it moved on."""
        if "acknowledged" in line:
            yield from self._acknowledged(line)
        taken = line.get("valid") and str(line.get("status", "")).startswith("2")
        if not taken or line.get("type") not in {"alarm.opened", "alarm.repeated", "alarm.located"}:
            return
        alarm_id = line["alarm_id"]
        if line["type"] != "alarm.repeated":
            self._openings[alarm_id] += 1
        self._told.setdefault(alarm_id, line)
        self._told_of_button[line["button_id"]] = line
        if line["button_id"] in self._of_bought:
            self._join(self._of_bought.pop(line["button_id"]), alarm_id)
        for journey in self._by_alarm.get(alarm_id, ()):
            self._arrive(journey)
            yield journey

    def complete(self, presses: int) -> bool:
        """Whether so many presses were sent, and the police have every one."""
        return len(self.presses) >= presses and all(each.at_police_at is not None for each in self.presses.values())

    def summary(self) -> Summary:
        """Compare both sides."""
        journeys = list(self.presses.values())
        delivered = [each for each in journeys if each.at_police_at is not None]
        ours = {each.alarm_id for each in journeys}
        ways = sorted((each.at_police_at or 0.0) - each.pressed_at for each in delivered)
        cuts = quantiles(ways, n=100, method="inclusive") if len(ways) > 1 else []
        return Summary(
            sent=len(journeys),
            recorded=sum(each.recorded_at is not None for each in journeys),
            delivered=len(delivered),
            lost=len(journeys) - len(delivered),
            duplicated=sum(count - 1 for alarm_id, count in self._openings.items() if alarm_id in ours),
            p50_ms=cuts[49] * 1000 if cuts else None,
            p99_ms=cuts[98] * 1000 if cuts else None,
        )

    def _bought(self, line: dict[str, Any]) -> Journey:
        """Follow a press that the police may have been told of before its simulator said so."""
        button_id = line["button_id"].lower()
        journey = Journey(line["button_id"], f"{button_id} {line['press']}", line["at"], bought=True)
        self.presses[journey.press_id] = self._of_bought[button_id] = journey
        told = self._told_of_button.get(button_id)
        if told is not None and told["at"] >= journey.pressed_at:
            self._join(self._of_bought.pop(button_id), told["alarm_id"])
            self._arrive(journey)
        return journey

    def _join(self, journey: Journey, alarm_id: str) -> None:
        journey.alarm_id = alarm_id
        self._by_alarm.setdefault(alarm_id, []).append(journey)

    def _acknowledged(self, line: dict[str, Any]) -> Iterator[Journey]:
        for journey in self._by_alarm.get(line["acknowledged"], ()):
            if journey.bought and journey.acknowledged_at is None:
                journey.acknowledged_at = line["at"]
                yield journey

    def _arrive(self, journey: Journey) -> None:
        told = self._told.get(journey.alarm_id or "")
        if told is not None and journey.at_police_at is None:
            journey.at_police_at = max(told["at"], journey.pressed_at)
            journey.store, journey.district = told["store_name"] or "", told["district"] or ""

"""What becomes of the readings of bought buttons: which are presses, and of which button of the registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from alarmd.core import heard
from alarmd.core.dialects.device import Reading, registered
from alarmd.core.dialects.repeats import Listener, Seen, Verdict, judge
from alarmd.core.profile import Profile, meaning, meant
from alarmd.core.signal import Press

_RADIO: Final = {"rtl_433", "openmqttgateway", "tasmota"}  # one remote may be heard by receivers of several


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the registry says of a button. `dialect` is the one way in which it is heard; None: whichever."""

    dialect: str | None = None
    profile: Profile | None = None

    def hears(self, reading: Reading) -> bool:
        """Whether a reading of that id is of this button: another ecosystem may have a device of the same name."""
        if reading.broadcast and self.dialect in _RADIO:
            return True
        return self.dialect in {None, reading.dialect}


@dataclass(frozen=True, slots=True)
class Case:
    """A reading to be judged.

    Attributes:
        heard_at: when it came in, by the database's clock.
        connected_at: when what the device depends on last came to the broker, as far as known.
    """

    reading: Reading
    heard_at: datetime
    connected_at: datetime | None = None
    listener: Listener = field(default_factory=Listener)

    @property
    def device_id(self) -> str:
        """Of whom it is."""
        return registered(self.reading.button_id or "")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reading is.

    Attributes:
        press: to be recorded under `press_id`; None where there is nothing to record.
        is_deed: whether something was done that looks like a press, new or not.
    """

    verdict: Verdict
    is_deed: bool
    press: Press | None = None
    press_id: str = ""


def rule(
    cases: Sequence[Case], memory: Mapping[str, Seen], registry: Mapping[str, Enrolled]
) -> tuple[list[Ruling], dict[str, Seen]]:
    """Judge readings in their order; gives what each is, and what is remembered of their devices from now on.

    Args:
        cases: in the order in which they came.
        memory: what is remembered of devices, by their ids.
        registry: the enrolled ones among them.
    """
    now = dict(memory)
    rulings = []
    for case in cases:
        ruling, now[case.device_id] = _rule(case, now.get(case.device_id, Seen()), registry.get(case.device_id))
        rulings.append(ruling)
    return rulings, now


def _rule(case: Case, seen: Seen, enrolled: Enrolled | None) -> tuple[Ruling, Seen]:
    known = enrolled if enrolled and enrolled.hears(case.reading) else None
    means = meaning(case.reading, known.profile if known else None)
    reading = meant(case.reading, means)
    judgement = judge(seen, reading, case.heard_at, case.connected_at, case.listener)
    is_deed = means != "nothing" and judgement.verdict in {"press", "repeat"}
    if judgement.verdict != "press" or judgement.press is None or (reading.broadcast and known is None):
        return Ruling(judgement.verdict, is_deed), judgement.seen
    strange = enrolled is not None and known is None
    press = heard.press(reading, means, of_other=strange)
    return Ruling("press", is_deed, press, heard.press_id(press.button_id, judgement.press)), judgement.seen

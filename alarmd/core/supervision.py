"""Which faults there are when buttons and gateways are not heard, or say that they are not well."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from alarmd.core.alert import timestamp

State = Literal["ok", "silent", "unknown"]

SILENT_AFTER_S: Final = 86_400
ALL: Final = "all"  # the region that is the whole registry
LOW_BATTERY_PCT: Final = 20
WELL_BATTERY_PCT: Final = 25

_MANY: Final = 5
_OPENS_AT_ONE_IN: Final = 2
_STAYS_AT_ONE_IN: Final = 10  # what comes back one by one is not to become a fault for each of the rest
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Gateway:
    """What bridges the radio to MQTT.

    Attributes:
        state: what was last heard of it; an `offline` may be its broker's word.
        changed_at: since when that is so.
        last_seen_at: when it was heard, or a button behind it; None: never.
        silent_after_s: so long it may be unheard, in seconds; None: for ever.
    """

    id: str
    state: Literal["online", "offline"]
    changed_at: datetime
    last_seen_at: datetime | None
    silent_after_s: int | None

    def away_since(self, now: datetime) -> datetime | None:
        """Since when nothing can come through it; None while something may."""
        heard_at = self.last_seen_at or self.changed_at
        if self.state == "offline":
            return self.changed_at
        return heard_at if _overdue(heard_at, self.silent_after_s, now) else None


@dataclass(frozen=True, slots=True)
class Button:
    """A button that is supervised: it is in a store, and not revoked.

    Attributes:
        store: the name of its store.
        district: the name of the district that the store is in; `district_code` is its legal code.
        supervised_from: when it was enrolled or got a store; it counts as heard then.
        last_seen_at: when it was heard; None: never.
        silent_after_s: so long it may be unheard, in seconds; None: for ever.
        gateway_id: the gateway that it was last heard through, where that is known.
        offline_at: when its bridge last said that it cannot reach it; None: never.
    """

    id: str
    label: str
    store: str
    district: str
    district_code: str
    supervised_from: datetime
    last_seen_at: datetime | None
    silent_after_s: int | None
    gateway_id: str | None
    offline_at: datetime | None = None

    @property
    def is_unreachable(self) -> bool:
        """Whether its bridge says that it cannot reach it, and it was not heard since."""
        return bool(self.offline_at and self.last_seen_at and self.offline_at > self.last_seen_at)

    @property
    def heard_at(self) -> datetime:
        """Since when its silence counts."""
        return max(self.supervised_from, self.last_seen_at or self.supervised_from)

    def state(self, gateway: Gateway | None, now: datetime) -> State:
        """How it is, given the gateway that it was last heard through."""
        away_since = gateway.away_since(now) if gateway else None
        if away_since and self.last_seen_at and self.last_seen_at <= away_since:
            return "unknown"
        return "silent" if self.is_unreachable or _overdue(self.heard_at, self.silent_after_s, now) else "ok"


@dataclass(frozen=True, slots=True)
class Findings:
    """The faults that there are: of each kind the subjects, and what there is to say of each."""

    gateway_away: dict[str, str] = field(default_factory=dict)
    button_silent: dict[str, str] = field(default_factory=dict)
    region_silent: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Region:
    """A district, or the whole registry. A gateway that is away stands for the buttons behind it."""

    name: str
    supervised: int
    silent: list[Button] = field(default_factory=list)
    unknown: int = 0
    folded: int = 0  # buttons among `supervised` that a gateway stands for
    gateways: set[str] = field(default_factory=set)

    def note(self, button: Button, state: State) -> None:
        if state == "silent":
            self.silent.append(button)
        elif state == "unknown" and button.gateway_id:
            self.unknown += 1
            self.folded += button.silent_after_s is not None
            self.gateways.add(button.gateway_id)

    def is_fault(self, *, open_: bool) -> bool:
        """Whether so much of it is silent that it is one thing, and not many."""
        failing = len(self.silent) + len(self.gateways)
        of = self.supervised - self.folded + len(self.gateways)
        return failing >= _MANY and failing * (_STAYS_AT_ONE_IN if open_ else _OPENS_AT_ONE_IN) >= of

    def __str__(self) -> str:
        lost = len(self.silent) + self.unknown
        text = f"nothing is heard of {lost} buttons of {max(self.supervised, lost)} in {self.name}"
        if self.silent:
            text += f"; silent: {_names([button.id for button in self.silent])}"
        if self.gateways:
            text += f"; gateways away: {_names(sorted(self.gateways))}"
        return text


def judge(
    buttons: Iterable[Button],
    gateways: Iterable[Gateway],
    supervised: Mapping[str, int],
    regions: Container[str],
    now: datetime,
) -> Findings:
    """Which faults there are.

    A gateway that is away is one fault, and none for each button behind it. Where many of a region go silent at once
    (5, and half of it) that is one fault as well. It lasts until few are left: fewer than 5, or than a tenth.

    Args:
        buttons: those that may be silent or unknown, at least.
        gateways: those that may be away, at least.
        supervised: how many buttons with an interval there are in each district, by its code.
        regions: the codes of districts, and `all`, whose fault is open.
        now: the time by which buttons and gateways were read.
    """
    away = {gateway.id: gateway for gateway in gateways if gateway.away_since(now)}
    whole = _Region("the whole registry", sum(supervised.values()))
    districts: dict[str, _Region] = {}
    behind: defaultdict[str, list[Button]] = defaultdict(list)
    for button in buttons:
        state = button.state(away.get(button.gateway_id or ""), now)
        if state == "ok":
            continue
        code = button.district_code
        district = districts.setdefault(code, _Region(f"{button.district} ({code})", supervised.get(code, 0)))
        for region in (whole, district):
            region.note(button, state)
        if state == "unknown" and button.gateway_id:
            behind[button.gateway_id].append(button)
    if whole.is_fault(open_=ALL in regions):
        lost = {ALL: whole}
    else:
        lost = {code: region for code, region in districts.items() if region.is_fault(open_=code in regions)}
    told = lost.keys() if ALL not in lost else districts.keys()
    return Findings(
        gateway_away={
            id_: _of_gateway(gateway, behind[id_], now)
            for id_, gateway in away.items()
            if not behind[id_] or any(button.district_code not in told for button in behind[id_])
        },
        button_silent={button.id: _of_silent(button) for button in whole.silent if button.district_code not in told},
        region_silent={code: str(region) for code, region in lost.items()},
    )


def battery_is_low(battery_pct: int | None, *, said_low: bool = False, was_low: bool) -> bool:
    """Whether a battery is low; one that was is so until it is well above, lest it come and go.

    Args:
        battery_pct: in percent; None where it does not say.
        said_low: whether the button itself says that it is low.
        was_low: whether it was low before.
    """
    if said_low or battery_pct is None:
        return said_low
    return battery_pct <= LOW_BATTERY_PCT or (was_low and battery_pct < WELL_BATTERY_PCT)


def of_battery(button: str, battery_pct: int | None) -> str:
    """What there is to say of a low battery; some only say that it is."""
    return (
        f"the battery of {button} is low" if battery_pct is None else f"the battery of {button} is at {battery_pct} %"
    )


def of_tamper(button: str) -> str:
    """What there is to say of a button that somebody opens or takes away."""
    return f"{button} says that somebody tampers with it"


def name_of(button_id: str, label: str, store: str) -> str:
    """A button, for people."""
    return f"button {button_id} ({label}) at {store}" if label not in {"", store} else f"button {button_id} at {store}"


def _of_silent(button: Button) -> str:
    name = name_of(button.id, button.label, button.store)
    if button.is_unreachable and button.offline_at:
        return f"its bridge cannot reach {name} since {timestamp(button.offline_at)}"
    if button.last_seen_at is None:
        return f"nothing was ever heard of {name}, which is there since {timestamp(button.supervised_from)}"
    return (
        f"nothing was heard of {name} since {timestamp(button.last_seen_at)}; "
        f"it is expected every {button.silent_after_s} s"
    )


def _of_gateway(gateway: Gateway, behind: list[Button], now: datetime) -> str:
    since = timestamp(gateway.away_since(now) or now)
    if gateway.state == "offline":
        text = f"gateway {gateway.id} is offline since {since}"
    else:
        text = (
            f"nothing was heard of gateway {gateway.id} since {since}; it is expected every {gateway.silent_after_s} s"
        )
    if not behind:
        return f"{text}; no button depends on it"
    stores = _names(list(dict.fromkeys(button.store for button in behind)))
    many = "button" if len(behind) == 1 else "buttons"
    return f"{text}; nothing can be said of the {len(behind)} {many} behind it, at {stores}"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _overdue(heard_at: datetime, silent_after_s: int | None, now: datetime) -> bool:
    return silent_after_s is not None and now - heard_at > timedelta(seconds=silent_after_s)

"""What follows from silence: one fault for one thing, however many buttons hang on it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.supervision import ALL, Button, Findings, Gateway, battery_is_low, judge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def button(number: int, *, heard: float | None = 0, district: str = "11350", **members: object) -> Button:
    """A button that was heard so many seconds ago, and is to be heard every 60."""
    told = {
        "label": "",
        "store": f"가게 {number}",
        "district": "노원구",
        "supervised_from": ago(1e6),
        "silent_after_s": 60,
        "gateway_id": None,
    }
    return Button(
        id=f"b-{number}",
        district_code=district,
        last_seen_at=None if heard is None else ago(heard),
        **(told | members),  # type: ignore[arg-type] # each of its own type
    )


def gateway(name: str = "gw", *, heard: float | None = 0, offline: bool = False, **members: object) -> Gateway:
    told: dict[str, object] = {"changed_at": ago(30), "silent_after_s": 60}
    return Gateway(
        id=name,
        state="offline" if offline else "online",
        last_seen_at=None if heard is None else ago(heard),
        **(told | members),  # type: ignore[arg-type]
    )


def look(
    buttons: Sequence[Button], gateways: Sequence[Gateway] = (), regions: frozenset[str] = frozenset()
) -> Findings:
    supervised = Counter(button.district_code for button in buttons if button.silent_after_s)
    return judge(buttons, gateways, supervised, regions, NOW)


def test_a_button_is_silent_once_its_interval_is_over() -> None:
    assert look([button(1, heard=60)]).button_silent == {}
    (detail,) = look([button(1, heard=61)]).button_silent.values()
    assert detail == (
        "nothing was heard of button b-1 at 가게 1 since 2026-11-23T11:58:59.000000Z; it is expected every 60 s"
    )


def test_a_button_that_was_never_heard_counts_from_its_enrolment() -> None:
    assert look([button(1, heard=None, supervised_from=ago(60))]).button_silent == {}
    assert "was ever heard" in look([button(1, heard=None, supervised_from=ago(61))]).button_silent["b-1"]


def test_a_button_that_got_a_store_again_is_not_held_to_what_was_heard_before() -> None:
    assert look([button(1, heard=1000, supervised_from=ago(10))]) == Findings()


def test_a_button_without_an_interval_is_never_silent() -> None:
    assert look([button(1, heard=1e5, silent_after_s=None)]) == Findings()


def test_a_gateway_that_is_offline_is_one_fault_whatever_hangs_on_it() -> None:
    buttons = [button(number, heard=31, gateway_id="gw") for number in range(600)]
    found = look(buttons, [gateway(offline=True)])
    assert found == Findings(gateway_away={"gw": found.gateway_away["gw"]})
    assert "the 600 buttons behind it, at 가게 0, 가게 1" in found.gateway_away["gw"]
    assert "and 595 more" in found.gateway_away["gw"]


@pytest.mark.parametrize(
    "away",
    [
        gateway(heard=61),
        gateway(heard=None, changed_at=ago(61)),
        gateway(heard=0, offline=True, silent_after_s=None),
    ],
)
def test_a_gateway_is_away_when_it_says_so_or_when_it_is_not_heard(away: Gateway) -> None:
    assert look([], [away]).gateway_away.keys() == {"gw"}


@pytest.mark.parametrize("there", [gateway(heard=60), gateway(heard=None), gateway(heard=1e6, silent_after_s=None)])
def test_a_gateway_is_there_within_its_interval_or_without_one(there: Gateway) -> None:
    assert look([], [there]) == Findings()


def test_a_button_that_was_heard_since_its_gateway_went_is_judged_by_itself() -> None:
    gone = gateway(offline=True)  # 30 s ago
    heard_since = button(1, heard=29, gateway_id="gw")
    silent_since = button(2, heard=29, gateway_id="gw", silent_after_s=20)
    found = look([heard_since, silent_since], [gone])
    assert found.button_silent.keys() == {"b-2"}
    assert found.gateway_away["gw"].endswith("no button depends on it")


def test_many_of_a_district_at_once_are_one_fault_and_singles_elsewhere_are_not() -> None:
    here = [button(number, heard=61 if number < 5 else 0) for number in range(10)]
    there = [button(number, heard=61 if number < 12 else 0, district="11680") for number in range(10, 40)]
    found = look(here + there)
    assert found.region_silent.keys() == {"11350"}
    assert found.region_silent["11350"].startswith("nothing is heard of 5 buttons of 10 in 노원구 (11350)")
    assert found.button_silent.keys() == {"b-10", "b-11"}


def test_four_are_not_many_and_less_than_half_is_not_a_region() -> None:
    far = [button(number, district="11680") for number in range(100, 200)]
    assert look([button(number, heard=61) for number in range(4)] + far).region_silent == {}
    assert look([button(number, heard=61 if number < 5 else 0) for number in range(11)] + far).region_silent == {}


def test_half_of_the_whole_registry_is_one_fault() -> None:
    buttons = [button(number, heard=61 if number % 2 else 0, district=f"11{number % 10:03}") for number in range(100)]
    found = look(buttons)
    assert found == Findings(region_silent={ALL: found.region_silent[ALL]})
    assert "50 buttons of 100 in the whole registry" in found.region_silent[ALL]


def test_gateways_of_a_district_that_go_at_once_are_one_fault_too() -> None:
    """Where each store has a gateway of its own, a power cut is not to be a fault for each."""
    here = [button(number, heard=31, gateway_id=f"gw-{number}") for number in range(6)]
    far = [button(number, district="11680") for number in range(100, 120)]
    found = look(here + far, [gateway(f"gw-{number}", offline=True) for number in range(6)])
    assert found.region_silent.keys() == {"11350"}
    assert found.gateway_away == {}
    assert "gateways away: gw-0, gw-1, gw-2, gw-3, gw-4 and 1 more" in found.region_silent["11350"]


def test_a_region_that_comes_back_is_one_fault_until_few_are_left() -> None:
    far = [button(number, district="11680") for number in range(100, 300)]

    def left(silent: int) -> Findings:
        here = [button(number, heard=61 if number < silent else 0) for number in range(60)]
        return look(here + far, regions=frozenset({"11350"}))

    assert left(6).region_silent.keys() == {"11350"}
    assert left(6).button_silent == {}
    assert left(5).region_silent == {}
    assert len(left(5).button_silent) == 5


def test_a_battery_is_low_at_20_and_well_again_at_25() -> None:
    assert [pct for pct in range(101) if battery_is_low(pct, was_low=False)] == list(range(21))
    assert [pct for pct in range(101) if battery_is_low(pct, was_low=True)] == list(range(25))


ages = st.none() | st.floats(0, 200)
districts = st.sampled_from(["11350", "11680", "11110"])
gateway_ids = st.none() | st.sampled_from([f"gw-{number}" for number in range(8)])
registries = st.lists(
    st.builds(
        lambda heard, district, interval, through, since: (heard, district, interval, through, since),
        ages,
        districts,
        st.none() | st.just(60) | st.just(60),
        gateway_ids,
        st.floats(0, 200),
    ),
    max_size=40,
).map(
    lambda rows: [
        button(
            number,
            heard=heard,
            district=district,
            silent_after_s=interval,
            gateway_id=through,
            supervised_from=ago(since),
        )
        for number, (heard, district, interval, through, since) in enumerate(rows)
    ]
)
fleets = st.lists(
    st.builds(gateway, gateway_ids.filter(bool), heard=ages, offline=st.booleans()),
    max_size=8,
    unique_by=lambda each: each.id,
)
open_regions = st.frozensets(st.sampled_from([ALL, "11350", "11680", "11110"]))


@given(buttons=registries, gateways=fleets, regions=open_regions)
def test_every_silent_button_is_in_exactly_one_fault_and_no_other_button_has_one(
    buttons: list[Button], gateways: list[Gateway], regions: frozenset[str]
) -> None:
    found = look(buttons, gateways, regions)
    by_id = {each.id: each for each in gateways}
    for each in buttons:
        state = each.state(by_id.get(each.gateway_id or ""), NOW)
        of_region = {ALL, each.district_code} & found.region_silent.keys()
        if state == "silent":
            assert len(of_region) + (each.id in found.button_silent) == 1
        else:
            assert each.id not in found.button_silent
        if state == "unknown":
            assert of_region or each.gateway_id in found.gateway_away


@given(buttons=registries, gateways=fleets, regions=open_regions)
def test_a_gateway_that_is_away_has_its_fault_unless_a_region_tells_of_all_its_buttons(
    buttons: list[Button], gateways: list[Gateway], regions: frozenset[str]
) -> None:
    found = look(buttons, gateways, regions)
    for each in gateways:
        behind = {b.district_code for b in buttons if b.gateway_id == each.id and b.state(each, NOW) == "unknown"}
        covered = bool(behind) and (ALL in found.region_silent or behind <= found.region_silent.keys())
        assert (each.id in found.gateway_away) == (each.away_since(NOW) is not None and not covered)


@given(buttons=registries, gateways=fleets, regions=open_regions)
def test_a_region_is_a_fault_only_where_many_fail(
    buttons: list[Button], gateways: list[Gateway], regions: frozenset[str]
) -> None:
    found = look(buttons, gateways, regions)
    by_id = {each.id: each for each in gateways}
    assert ALL not in found.region_silent or len(found.region_silent) == 1
    for code in found.region_silent:
        there = [each for each in buttons if code in {ALL, each.district_code}]
        states = [(each, each.state(by_id.get(each.gateway_id or ""), NOW)) for each in there]
        silent = sum(state == "silent" for _, state in states)
        away = {each.gateway_id for each, state in states if state == "unknown"}
        assert silent + len(away) >= 5
        assert code in regions or 2 * (silent + sum(state == "unknown" for _, state in states)) >= sum(
            each.silent_after_s is not None for each in there
        )


@given(buttons=registries, gateways=fleets)
def test_whoever_is_heard_may_be_left_out(buttons: list[Button], gateways: list[Gateway]) -> None:
    """The database finds the candidates; what it leaves out must change nothing."""
    by_id = {each.id: each for each in gateways}
    supervised = Counter(each.district_code for each in buttons if each.silent_after_s)
    lost = [each for each in buttons if each.state(by_id.get(each.gateway_id or ""), NOW) != "ok"]
    away = [each for each in gateways if each.away_since(NOW)]
    assert judge(lost, away, supervised, frozenset(), NOW) == look(buttons, gateways)


@given(buttons=registries, gateways=fleets, regions=open_regions)
def test_all_well_is_no_fault(buttons: list[Button], gateways: list[Gateway], regions: frozenset[str]) -> None:
    by_id = {each.id: each for each in gateways}
    well = [each for each in buttons if each.state(by_id.get(each.gateway_id or ""), NOW) == "ok"]
    assert look(well, [each for each in gateways if not each.away_since(NOW)], regions) == Findings()

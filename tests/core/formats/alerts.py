"""Alerts for tests: one that is plain, and whatever there might be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from hypothesis import strategies as st

from alarmd.core.alarm import Alarm, AlarmKind, AlarmState, Disposition
from alarmd.core.alert import Alert, AlertType, Links, step
from alarmd.core.route import EscalationReason

LINKS = Links("https://alarmd.example", "https://map.example/{lat},{lon}?{name}")
OPENED = datetime(2026, 11, 23, 13, 14, 3, 409112, tzinfo=UTC)
STORE: dict[str, Any] = {
    "id": "01935000-1111-7222-8333-444455556666",
    "code": "S-000001",
    "name": "CU 노원상계점",
    "chain": "CU",
    "phone": "+8227160302",
    "road_address": "서울특별시 노원구 동일로238길 26, 1층",
    "jibun_address": "서울특별시 노원구 상계동 1125-5",
    "postal_code": "01678",
    "district": "노원구",
    "district_code": "11350",
    "police_station": "노원경찰서",
    "entrance_note": "뒷문은 주차장 쪽",
    "location": {"lat": 37.65506998, "lon": 127.0599384},
}
ALARM = Alarm(
    id=UUID("0193592f-6b1e-7c62-9d0e-1c6a2b7f3e55"),
    reference="A-20261123-000042",
    kind="panic",
    state="open",
    button_id="sim-0001",
    button_label="계산대 아래",
    store=STORE,
    opened_at=OPENED,
    received_at=OPENED,
    last_pressed_at=OPENED,
    press_count=1,
)
FIRST = Alert(UUID("0193592f-6b1f-7d0a-8c11-5f0e9b2a7711"), "alarm.opened", OPENED, ALARM)


def following(type_: AlertType, **alarm: Any) -> Alert:
    """A later alert of the same alarm, to an endpoint that had the first."""
    later = OPENED + timedelta(seconds=30)
    said = step(by="김경위", at=later, reference="112-4711", reason=None, disposition=alarm.get("disposition"))
    return Alert(UUID(int=7), type_, later, replace(ALARM, **alarm), step=said, first=(FIRST.id, FIRST.created_at))


_texts = st.text(max_size=40)
_maybe = st.none() | _texts
_moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_stores = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "code": _texts,
        "name": _texts,
        "chain": _maybe,
        "phone": st.none() | st.from_regex(r"\A\+?[0-9]{3,15}\Z"),
        "road_address": _maybe,
        "jibun_address": _maybe,
        "postal_code": _maybe,
        "district": _texts,
        "district_code": _texts,
        "police_station": _maybe,
        "entrance_note": _maybe,
        "location": st.fixed_dictionaries({"lat": st.floats(32, 39.5), "lon": st.floats(123.5, 132.5)}),
    }
)
_alarms = st.builds(
    Alarm,
    id=st.uuids(),
    reference=st.from_regex(r"\AA-[0-9]{8}-[0-9]{6,9}\Z"),
    kind=st.sampled_from(get_args(AlarmKind)),
    state=st.sampled_from(get_args(AlarmState)),
    button_id=_texts,
    button_label=_texts,
    store=st.none() | _stores,
    opened_at=_moments,
    received_at=_moments,
    last_pressed_at=_moments,
    press_count=st.integers(1, 10**9),
    late_by_s=st.none() | st.floats(0.001, 1e12),
)
_steps = st.builds(
    lambda by, at, reference, reason, disposition: step(
        by=by, at=at, reference=reference, reason=reason, disposition=disposition
    ),
    _texts,
    _moments,
    _maybe,
    _maybe,
    st.none() | st.sampled_from(get_args(Disposition)),
)
anything = st.builds(
    Alert,
    id=st.uuids(),
    type=st.sampled_from(get_args(AlertType)),
    created_at=_moments,
    alarm=_alarms,
    reason=st.none() | st.sampled_from(get_args(EscalationReason)),
    step=st.none() | _steps,
    first=st.none() | st.tuples(st.uuids(), _moments),
)
"""Whatever an alert may say: control characters and all else that somebody may have typed."""

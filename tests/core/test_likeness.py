"""Renames and moves: each row is likely one store at most, and each store one row's."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.likeness import Registered, find_likenesses
from alarmd.core.row import Line
from alarmd.core.store import StoreEntry, is_only_chain

ENTRIES = st.builds(
    StoreEntry,
    name=st.sampled_from(["CU", "CU 가", "GS25 가", "CU 나"]),
    district=st.just("노원구"),
    district_code=st.sampled_from(["11350", "11620"]),
    lat=st.sampled_from([37.65, 37.651, 37.7]),
    lon=st.just(127.06),
    road_address=st.sampled_from(["동일로 1", "동일로1", "동일로 2, 1층", "노해로 3"]),
    phone=st.sampled_from([None, "+8229349102", "+8229349103"]),
)


@given(st.lists(ENTRIES, max_size=6), st.lists(ENTRIES, max_size=6))
def test_each_row_is_one_store_at_most_and_each_store_one_rows(
    rows: list[StoreEntry], stores: list[StoreEntry]
) -> None:
    lines = [Line(number, store) for number, store in enumerate(rows, 2)]
    registered = [Registered(UUID(int=number), f"S-{number}", store) for number, store in enumerate(stores)]
    found = find_likenesses(lines, registered)
    assert len({likeness.line.line for likeness in found}) == len(found)
    assert len({likeness.registered.id for likeness in found}) == len(found)
    for likeness in found:
        before, after = likeness.registered.store, likeness.line.store
        shared_name = before.name == after.name and not is_only_chain(after.name)
        shared_phone = before.phone is not None and before.phone == after.phone
        assert shared_name or shared_phone or "the same address" in likeness.reason


@pytest.mark.parametrize(
    ("name", "only"),
    [("CU", True), ("씨유", True), ("(주)CU", True), ("세븐 일레븐", True), ("CU 상계", False), ("", False)],
)
def test_a_name_may_say_no_more_than_its_chain(name: str, only: bool) -> None:  # noqa: FBT001
    assert is_only_chain(name) is only

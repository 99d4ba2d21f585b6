"""Telephone numbers and chains, as people write them."""

import pytest

from alarmd.core.phone import normalise, shown
from alarmd.core.store import chain_of


@pytest.mark.parametrize(
    ("written", "kept", "read"),
    [
        ("02-716-0302", "+8227160302", "02-716-0302"),
        ("02) 716 0302", "+8227160302", "02-716-0302"),
        ("+82 2 716 0302", "+8227160302", "02-716-0302"),
        ("1577-0711", "+8215770711", "1577-0711"),
        ("15770711", "+8215770711", "1577-0711"),
        ("080-855-5525", "+82808555525", "080-855-5525"),
        ("070-8844-0864", "+827088440864", "070-8844-0864"),
        ("010-1234-5678", "+821012345678", "010-1234-5678"),
        ("0507-1234-5678", "+8250712345678", "0507-1234-5678"),
        ("112", "112", "112"),
        ("1-1-9", "119", "119"),
    ],
)
def test_a_number_is_kept_in_one_form_and_shown_as_koreans_write_it(written: str, kept: str, read: str) -> None:
    assert (normalise(written), shown(kept)) == (kept, read)
    assert normalise(kept) == normalise(read) == kept


@pytest.mark.parametrize("written", ["02-000-0000", "000-0000-0000", "", "1", "없음", "112호", "02-716"])
def test_a_number_that_cannot_exist_is_none(written: str) -> None:
    assert normalise(written) is None


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("CU노원상계중앙", "CU"),
        ("cu  상도삼성점", "CU"),
        ("씨유청학비류점", "CU"),
        ("(주)CU", "CU"),
        ("gs25 동작역점", "GS25"),
        ("GS 25", "GS25"),
        ("세븐일래븐 한양프라자점", "세븐일레븐"),
        ("세븐일레븐 세븐일레븐 사당", "세븐일레븐"),
        ("7-Eleven 역삼", "세븐일레븐"),
        ("emart24 신촌빌리지점", "이마트24"),
        ("E마트24 상도", "이마트24"),
        ("이마트 24", "이마트24"),
        ("미니스톱", "미니스톱"),
        ("C-Space 흑석", "씨스페이스"),
        ("Culture Land", None),
        ("이마트 상도점", None),
        ("우리동네슈퍼", None),
        ("", None),
    ],
)
def test_a_name_tells_its_chain(name: str, chain: str | None) -> None:
    assert chain_of(name) == chain

"""Whatever part of a store somebody looks for, in whatever writing: what the database keeps of it is found by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core.search import read_search

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
LETTERS = st.one_of(SYLLABLES, st.sampled_from("CUGScu257- .,%_\\('한글"))
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def initial(char: str) -> str:
    return INITIALS[(ord(char) - 0xAC00) // 588] if "가" <= char <= "힣" else char


@pytest.mark.parametrize(
    ("written", "like", "regex"),
    [
        ("CU 새 가게", ("%cu%", "%새%", "%가게%"), ()),
        ("동일로(1417)", ("%동일로1417%",), ()),
        ("동일로 14 17-1 상계", ("%동일로1417-1%", "%상계%"), ()),
        ("CU 7호점", ("%cu%", "%7호점%"), ()),
        ("ㅅㅇ", ("%ㅅㅇ%",), ()),
        ("ㅄ", ("%ㅂㅅ%",), ()),
        ("ㅅ븐", ("%ㅅㅂ%",), ("[사-싷]븐",)),
        ("CUㄴ", ("%cuㄴ%",), ()),
        ("100%_\\", ("%100\\%\\_\\\\%",), ()),
        (".,()", (), ()),
    ],
)
def test_words_and_consonants_become_patterns(written: str, like: tuple[str, ...], regex: tuple[str, ...]) -> None:
    found = read_search(written)
    assert (found.like, found.regex) == (like, regex)


@pytest.mark.parametrize("written", ["02-716-0302", "+82 2 716 0302", "+82-2-716-0302", "027160302", "(02) 716.0302"])
def test_a_telephone_number_is_the_same_in_any_writing(written: str) -> None:
    assert read_search(written).phone == "%\n#%027160302%"


@pytest.mark.parametrize("written", ["7", "cu 02", "동일로 1417", ""])
def test_what_is_no_telephone_number_is_looked_for_as_words_alone(written: str) -> None:
    assert read_search(written).phone is None


@given(st.text(LETTERS, max_size=30))
def test_anything_may_be_looked_for_and_is_looked_up_by_its_pairs(written: str) -> None:
    found = read_search(written)
    plain = [pattern[1:-1].replace("\\", "") for pattern in found.like]
    assert all(len(pair) == 2 for pair in found.pairs)
    assert all(any(pair in word or "\\" in pair for word in plain) for pair in found.pairs)


@given(st.text(SYLLABLES, min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_syllables_and_their_initials_may_be_mixed(name: str, typed: list[bool]) -> None:
    import re

    written = "".join(initial(char) if only else char for char, only in zip(name, typed, strict=False))
    found = read_search(written)
    kept = f"{name}\n{''.join(map(initial, name))}"
    assert all(pattern[1:-1] in kept for pattern in found.like)
    assert all(re.search(pattern, name) for pattern in found.regex)

"""What somebody looks for among the stores: words, initial consonants, telephone numbers."""

import re
from dataclasses import dataclass
from typing import Final

from alarmd.core.store import tidy

_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# Two consonants that were typed one after the other, and that the keyboard made one character.
_CLUSTERS: Final = str.maketrans(
    {
        "ㄳ": "ㄱㅅ",
        "ㄵ": "ㄴㅈ",
        "ㄶ": "ㄴㅎ",
        "ㄺ": "ㄹㄱ",
        "ㄻ": "ㄹㅁ",
        "ㄼ": "ㄹㅂ",
        "ㄽ": "ㄹㅅ",
        "ㄾ": "ㄹㅌ",
        "ㄿ": "ㄹㅍ",
        "ㅀ": "ㄹㅎ",
        "ㅄ": "ㅂㅅ",
    }
)
_FIRST, _LAST, _OF_AN_INITIAL = 0xAC00, 0xD7A3, 588  # the syllables of Unicode, and how many begin alike
_IGNORED: Final = re.compile(r"[\s,.()·]+")
_NUMBER: Final = re.compile(r" (?=[0-9][0-9-]*(?: |$))")
_PHONE: Final = re.compile(r"[0-9\s().+-]{3,}")
_ABROAD: Final = re.compile(r"\+\s*82[\s().-]*0?")


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; every pattern of `like` and `regex` must be found.

    Attributes:
        like: LIKE patterns on what a store is found by; consonants stand in it as in the initials of its name.
        regex: regular expressions on its name, where consonants stand beside syllables.
        pairs: what all stores in question have of each two letters that stand together; none: there is no such pair.
        phone: a LIKE pattern on the telephone number alone, if this may be one, and `phone_pairs` its pairs.
    """

    like: tuple[str, ...]
    regex: tuple[str, ...]
    pairs: tuple[str, ...]
    phone: str | None
    phone_pairs: tuple[str, ...]


def read_search(written: str) -> Search:
    """What somebody means by `written`. Words may stand in any order, spaces do not count, nor does upper case.

    A number belongs to the word before it: 동일로 7 is an address, and not any 동일로 with any 7.
    """
    words = [word for word in map(_folded, _NUMBER.sub("", tidy(written)).split(" ")) if word]
    sought = [_in_initials(word) if _has_initials(word) else word for word in words]
    regex = [_regex(word) for word in words if _has_initials(word) and _has_syllables(word)]
    digits = _digits(written)
    return Search(
        like=tuple(f"%{_escaped(word)}%" for word in sought),
        regex=tuple(regex),
        pairs=tuple(sorted({pair for word in sought for pair in _pairs(word)})),
        phone=f"%\n#%{digits}%" if digits else None,
        phone_pairs=tuple(sorted(_pairs(digits))),
    )


def _folded(word: str) -> str:
    """As `search_folded` of the database, with consonants apart."""
    lowered = "".join(char.lower() if char.isascii() else char for char in word.translate(_CLUSTERS))
    return _IGNORED.sub("", lowered)


def _has_initials(word: str) -> bool:
    return any(char in _INITIALS for char in word)


def _has_syllables(word: str) -> bool:
    return any(_FIRST <= ord(char) <= _LAST for char in word)


def _in_initials(word: str) -> str:
    return "".join(
        _INITIALS[(ord(char) - _FIRST) // _OF_AN_INITIAL] if _FIRST <= ord(char) <= _LAST else char for char in word
    )


def _regex(word: str) -> str:
    """A consonant stands for the syllables that begin with it, anything else for itself."""
    return "".join(_syllables(char) if char in _INITIALS else re.escape(char) for char in word)


def _syllables(initial: str) -> str:
    first = _FIRST + _INITIALS.index(initial) * _OF_AN_INITIAL
    return f"[{chr(first)}-{chr(first + _OF_AN_INITIAL - 1)}]"


def _digits(written: str) -> str:
    """The digits of a telephone number, as dialled in Korea; none if this is not part of one."""
    return re.sub(r"[^0-9]", "", _ABROAD.sub("0", written)) if _PHONE.fullmatch(written.strip()) else ""


def _pairs(word: str) -> set[str]:
    return {word[place : place + 2] for place in range(len(word) - 1)}


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)

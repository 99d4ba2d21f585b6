"""Korean or English: which one a reader gets, and the words of each."""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Final

LANGUAGES: Final = ("ko", "en")
COOKIE: Final = "alarmd_language"


def choose(cookie: str | None, accept_language: str) -> str:
    """The language that a reader chose, or else the one that the browser prefers (RFC 9110, 12.5.4), or else Korean."""
    if cookie in LANGUAGES:
        return cookie
    wanted = sorted(map(_weighed, accept_language.split(",")), key=lambda one: -one[1])
    spoken = [language for language, weight in wanted if weight > 0 and language in LANGUAGES]
    return spoken[0] if spoken else LANGUAGES[0]


def load_words() -> Mapping[str, Mapping[str, str]]:
    """The words of each language, by key; pages and scripts use the same."""
    found = resources.files("alarmd.console") / "static" / "words"
    return {name: json.loads((found / f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


def translator(words: Mapping[str, str]) -> Callable[[str], str]:
    """Looks words up; one that is missing is a defect, and raises KeyError."""
    return words.__getitem__


def _weighed(entry: str) -> tuple[str, float]:
    """A language without its region, and its weight; 0 for what makes no sense."""
    tag, _, weight = entry.partition(";")
    try:
        return tag.strip().lower().partition("-")[0], float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return "", 0.0

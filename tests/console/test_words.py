"""The console's words: the same keys in both languages, and none missing where a page asks for one."""

import re
from importlib import resources
from pathlib import Path

import pytest

from alarmd.console.language import load_words
from alarmd.console.places import PLACES

CONSOLE = Path(str(resources.files("alarmd.console")))
SOURCES = [*CONSOLE.glob("static/*.js"), *CONSOLE.glob("templates/*.html")]


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    korean, english = load_words()["ko"], load_words()["en"]
    assert korean.keys() == english.keys()
    for key, text in korean.items():
        assert text.strip(), key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_word_that_a_page_asks_for_is_there(source: Path) -> None:
    words = load_words()["ko"]
    asked = re.findall(r"\bt\(\s*[\"']([\w.]+)[\"']\s*[,)]", source.read_text(encoding="utf-8"))
    assert [key for key in asked if key not in words] == []


def test_no_word_is_there_for_nothing() -> None:
    text = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    text += "\n".join(source.read_text(encoding="utf-8") for source in CONSOLE.glob("*.py"))
    families = {"page", "role", "theme", "kind", "state", "part", "fault", "what", "detail", "reason", "alert", "step"}
    families |= {"disposition", "owed", "store", "status", "supervision", "audience", "import", "endpoint", "delivery"}
    families |= {"why", "profile", "mapping", "format", "odd", "source", "journey"}
    unused = [
        key
        for key in load_words()["ko"]
        if key.partition(".")[0] not in families and f'"{key}"' not in text and f"'{key}'" not in text
    ]
    assert unused == []


def test_every_page_has_a_title_and_a_script() -> None:
    for place in PLACES:
        assert f"page.{place.name}" in load_words()["en"]
        assert (CONSOLE / "static" / f"{place.name}.js").is_file()


def test_no_script_makes_elements_of_text() -> None:
    for source in CONSOLE.glob("static/*.js"):
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), source.name


def test_what_the_api_finds_wrong_has_words_and_no_words_are_left_over() -> None:
    named = re.findall(r', "([a-z.]+)"\],\n', (CONSOLE / "static" / "reasons.js").read_text(encoding="utf-8"))
    assert {f"why.{name}" for name in named} == {key for key in load_words()["ko"] if key.startswith("why.")}

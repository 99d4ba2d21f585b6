"""The papers: schemas are fresh, examples are valid, and nothing names a registry's host."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from alarmd.contract import documents

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEMAS = {"press", "heartbeat", "receipt", "alert"}


def examples() -> list[tuple[str, str]]:
    return re.findall(r"^```json (\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_checked_in_document_is_what_the_code_says(name: str) -> None:
    found = (ROOT / "schemas" / name).read_text(encoding="utf-8")
    assert found == documents()[name], "run make schemas"


def test_the_readme_shows_each_payload() -> None:
    assert {kind for kind, _ in examples()} == SCHEMAS


@pytest.mark.parametrize(("kind", "text"), examples())
def test_each_example_of_the_readme_is_as_its_schema_says(kind: str, text: str) -> None:
    schema = json.loads((ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(json.loads(text))


def test_the_asyncapi_document_refers_to_schemas_that_are_there() -> None:
    document = yaml.safe_load((ROOT / "schemas" / "asyncapi.yaml").read_text(encoding="utf-8"))
    named = {
        message["payload"]["$ref"]
        for channel in document["channels"].values()
        for message in channel["messages"].values()
        if "$ref" in message["payload"]
    }
    assert named == {"press.schema.json", "heartbeat.schema.json", "receipt.schema.json"}
    assert all((ROOT / "schemas" / name).exists() for name in named)


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "requirements-client.lock"]
)
def test_a_lock_file_has_hashes_and_no_hosts(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][\w.\[\]-]*==", text, re.MULTILINE)
    assert len(pinned) > 20
    assert text.count("--hash=sha256:") >= len(pinned)


@pytest.mark.parametrize("place", ["benchmarks/peers/node-red", "alarmd/console"])
def test_a_lock_file_of_npm_has_hashes_and_no_hosts(place: str) -> None:
    text = (ROOT / place / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in text
    assert len(packages) > 1
    # What is in another's bundle is under that one's hash.
    assert all("integrity" in package or package.get("inBundle") for name, package in packages.items() if name)


def test_every_setting_stands_in_the_readme() -> None:
    from alarmd.settings import Settings

    for name in Settings.model_fields:
        assert f"`ALARMD_{name.upper()}`" in README


def test_every_dependency_stands_in_the_readme() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["dependency-groups"]["client"],
    ]
    for requirement in wanted:
        name = re.split(r"[\[=<>]", requirement)[0]
        assert name in README, name

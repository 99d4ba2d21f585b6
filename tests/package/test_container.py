"""The steps of the Dockerfile, done in a clean virtual environment, since no engine is needed for what they do."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def dockerfile() -> list[str]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual environment that the build stage makes, from what its COPY lines bring in and nothing else."""
    base = tmp_path_factory.mktemp("image")
    source, target = base / "src", base / "opt"
    source.mkdir()
    stage = dockerfile()[: [line.startswith("FROM") for line in dockerfile()].index(True, 1)]
    for line in stage:
        verb, _, rest = line.partition(" ")
        if verb == "COPY":
            *found, place = rest.split()
            for name in found:
                copy(ROOT / name, source / place if place != "./" else source / name)
        elif verb == "RUN":
            command = rest.replace("/opt/alarmd", str(target)).replace("python -m venv", f"{sys.executable} -m venv")
            subprocess.run(shlex.split(command), cwd=source, check=True, capture_output=True)
    return target


def copy(found: Path, place: Path) -> None:
    if found.is_dir():
        shutil.copytree(found, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(found, place)


@pytest.mark.timeout(600)
def test_what_is_installed_runs_without_the_sources(image: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [image / "bin" / "alarmd", "--help"], cwd=tmp_path, check=True, capture_output=True, text=True, env={}
    )
    assert "demo" in said.stdout


@pytest.mark.timeout(600)
async def test_the_demo_of_an_installed_alarmd_loses_nothing(image: Path, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": os.defpath}
    process = await asyncio.create_subprocess_exec(
        *(str(image / "bin" / "alarmd"), "demo", "--presses", "20", "--port", "0"),
        cwd=tmp_path,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert "sent 20, recorded 20, delivered 20, lost 0, duplicated 0" in out.decode(), out.decode()
    assert process.returncode == 0
    assert (tmp_path / ".local" / "state" / "alarmd" / "demo").is_dir()


def test_the_image_runs_as_an_ordinary_user_and_asks_readyz() -> None:
    text = "\n".join(dockerfile())
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    check = next(line for line in dockerfile() if line.startswith("HEALTHCHECK"))
    assert "/readyz" in check


def test_the_dockerfile_has_no_lint() -> None:
    said = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (0, "")

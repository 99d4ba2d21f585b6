"""The two days of `docs/operating.md`, walked through as they are written."""

import asyncio
import os
import re
import shutil
from pathlib import Path

from alarmd.db import keys
from alarmd.db.pool import Pool
from tests.service import Service

ROOT = Path(__file__).parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
MARK = "---- the next block ----"


def steps() -> list[tuple[str, str]]:
    """Each block of commands, with what it prints."""
    found = re.findall(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", OPERATING, re.MULTILINE | re.DOTALL)
    assert len(found) == OPERATING.count("```sh\n")
    assert sum(bool(printed) for _, printed in found) == OPERATING.count("```text\n")
    return found


async def test_both_days_go_as_they_are_written(service: Service, pool: Pool, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "women_safehouse_sample_2026.csv", tmp_path / "stores.csv")
    environment = os.environ | {"URL": service.url, "no_proxy": "*", "LC_ALL": "C.UTF-8"}
    async with pool.acquire() as connection:
        for role in ("operator", "police", "admin"):
            _, environment[role.upper()] = await keys.create(connection, name=role, role=role)
    # Whatever step fails, the stream that is followed ends with it.
    begin = "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    script = begin + "".join(f"{commands}echo '{MARK}'\n" for commands, _ in steps())
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script),
        cwd=tmp_path,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    printed = out.decode().split(f"{MARK}\n")
    for (commands, expected), said in zip(steps(), printed, strict=False):
        assert said == expected, f"{commands}\n{errors.decode()}"
    assert process.returncode == 0, errors.decode()
    assert len(printed) == len(steps()) + 1

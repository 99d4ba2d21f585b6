"""The README's commands, run as they are written."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path

from simulators.police import Police
from tests.service import ADMIN_KEY, Service

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found
    return found.group(1)


async def test_the_http_examples_do_what_they_say(service: Service, police: Police, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "women_safehouse_sample_2026.csv", tmp_path / "stores.csv")
    environment = os.environ | {"URL": service.url, "KEY": ADMIN_KEY, "no_proxy": "*"}
    answers = []
    for command in block("sh").splitlines():
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", command), cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        assert process.returncode == (28 if "-m 2" in command else 0), command
        answers.append(out.decode())
    ready, stores, button, press, alarms, report, sightings, bought, faults, events = answers
    assert json.loads(ready)["ready"] is True
    assert [store["district"] for store in json.loads(stores)["items"]] == ["노원구", "노원구"]
    assert json.loads(button)["id"] == "my-button"
    assert json.loads(press)["state"] == "recorded"
    assert json.loads(alarms)["items"][0]["button"]["id"] == "my-button"
    assert json.loads(report)["new"] == 40
    assert json.loads(sightings)["items"] == []
    assert json.loads(bought)["profile"] == {"long": "panic", "*": "nothing"}
    assert json.loads(faults)["items"] == []
    assert events == "" or events.startswith((":", "event:", "id:", "retry:"))


def test_the_signature_example_verifies_a_real_alert(police: Police, secret: str) -> None:
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    body = '{"hello": "police"}'
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("1", now, body),
    }
    names: dict[str, object] = {"secret": secret, "body": body, "headers": headers}
    exec(compile(block("python"), "README.md", "exec"), names)
    assert names["alert"] == {"hello": "police"}


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert f"\n{command}:" in makefile
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_picture_is_there_is_light_and_says_what_it_shows() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert [path for _, path in pictures] == [f"docs/images/{name}.png" for name in ("board", "alarm", "import")]
    for text, path in pictures:
        assert len(text) > 40, path
        assert len((ROOT / path).read_bytes()) < 300_000, path

"""What docs/receiving.md tells the police's IT: its programs, commands and examples, as they stand."""

import asyncio
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from lxml import etree

from alarmd.core import formats
from alarmd.core.acknowledgement import Acknowledged, Refused, read_answer
from alarmd.core.alert import AlertType
from alarmd.core.delivery import RETRY_AFTER_S, RETRY_EVERY_S
from alarmd.db import keys
from alarmd.db.pool import Pool
from tests.core.formats.alerts import FIRST, LINKS
from tests.receiver import Receiver
from tests.service import ADMIN_KEY, Service, until
from tests.waiting import eventually

DOCUMENT = (Path(__file__).parents[2] / "docs" / "receiving.md").read_text(encoding="utf-8")


def block(label: str) -> str:
    (found,) = re.findall(rf"^```{label}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client


async def shell(label: str, directory: Path, **environment: str) -> tuple[int | None, str]:
    """Run a command of the document; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", block(label)),
        cwd=directory,
        env=os.environ | {"no_proxy": "*"} | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@asynccontextmanager
async def documented_receiver(directory: Path, secret: str, port: int) -> AsyncIterator[list[str]]:
    """The document's receiver, running; gives the lines that it prints."""
    program = directory / "receiver.py"
    program.write_text(block("python receiver"), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program)),
        env=os.environ | {"SECRET": secret, "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    lines: list[str] = []

    async def read() -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            lines.append(line.decode())

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(20):
            while not await _listens(port):
                await asyncio.sleep(0.05)
        yield lines
    finally:
        process.kill()
        await process.wait()
        await reading


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def free_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def endpoint(admin: httpx.AsyncClient, url: str, **members: Any) -> dict[str, Any]:
    answer = await admin.post("/v1/endpoints", json={"name": "ours", "url": url, "districts": ["11350"], **members})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def press(admin: httpx.AsyncClient, button_id: str) -> str:
    answer = await admin.post("/v1/presses", json={"button_id": button_id})
    return str(answer.json()["alarm_id"])


async def test_the_receiver_takes_real_alerts_and_acknowledges_them(
    admin: httpx.AsyncClient, pool: Pool, tmp_path: Path
) -> None:
    port = await free_port()
    made = await endpoint(admin, f"http://127.0.0.1:{port}/")
    async with documented_receiver(tmp_path, made["secret"], port) as lines:
        report = (await admin.post(f"/v1/endpoints/{made['id']}/test")).json()
        assert (report["delivered"], report["understood"]) == (True, "acknowledged")
        alarm_id = await press(admin, "button-1")
        await until(pool, "EXISTS (SELECT 1 FROM alarms WHERE state = 'acknowledged' AND acknowledged_ref = '112-2')")
        delivery = (await admin.get("/v1/deliveries", params={"alarm_id": alarm_id})).json()["items"][0]
        line = await eventually(lambda: next((line for line in lines if delivery["alert_id"] in line), None))
        assert line.split()[1:] == ["112-2", "open", "서울특별시", "노원구", "동일로", "1"]


async def test_the_receiver_refuses_what_is_not_signed_and_takes_what_the_shell_signs(
    secret: str, tmp_path: Path
) -> None:
    port = await free_port()
    async with documented_receiver(tmp_path, secret, port) as lines:
        where = f"http://127.0.0.1:{port}/"
        other = "whsec_" + b64encode(b"another secret of that length").decode()
        _, refused = await shell("sh send", tmp_path, SECRET=other, RECEIVER=where)
        assert "401" in refused
        code, answer = await shell("sh send", tmp_path, SECRET=secret, RECEIVER=where)
        assert (code, read_answer(answer.encode())) == (0, Acknowledged(by=None, reference="112-1"))
        await eventually(lambda: next((line for line in lines if line.startswith("try-1 112-1 open")), None))
        assert len(lines) == 1


@pytest.mark.parametrize("format_", ["cloudevents", "cap", "eido"])
async def test_the_shell_tells_a_real_signature_from_a_wrong_one_in_every_format(
    admin: httpx.AsyncClient, tmp_path: Path, format_: str
) -> None:
    receiver = Receiver()
    await receiver.start()
    made = await endpoint(admin, receiver.url, format=format_)
    receiver.secret = made["secret"]
    await press(admin, "button-1")
    received = await receiver.gets(lambda received: received.valid)
    (tmp_path / "body").write_bytes(received.body)
    asked = {
        "ID": received.id,
        "TIMESTAMP": received.headers["webhook-timestamp"],
        "SIGNATURE": received.headers["webhook-signature"],
        "SECRET": made["secret"],
    }
    assert await shell("sh check", tmp_path, **asked) == (0, "signed with this secret\n")
    assert await shell("sh check", tmp_path, **(asked | {"ID": "x"})) == (1, "NOT signed with this secret\n")
    (tmp_path / "body").write_bytes(received.body + b" ")
    assert (await shell("sh check", tmp_path, **asked))[0] == 1
    await receiver.stop()


async def test_an_alarm_is_acknowledged_with_the_documents_call(
    admin: httpx.AsyncClient, service: Service, pool: Pool, tmp_path: Path
) -> None:
    alarm_id = await press(admin, "button-1")
    async with pool.acquire() as connection:
        _, key = await keys.create(connection, name="desk", role="police", endpoint_id=None)
    where = f"{service.url}/v1/alarms/{alarm_id}/acknowledge"
    code, answer = await shell("sh acknowledge", tmp_path, KEY=key, ACKNOWLEDGE=where)
    assert code == 0
    assert json.loads(answer)["acknowledged"]["by"] == "김경위"
    await admin.post(f"/v1/alarms/{alarm_id}/reopen", json={"reason": "x"})
    await admin.post(f"/v1/alarms/{alarm_id}/acknowledge", json={"by": "이경위"})
    _, answer = await shell("sh acknowledge", tmp_path, KEY=key, ACKNOWLEDGE=where)
    assert json.loads(answer)["status"] == 409
    assert "이경위" in json.loads(answer)["detail"]


def test_the_answers_mean_what_the_document_says() -> None:
    assert read_answer(block("json acknowledged").encode()) == Acknowledged("노원경찰서 상황실", "112-4711")
    assert read_answer(block("json rejected").encode()) == Refused("관할 아님")


def test_the_schedule_is_the_one_that_is_kept() -> None:
    *first, last = [f"{wait:g}" for wait in RETRY_AFTER_S]
    text = " ".join(DOCUMENT.split())
    assert f"tried again after {', '.join(first)} and {last} s, then every {RETRY_EVERY_S:g} s" in text


def test_every_type_of_alert_stands_in_the_document() -> None:
    assert set(re.findall(r"^\| `(alarm\.\w+)`", DOCUMENT, re.MULTILINE)) == set(get_args(AlertType))


def canonical(document: str | bytes) -> str:
    """XML without the white space that only lays it out."""
    parser = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(document.encode() if isinstance(document, str) else document, parser)
    return str(etree.tostring(root, method="c14n").decode())


def test_the_examples_are_what_is_sent() -> None:
    assert canonical(block("xml cap")) == canonical(formats.write(FIRST, LINKS, "cap")[1])
    eido = json.loads(formats.write(FIRST, LINKS, "eido")[1])
    assert json.loads(block("json eido")) == eido
    assert canonical(block("xml pidf_lo")) == canonical(eido["locationComponent"][0]["locationByValue"])

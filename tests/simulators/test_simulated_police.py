"""The police station, over real sockets."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from simulators.police import Behaviour, Police

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + "b2xkIHNlY3JldCBvZiB0aGUgc3RhdGlvbg=="


def alert(number: int = 1, kind: str = "opened", acknowledge: str = "http://127.0.0.1:1/none") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"msg_{kind}_{number}",
        "type": f"alarmd.alarm.{kind}.v1",
        "data": {
            "alarm": {"id": f"alarm-{number}", "reference": f"A-{number}", "kind": "panic", "press_count": 1},
            "button": {"id": "sim-0001", "label": None},
            "store": {"id": "s1", "code": "11350-1", "name": "CU 노원점", "district": "노원구"},
            "links": {"acknowledge": acknowledge},
        },
    }


async def send(url: str, event: dict[str, Any], *, secret: str = SECRET, patience: float = 5) -> httpx.Response:
    body = json.dumps(event, ensure_ascii=False)
    now = datetime.now(UTC)
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event["id"], now, body),
    }
    async with httpx.AsyncClient(timeout=patience) as client:
        return await client.post(url, content=body.encode(), headers=headers)


@pytest.fixture
async def police() -> AsyncIterator[Police]:
    station = Police([OLD_SECRET, SECRET], key="police-key")
    yield station
    await station.stop()


async def test_a_validly_signed_alert_is_taken(police: Police) -> None:
    answer = await send(await police.start(), alert())
    assert (answer.status_code, answer.content) == (204, b"")
    taken = await police.expects("alarm.opened", store="CU 노원점")
    assert taken.facts()["district"] == "노원구"
    assert (taken.valid, taken.status, taken.alarm["id"]) == (True, 204, "alarm-1")


async def test_any_of_several_secrets_is_valid(police: Police) -> None:
    assert (await send(await police.start(), alert(), secret=OLD_SECRET)).status_code == 204


async def test_a_wrong_signature_is_answered_401_and_says_so(police: Police) -> None:
    answer = await send(await police.start(), alert(), secret="whsec_AAAA")
    assert answer.status_code == 401
    assert "signature does not verify" in answer.json()["error"]
    assert [each.valid for each in police.received] == [False]
    with pytest.raises(AssertionError, match=r"expected alarm.opened .* took 0 alerts in 1 requests"):
        await police.expects("alarm.opened", within=0.05)


@pytest.mark.parametrize("signature", ["", "v1", "v1,=", "v1,ÿ", "nonsense"])
async def test_an_odd_signature_is_answered_401(police: Police, signature: str) -> None:
    url = await police.start()
    now = str(int(datetime.now(UTC).timestamp()))
    headers = {"webhook-id": "m", "webhook-timestamp": now, "webhook-signature": signature}
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, content=b"\xff", headers=httpx.Headers(headers, encoding="latin-1"))
    assert answer.status_code == 401


async def test_an_alert_sent_twice_is_expected_once_and_received_twice(police: Police) -> None:
    url = await police.start()
    await send(url, alert())
    await send(url, alert())
    await police.expects("alarm.opened")
    with pytest.raises(AssertionError):
        await police.expects("alarm.opened", within=0.05)
    assert (len(police.received), len(await police.count(1))) == (2, 1)


async def test_a_failing_station_takes_the_alert_when_it_is_well_again(police: Police) -> None:
    police.behaviour = Behaviour(fail=503, misbehave_for=2)
    url = await police.start()
    assert [(await send(url, alert())).status_code for _ in range(3)] == [503, 503, 204]
    await police.expects("alarm.opened")


async def test_a_hung_station_remembers_what_it_never_answered(police: Police) -> None:
    police.behaviour = Behaviour(hang=True)
    with pytest.raises(httpx.ReadTimeout):
        await send(await police.start(), alert(), patience=0.2)
    assert [(each.type, each.status) for each in police.received] == [("alarm.opened", None)]


async def test_stopping_ends_hung_connections() -> None:
    arrived = asyncio.Event()
    police = Police([SECRET], behaviour=Behaviour(hang=True), on_received=lambda _: arrived.set())
    sending = asyncio.create_task(send(await police.start(), alert()))
    await arrived.wait()
    await police.stop()
    with pytest.raises(httpx.RemoteProtocolError):
        await sending


async def test_a_slow_body_starts_with_200_and_does_not_end(police: Police) -> None:
    police.behaviour = Behaviour(slow_body=True)
    with pytest.raises(httpx.ReadTimeout):
        await send(await police.start(), alert(), patience=0.2)
    assert [each.status for each in police.received] == [200]


async def test_a_redirect_names_its_target(police: Police) -> None:
    police.behaviour = Behaviour(redirect="http://elsewhere.example/")
    answer = await send(await police.start(), alert())
    assert (answer.status_code, answer.headers["location"]) == (307, "http://elsewhere.example/")


async def test_too_many_requests_come_with_retry_after(police: Police) -> None:
    police.behaviour = Behaviour(too_many=7)
    answer = await send(await police.start(), alert())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


async def test_a_rejection_gives_its_reason(police: Police) -> None:
    police.behaviour = Behaviour(reject="관할 아님")
    answer = await send(await police.start(), alert())
    assert (answer.status_code, answer.json()) == (200, {"rejected": True, "reason": "관할 아님"})


async def test_an_alarm_is_acknowledged_in_the_response_but_not_when_it_closes(police: Police) -> None:
    police.behaviour = Behaviour(acknowledge_in_response=True)
    url = await police.start()
    answer = (await send(url, alert())).json()
    assert (answer["acknowledged"], answer["reference"]) == (True, "112-A-1")
    assert (await send(url, alert(kind="closed"))).status_code == 204


async def test_an_alarm_is_acknowledged_by_one_call_with_the_key(police: Police) -> None:
    calls: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
    statuses = iter([b"503 Busy", b"200 OK"])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")).split()[1]
        calls.put_nowait((head, await reader.readexactly(int(length))))
        status = next(statuses)
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as alarmd:
        port = alarmd.sockets[0].getsockname()[1]
        link = f"http://127.0.0.1:{port}/v1/alarms/alarm-1/acknowledge"
        police.behaviour = Behaviour(acknowledge_after=0.01)
        url = await police.start()
        await send(url, alert(acknowledge=link))
        await send(url, alert(kind="repeated", acknowledge=link))
        heard = [await calls.get(), await calls.get()]
        await police.stop()
    for head, body in heard:
        assert head.startswith(b"POST /v1/alarms/alarm-1/acknowledge HTTP/1.1\r\n")
        assert b"Authorization: Bearer police-key\r\n" in head
        assert json.loads(body) == {"by": "112 상황실 (simulator)", "reference": "112-A-1"}
    assert calls.empty()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n", b"431"),
    ],
)
async def test_an_odd_request_gets_a_clear_answer(police: Police, request_bytes: bytes, status: bytes) -> None:
    port = int((await police.start()).rsplit(":", 1)[1].rstrip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes)
    assert (await reader.readline()).split(b" ")[1] == status
    writer.close()
    await writer.wait_closed()


async def test_the_command_prints_its_url_then_a_line_for_each_request_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.police", "--json", "--secret", SECRET, "--reject", "too far"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = json.loads(await process.stdout.readline())["listening"]
    await send(url, alert())
    line = json.loads(await process.stdout.readline())
    assert line.items() >= {"type": "alarm.opened", "store_name": "CU 노원점", "status": 200, "valid": True}.items()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert await process.stdout.read() == b""


async def test_the_command_refuses_a_secret_that_is_none() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.police", "--secret", "whsec_"), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"--secret is not whsec_" in said

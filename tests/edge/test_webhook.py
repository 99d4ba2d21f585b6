"""One attempt: signed as the standard says, over within its deadline, and never an exception."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from alarmd.core.acknowledgement import Acknowledged
from alarmd.core.alert import Alert, Links, rehearsal
from alarmd.core.delivery import Endpoint
from alarmd.edge.webhook import WebhookSender
from simulators.police import Behaviour, Police

LINKS = Links("https://alarmd.example", "https://map.example/{lat},{lon}")
SECRET = "whsec_" + b64encode(b"a secret of twenty-four bytes").decode()

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    sender = WebhookSender(LINKS, allow_private=True)
    yield sender
    await sender.close()


def alert() -> Alert:
    return rehearsal(uuid4(), datetime(2026, 11, 23, tzinfo=UTC))


def endpoint(url: str, *secrets: str) -> Endpoint:
    return Endpoint(UUID(int=1), "police", url, secrets or (SECRET,))


async def answering(answer: Answer) -> tuple[asyncio.Server, str]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_an_alert_is_signed_with_every_secret_while_one_rotates(sender: WebhookSender, police: Police) -> None:
    other = "whsec_" + b64encode(b"another secret of that length").decode()
    outcome = await sender.send(alert(), endpoint(police.url, other, SECRET))
    assert outcome.status == 401  # the station of this fixture knows neither
    request = police.received[0]
    for secret in (other, SECRET):
        assert Webhook(secret).verify(request.body, request.headers)
    assert len(request.headers["webhook-signature"].split(" ")) == 2


async def test_an_acknowledgement_in_the_answer_is_read(secret: str, sender: WebhookSender, police: Police) -> None:
    police.behaviour = Behaviour(acknowledge_in_response=True)
    outcome = await sender.send(alert(), endpoint(police.url, secret))
    assert outcome.delivered
    assert isinstance(outcome.verdict, Acknowledged)
    assert outcome.verdict.reference == "112-TEST"


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Behaviour(fail=500), 500),
        (Behaviour(fail=410), 410),
        (Behaviour(redirect="http://127.0.0.1:9/"), 307),
    ],
)
async def test_what_is_no_2xx_is_a_failure_and_a_redirect_is_not_followed(
    secret: str, sender: WebhookSender, police: Police, behaviour: Behaviour, status: int
) -> None:
    police.behaviour = behaviour
    outcome = await sender.send(alert(), endpoint(police.url, secret))
    assert (outcome.status, outcome.delivered, outcome.error) == (status, False, f"answered {status}")
    assert len(police.received) == 1


async def test_retry_after_is_read(secret: str, sender: WebhookSender, police: Police) -> None:
    police.behaviour = Behaviour(too_many=7)
    outcome = await sender.send(alert(), endpoint(police.url, secret))
    assert (outcome.status, outcome.retry_after_s) == (429, 7.0)


@pytest.mark.parametrize("behaviour", [Behaviour(hang=True), Behaviour(slow_body=True)])
async def test_an_attempt_ends_at_its_deadline_however_slow_the_receiver(
    secret: str, sender: WebhookSender, police: Police, behaviour: Behaviour
) -> None:
    police.behaviour = behaviour
    started = time.monotonic()
    outcome = await sender.send(alert(), endpoint(police.url, secret))
    assert outcome.error == "no complete answer within 5 s"
    assert 4.9 < time.monotonic() - started < 60


async def test_a_huge_answer_is_not_read(sender: WebhookSender) -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _number in range(15_000):
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    server, url = await answering(flood)
    outcome = await sender.send(alert(), endpoint(url))
    assert outcome.status == 200
    assert len(outcome.answer) == 500
    assert sent < 50_000_000
    server.close()
    await server.wait_closed()


async def test_a_connection_that_is_reset_after_the_request_is_a_failure(sender: WebhookSender) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server, url = await answering(reset)
    outcome = await sender.send(alert(), endpoint(url))
    assert (outcome.status, outcome.delivered) == (None, False)
    assert outcome.error
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.0.1/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://localhost:9/",
        "http://0.0.0.0:9/",
    ],
)
async def test_a_private_address_is_refused_unless_allowed(url: str) -> None:
    sender = WebhookSender(LINKS, allow_private=False)
    outcome = await sender.send(alert(), endpoint(url))
    assert outcome.status is None
    assert "not a public address" in (outcome.error or "")
    await sender.close()


@pytest.mark.parametrize("url", ["http://127.1:9/", "http://2130706433:9/", "http://0177.0.0.1:9/"])
async def test_an_address_that_is_not_written_in_full_is_refused(url: str) -> None:
    sender = WebhookSender(LINKS, allow_private=False)
    outcome = await sender.send(alert(), endpoint(url))
    assert outcome.status is None
    assert "neither a name nor an address" in (outcome.error or "")
    await sender.close()


@pytest.mark.parametrize(
    "url", ["http://", "http://nowhere.invalid/", "http://127.0.0.1:1/", "http://a b/", "gopher://x/"]
)
async def test_an_endpoint_that_cannot_be_reached_is_a_value_and_not_an_exception(
    sender: WebhookSender, url: str
) -> None:
    outcome = await sender.send(alert(), endpoint(url))
    assert (outcome.status, outcome.delivered) == (None, False)
    assert outcome.error


async def test_a_useless_secret_is_an_outcome_that_says_so(sender: WebhookSender, police: Police) -> None:
    outcome = await sender.send(alert(), endpoint(police.url, "whsec_"))
    assert outcome.status is None
    assert "secret" in (outcome.error or "")


async def test_every_attempt_of_an_alert_has_the_same_body(secret: str, sender: WebhookSender, police: Police) -> None:
    same = alert()
    for _ in range(3):
        await sender.send(same, endpoint(police.url, secret))
    assert len({request.body for request in police.received}) == 1
    assert {request.webhook_id for request in police.received} == {str(same.id)}
    assert json.loads(police.received[0].body)["data"]["alarm"]["reference"] == "TEST"


async def test_plain_http_on_a_tls_port_is_a_value(sender: WebhookSender) -> None:
    server, url = await answering(lambda *_: asyncio.sleep(0))
    outcome = await sender.send(alert(), endpoint(url.replace("http:", "https:")))
    assert outcome.status is None
    server.close()
    await server.wait_closed()

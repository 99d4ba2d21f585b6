"""Signs an alert and posts it. An HTTP failure is a value, never an exception."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from uuid import uuid4

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook
from yarl import URL

from alarmd import clock
from alarmd.core import formats
from alarmd.core.acknowledgement import read_answer
from alarmd.core.alert import Alert, Links, rehearsal
from alarmd.core.delivery import DEADLINE_S, MAX_ANSWER_BYTES, Endpoint, Outcome

_KEPT_ANSWER_BYTES = 500  # of each answer, in the ledger
_CONNECTIONS_PER_ENDPOINT = 64
_KEEPALIVE_S = 60
_USER_AGENT = f"alarmd/{version('alarmd')}"
_SUCCESS = 2  # the first digit of an HTTP status


class WebhookSender:
    """Posts alerts, by the webhook contract: signed by Standard Webhooks, in the endpoint's format.

    Args:
        links: how links in alerts are made.
        allow_private: whether receivers may be on loopback, private or link-local addresses.
        now: the time that attempts are signed with; receivers refuse one that is far from theirs.
    """

    def __init__(self, links: Links, *, allow_private: bool, now: Callable[[], datetime] = clock.now) -> None:
        self._links = links
        self._now = now
        self._allow_private = allow_private
        self._http: aiohttp.ClientSession | None = None  # made where the loop runs

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    async def send(self, alert: Alert, endpoint: Endpoint) -> Outcome:
        """Make one attempt; it ends within 5 s whatever the receiver does."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(DEADLINE_S):
                status, retry_after, answer = await self._post(alert, endpoint)
        except TimeoutError:
            return _no_answer(started, f"no complete answer within {DEADLINE_S:g} s")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one endpoint is its outcome, and written down
            return _no_answer(started, f"{type(error).__name__}: {error}"[:_KEPT_ANSWER_BYTES])
        return _outcome(status, retry_after, answer, started)

    async def test(self, endpoint: Endpoint) -> Outcome:
        """Try an endpoint with a signed test alert."""
        return await self.send(rehearsal(uuid4(), self._now()), endpoint)

    async def _post(self, alert: Alert, endpoint: Endpoint) -> tuple[int, str | None, bytes]:
        url = _url(endpoint.url, self._allow_private)
        media_type, content = formats.write(alert, self._links, endpoint.format)
        now = self._now()
        headers = _signed(str(alert.id), content.decode(), endpoint.signing(now), now, media_type)
        self._http = self._http or self._connect()
        async with self._http.post(url, data=content, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers.get("Retry-After"), await _read(response)

    def _connect(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(allow_private=self._allow_private),
            limit=0,
            limit_per_host=_CONNECTIONS_PER_ENDPOINT,
            keepalive_timeout=_KEEPALIVE_S,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # `send` has its own
            auto_decompress=False,
            trust_env=False,
        )


class _GuardedResolver(AbstractResolver):
    """Resolves once, checks every address, and hands on only those: what is checked is what is connected to.

    The name stays in the Host header and in the TLS handshake.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._resolver = aiohttp.ThreadedResolver()
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            _check(host, result["host"], allow_private=self._allow_private)
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _check(host: str, address: str, *, allow_private: bool) -> None:
    if not allow_private and not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise ValueError(
            f"{host} is at {address}, which is not a public address; ALARMD_WEBHOOK_ALLOW_PRIVATE=true allows it"
        )


@lru_cache(maxsize=1024)
def _url(text: str, allow_private: bool) -> URL:  # noqa: FBT001 - part of the key
    """Read a URL. An address written into it is not resolved, so it is checked here."""
    url = URL(text)
    host = url.host or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host.replace(".", "").isdigit():  # 127.1, 2130706433: systems take it for an address all the same
            raise ValueError(f"{host} is neither a name nor an address in full") from None
        return url
    _check(host, str(address), allow_private=allow_private)
    return url


@lru_cache(maxsize=1024)
def _signer(secret: str) -> Webhook:
    return Webhook(secret)


def _signed(
    webhook_id: str, content: str, secrets: tuple[str, ...], moment: datetime, media_type: str
) -> dict[str, str]:
    """The headers of Standard Webhooks; while a secret rotates there is a signature for each."""
    return {
        "User-Agent": _USER_AGENT,
        "Accept-Encoding": "identity",
        "Content-Type": media_type,
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(_signer(secret).sign(webhook_id, moment, content) for secret in secrets),
    }


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The first 16 KiB of the answer; the rest is not read."""
    answer = bytearray()
    async for chunk in response.content.iter_any():
        answer += chunk
        if len(answer) >= MAX_ANSWER_BYTES:
            break
    return bytes(answer[:MAX_ANSWER_BYTES])


def _outcome(status: int, retry_after: str | None, answer: bytes, started: float) -> Outcome:
    good = status // 100 == _SUCCESS
    return Outcome(
        status=status,
        duration_ms=_elapsed_ms(started),
        error=None if good else f"answered {status}",
        answer=answer[:_KEPT_ANSWER_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        retry_after_s=_seconds(retry_after),
        verdict=read_answer(answer) if good else None,
    )


def _no_answer(started: float, error: str) -> Outcome:
    return Outcome(status=None, duration_ms=_elapsed_ms(started), error=error.replace("\x00", "\ufffd"))


def _elapsed_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in its form of seconds (RFC 9110, 10.2.3); its form of a date is left to the schedule."""
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None

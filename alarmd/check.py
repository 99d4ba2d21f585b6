"""`alarmd check`: what is wrong, in plain words."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from alarmd import clock
from alarmd.core.alert import Links
from alarmd.core.delivery import Endpoint
from alarmd.core.errors import AlarmdError
from alarmd.db import canary, condition, outbox
from alarmd.db.migrate import pending
from alarmd.db.pool import Pool, connected
from alarmd.edge import mqtt
from alarmd.edge.provider import Provider, make_provider
from alarmd.edge.webhook import WebhookSender
from alarmd.settings import Settings

_CLOCK_S = 2.0
_DISK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


async def run(settings: Settings) -> list[Finding]:
    """Look at everything that the service needs."""
    findings: list[Finding] = []
    try:
        async with connected(settings.database_url.get_secret_value()) as pool:
            findings.append(Finding("database", ok=True, detail="answers"))
            findings.append(await _look("migrations", lambda: _migrations(pool)))
            findings.append(await _look("clock", lambda: _clock(pool)))
            if findings[1].ok:
                findings.append(await _look("outbox", lambda: _outbox(pool)))
                findings += await _endpoints(settings, pool)
    except AlarmdError as error:
        findings.append(Finding("database", ok=False, detail=str(error)))
    if not settings.mqtt_urls:
        findings.append(Finding("brokers", ok=False, detail="none: set ALARMD_MQTT_URLS"))
    for url in settings.mqtt_urls:
        findings.append(await _broker(url.get_secret_value()))
    provider = make_provider(settings, now=clock.now)
    if provider:
        findings.append(await _look(f"provider {provider.host}", lambda: _provider(provider)))
    findings.append(_disk())
    return findings


async def _look(what: str, look: Callable[[], Awaitable[tuple[bool, str]]]) -> Finding:
    try:
        ok, detail = await look()
    except AlarmdError as error:
        ok, detail = False, str(error)
    return Finding(what, ok=ok, detail=detail)


async def _migrations(pool: Pool) -> tuple[bool, str]:
    missing = await pending(pool)
    return not missing, f"missing {', '.join(missing)}: run alarmd migrate" if missing else "up to date"


async def _clock(pool: Pool) -> tuple[bool, str]:
    apart = abs((await condition.database_time(pool) - clock.now()).total_seconds())
    return apart < _CLOCK_S, f"{apart:.1f} s apart from the database's"


async def _outbox(pool: Pool) -> tuple[bool, str]:
    found = await condition.outbox(pool)
    if found is None:
        return False, "the database does not answer in time"
    return True, f"{found.depth} deliveries owed, the oldest for {found.oldest_s:.0f} s"


async def _endpoints(settings: Settings, pool: Pool) -> list[Finding]:
    async with pool.acquire() as connection:
        _, endpoints = await outbox.endpoints(connection)
    found = [endpoint for endpoint in endpoints.values() if endpoint.name != canary.ENDPOINT_NAME]
    if not found:
        return [Finding("endpoints", ok=False, detail="none: nobody would be told; set ALARMD_WEBHOOK_URL")]
    links = Links(settings.public_url, settings.map_url_template)
    sender = WebhookSender(links, allow_private=settings.webhook_allow_private)
    try:
        return [await _endpoint(sender, endpoint) for endpoint in found]
    finally:
        await sender.close()


async def _endpoint(sender: WebhookSender, endpoint: Endpoint) -> Finding:
    outcome = await sender.test(endpoint)
    detail = f"took a signed test in {outcome.duration_ms:.0f} ms" if outcome.delivered else str(outcome.error)
    return Finding(f"endpoint {endpoint.name}", ok=outcome.delivered, detail=detail)


async def _broker(url: str) -> Finding:
    broker, error = await mqtt.probe(url)
    return Finding(f"broker {broker}", ok=error is None, detail=error or "lets us in")


async def _provider(provider: Provider) -> tuple[bool, str]:
    try:
        return True, await provider.look()
    finally:
        await provider.close()


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    return Finding("disk", ok=free > _DISK_BYTES, detail=f"{free / (1 << 30):.1f} GiB free")

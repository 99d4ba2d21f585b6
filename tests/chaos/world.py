"""A whole alarmd in the open: two replicas, real servers, two police stations, buttons, and a link on every wire."""

import asyncio
import random
import secrets
import time
from base64 import b64encode
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import asyncpg
import httpx

from alarmd.db.migrate import migrate
from alarmd.db.pool import open_pool
from simulators.buttons import Button, Event, Gateway
from simulators.police import Behaviour, Police
from simulators.police.received import Received
from tests.chaos.history import History
from tests.chaos.proxy import Proxy
from tests.chaos.replica import Replica
from tests.chaos.servers import Broker, Database
from tests.chaos.tls import Authority
from tests.chaos.wire import Wire
from tests.service import ADMIN_KEY, furnish

DISTRICTS = ("11350", "11110")
COALESCE_S = 2.0
_RETRY_AFTER_S = 1.0
_BUTTONS_EACH = 8  # on one connection


class World:
    """Everything that runs.

    Args:
        directory: where servers keep their data, and each party what it saw.
        seed: decides who presses when.
        stores: how many, each with one button that goes on until its receipt.
        bug: planted in every replica.
        small_disk: whether Postgres has a small disk of its own; needs the right to mount.
    """

    def __init__(
        self, directory: Path, *, seed: int = 0, stores: int = 24, bug: str | None = None, small_disk: bool = False
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
        self.directory = directory
        self.random = random.Random(seed)
        self.history = History(directory / "history.jsonl")
        self.authority = Authority(directory)
        self.database = Database(directory / "postgres")
        self.broker = Broker(directory / "broker")
        self.police: list[Police] = []
        self.links: dict[str, Proxy] = {}
        """By name: `database:<replica>`, `broker:<replica>`, `buttons`, `police:<number>`."""
        self.replicas: list[Replica] = []
        self.buttons: list[Button] = []
        self.sabotage = ("--bug", bug) if bug else ()
        self._stores = stores
        self._small_disk = small_disk
        self._secrets = [f"whsec_{b64encode(secrets.token_bytes(24)).decode()}" for _ in DISTRICTS]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start it all; no press has been made yet."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it all."""
        await self._stack.aclose()
        self.history.close()

    async def _start(self) -> None:
        self._stack.push_async_callback(self.database.end)
        self._stack.push_async_callback(self.broker.stop)
        await asyncio.gather(self.database.start(small=self._small_disk), self.broker.start())
        await self._open_stations()
        await self._furnish()
        for number in (1, 2):
            replica = await self._replica(f"replica-{number}")
            self.replicas.append(replica)
            self._stack.push_async_callback(replica.kill)
        await asyncio.gather(*(replica.start(*self.sabotage) for replica in self.replicas))
        await self.broker.write_down()  # their sessions, as it would have long ago
        await self._hand_out_buttons()

    async def link(self, name: str, port: int, replica: str | None = None) -> Proxy:
        """A link to a server; with `replica`, what alarmd acknowledges on it is noted."""
        proxy = Proxy("127.0.0.1", port, (lambda: Wire(self.history, replica)) if replica else None)
        await proxy.start()
        self.links[name] = proxy
        self._stack.push_async_callback(proxy.stop)
        return proxy

    async def _open_stations(self) -> None:
        for number, secret in enumerate(self._secrets, 1):
            station = Police([secret], on_received=partial(self._received, number))
            await station.start()
            self._stack.push_async_callback(station.stop)
            self.police.append(station)
            await self.link(f"police:{number}", _port(station.url))

    async def _furnish(self) -> None:
        pool = await open_pool(self.database.url, size=1)
        await migrate(pool)
        await furnish(pool, self._stores)
        await pool.execute(
            "UPDATE stores SET district_code = $1 WHERE substring(code, 3)::integer % 2 = 0", DISTRICTS[1]
        )
        for number, (district, secret) in enumerate(zip(DISTRICTS, self._secrets, strict=True), 1):
            await pool.execute(
                "INSERT INTO endpoints (name, url, secrets, districts) VALUES ($1, $2, ARRAY[$3], ARRAY[$4])",
                f"station {number}",
                f"http://127.0.0.1:{self.links[f'police:{number}'].port}/",
                secret,
                district,
            )
        for row in await pool.fetch("SELECT b.id, s.code FROM buttons b JOIN stores s ON s.id = b.store_id"):
            self.history.note("operator", "changed", at=0.0, button_id=row["id"], store_code=row["code"])
        await pool.close()

    async def _replica(self, name: str) -> Replica:
        database = await self.link(f"database:{name}", self.database.port)
        broker = await self.link(f"broker:{name}", self.broker.port, name)
        environment = {
            "ALARMD_DATABASE_URL": _with_port(self.database.url, database.port),
            "ALARMD_MQTT_URLS": _with_port(self.broker.url, broker.port),
            "ALARMD_MQTT_CLIENT_ID": name,
            "ALARMD_HTTP_PORT": "0",
            "ALARMD_ADMIN_KEY": ADMIN_KEY,
            "ALARMD_WEBHOOK_ALLOW_PRIVATE": "true",
            "ALARMD_COALESCE_S": str(COALESCE_S),
            "ALARMD_CANARY_INTERVAL_S": "1",
            "ALARMD_LOG_FORMAT": "json",
            "SSL_CERT_FILE": str(self.authority.file),
        }
        return Replica(name, environment, self.directory / f"{name}.log")

    async def _hand_out_buttons(self) -> None:
        proxy = await self.link("buttons", self.broker.port)
        url = _with_port(self.broker.url, proxy.port)
        gateways = [Gateway(url, f"gateway-{number}") for number in range(-(-self._stores // _BUTTONS_EACH))]
        for number in range(1, self._stores + 1):
            gateway = gateways[number % len(gateways)]
            button = Button(f"button-{number}", gateway, retry_after=_RETRY_AFTER_S, on_event=self._heard)
            self.buttons.append(button)
            self._stack.callback(button.give_up)
        for gateway in gateways:
            await gateway.start()
            self._stack.push_async_callback(gateway.stop)

    def _heard(self, event: Event) -> None:
        facts = asdict(event)
        facts.pop("event"), facts.pop("at")
        self.history.note("button", event.event, at=event.at, **facts)

    def _received(self, number: int, alert: Received) -> None:
        self.history.note(f"police:{number}", "received", **alert.facts())

    def behave(self, behaviour: Behaviour) -> None:
        """Let both stations behave so."""
        for station in self.police:
            station.behaviour = behaviour

    async def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask a replica that runs, as an administrator."""
        running = [replica for replica in self.replicas if replica.runs and not replica.stopped]
        replica = self.random.choice(running or self.replicas)
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=5) as client:
            return await client.request(method, f"{replica.url}{path}", json=body)

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection straight to the database."""
        return await asyncpg.connect(self.database.url, timeout=10)

    async def heal(self) -> None:
        """Mend everything: links, servers, stations, replicas."""
        for link in self.links.values():
            link.heal()
        self.behave(Behaviour())
        for replica in self.replicas:
            if not replica.runs:
                await replica.start(*self.sabotage)

    async def owed(self) -> int:
        """How many deliveries are still owed, but for those of canaries."""
        connection = await self.connect()
        try:
            count: int = await connection.fetchval(
                """
                SELECT count(*)
                FROM deliveries d
                JOIN endpoints e ON e.id = d.endpoint_id
                WHERE d.state = 'pending'
                  AND e.audience <> 'canary'
                """
            )
            return count
        finally:
            await connection.close()

    def unheard(self) -> set[str]:
        """Presses that have no receipt yet, and whose buttons go on until they have."""
        pressed = {
            event.facts["press_id"]
            for event in self.history.of("button", "pressed")
            if event.facts.get("persistent", True)
        }
        words = ("recorded", "delivered", "acknowledged")
        return pressed - {event.facts["press_id"] for word in words for event in self.history.of("button", word)}

    async def settle(self, within: float) -> float:
        """Wait until each press has its receipt and nothing is owed; gives how long that took, or `within`."""
        started = time.monotonic()
        while (waited := time.monotonic() - started) < within:
            if not self.unheard() and not await self.owed():
                return waited
            await asyncio.sleep(0.1)
        return within


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()

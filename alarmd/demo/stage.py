"""Sets the demo's stage: database, broker, registry, police and alarmd, all on 127.0.0.1."""

import asyncio
import secrets
import socket
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from alarmd.core.audit import Actor
from alarmd.core.dataset import read_dataset
from alarmd.core.errors import AlarmdError
from alarmd.db import endpoints, enrolment, keys, registry_import
from alarmd.db.migrate import migrate
from alarmd.db.pool import Pool, open_pool
from alarmd.demo.program import Program
from alarmd.edge import tables
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.postgres import EmbeddedPostgres
from simulators import stores as simulated
from simulators.buttons import ECOSYSTEMS

BOUGHT = ("zigbee2mqtt", "chirpstack", "esphome", "rtl_433")
"""The dialects of the buttons of other makers that are pressed beside the native ones."""
BOUGHT_EACH = 2

_STORES = 656
_ACKNOWLEDGE_AFTER_S = "2"
_START_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs.

    Attributes:
        url: where alarmd answers.
        admin_key: opens its HTTP side.
        broker_url: where buttons publish.
        buttons: a file with the ids of the enrolled ones.
        police: the police simulator, running.
        log_dir: where all of them write what they have to say.
    """

    url: str
    admin_key: str
    broker_url: str
    buttons: Path
    police: Program
    log_dir: Path


@asynccontextmanager
async def open_stage(data_dir: Path, port: int, seed: int) -> AsyncIterator[Stage]:
    """Set the stage, and clear it at the end, in the order that lets everybody finish.

    Raises:
        AlarmdError: something does not start; the text says what and where it complained.
    """
    _make(data_dir)
    postgres, broker = EmbeddedPostgres(data_dir / "postgres"), EmbeddedBroker(data_dir / "broker")
    running: list[Program] = []
    try:
        database_url, broker_url = await asyncio.gather(postgres.start(), broker.start())
        secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        admin_key = _kept(data_dir / "admin-key", lambda: "demo_" + secrets.token_urlsafe(32))
        buttons, police_key = await _furnish(database_url, data_dir, seed)
        police = await Program.start(
            *("simulators.police", "--json", "--secret", secret, "--key", police_key),
            *("--acknowledge-after", _ACKNOWLEDGE_AFTER_S),
            log=data_dir / "police.log",
            environment={},
        )
        running.append(police)
        listening = await police.first_line(_START_WITHIN_S)
        await _point_at_police(database_url, listening["listening"], secret)
        url, alarmd = await _start_alarmd(data_dir, port, database_url, broker_url, admin_key)
        running.append(alarmd)
        await asyncio.to_thread(_wait_until_ready, url, data_dir)
        yield Stage(url, admin_key, broker_url, buttons, police, data_dir)
    finally:
        for program in reversed(running):
            await program.stop()
        await broker.stop()
        await postgres.stop()


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise AlarmdError(f"{data_dir}: {error.strerror}; choose another --data-dir") from error


async def _furnish(database_url: str, data_dir: Path, seed: int) -> tuple[Path, str]:
    """Fill the registry with generated stores and a button for each; gives the buttons' file and the police's key."""
    pool = await open_pool(database_url, size=2)
    try:
        await migrate(pool)
        generated = simulated.generate(_STORES, seed)
        ids = simulated.generate_buttons(generated)
        reading = read_dataset(
            tables.read_table(simulated.as_csv(generated).encode()), registry_import.load_districts()
        )
        police_key = _kept(data_dir / "police-key", lambda: "demo_" + secrets.token_urlsafe(32))
        async with pool.acquire() as connection:
            await registry_import.import_stores(connection, reading, by=Actor("demo", "import"), dry_run=False)
            places = [(row["점포명"], row["시군구코드"], row["소재지도로명주소"]) for row in generated]
            bought = _bought()
            await enrolment.enrol(connection, [*ids, *bought], [*places, *places[-len(bought) :]])
            await enrolment.part_from_earlier_alarms(connection)
            await keys.ensure(connection, name="police simulator", role="police", secret=police_key)
    finally:
        await pool.close()
    buttons = data_dir / "buttons.csv"
    buttons.write_text("\n".join(["button_id", *ids]) + "\n", encoding="utf-8")
    return buttons, police_key


def _bought() -> list[str]:
    """The ids of the buttons of other makers."""
    numbers = range(1, BOUGHT_EACH + 1)
    return [ECOSYSTEMS[dialect].model(number).button_id(number) for dialect in BOUGHT for number in numbers]


async def _point_at_police(database_url: str, url: str, secret: str) -> None:
    pool: Pool = await open_pool(database_url, size=1)
    async with pool.acquire() as connection:
        await endpoints.point(connection, name="police", url=url, secret=secret)
    await pool.close()


async def _start_alarmd(
    data_dir: Path, port: int, database_url: str, broker_url: str, admin_key: str
) -> tuple[str, Program]:
    port = _usable_port(port)
    url = f"http://127.0.0.1:{port}"
    environment = {
        "ALARMD_DATABASE_URL": database_url,
        "ALARMD_MQTT_URLS": broker_url,
        "ALARMD_HTTP_HOST": "127.0.0.1",
        "ALARMD_HTTP_PORT": str(port),
        "ALARMD_PUBLIC_URL": url,
        "ALARMD_ADMIN_KEY": admin_key,
        "ALARMD_WEBHOOK_ALLOW_PRIVATE": "true",
        "ALARMD_LOG_FORMAT": "json",
        "ALARMD_DIALECTS": "all",
    }
    return url, await Program.start("alarmd", "serve", log=data_dir / "alarmd.log", environment=environment)


def _usable_port(port: int) -> int:
    """The port, or a free one for 0.

    Raises:
        AlarmdError: it is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise AlarmdError(f"port {port} of 127.0.0.1: {error.strerror}; --port 0 picks a free one") from error
        usable: int = probe.getsockname()[1]
        return usable


def _wait_until_ready(url: str, data_dir: Path) -> None:
    """Ask `/readyz` until it says yes, straight and not through any proxy that the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, OSError), opener.open(f"{url}/readyz", timeout=2):
            return
        time.sleep(0.05)
    raise AlarmdError(f"alarmd did not become ready; what it said is in {data_dir / 'alarmd.log'}")


def _kept(file: Path, make: Callable[[], str]) -> str:
    """A secret that is made once and kept in a file for its owner only."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make(), encoding="ascii")
    return file.read_text(encoding="ascii")

"""alarmd as tests run it: whole, in this process or in one of its own."""

import asyncio
import os
import sys
from typing import Any

from alarmd import app
from alarmd.app import Role
from alarmd.db.pool import Pool
from alarmd.settings import Settings

ADMIN_KEY = "an-admin-key-for-tests-only"


def settings(database: str, broker: str, webhook_url: str, secret: str, **others: Any) -> dict[str, Any]:
    """Settings for a test; `others` come last."""
    return {
        "database_url": database,
        "mqtt_urls": broker,
        "http_port": 0,
        "admin_key": ADMIN_KEY,
        "webhook_url": webhook_url,
        "webhook_secret": secret,
        "webhook_allow_private": True,
        "canary_interval_s": 0,
        **others,
    }


class Service:
    """alarmd in this process."""

    def __init__(self, database: str, broker: str, webhook_url: str, secret: str, **others: Any) -> None:
        self.settings = settings(database, broker, webhook_url, secret, **others)
        self.url = ""
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, *roles: Role) -> None:
        """Start it; returns when it listens to its brokers."""
        listening = asyncio.Event()

        def announce(url: str) -> None:
            self.url = url
            listening.set()

        read = Settings.model_validate(self.settings)
        self._task = asyncio.create_task(app.serve(read, frozenset(roles or Role), self._stopping, announce))
        waiting = asyncio.create_task(listening.wait())
        await asyncio.wait((self._task, waiting), return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        await until_ready(self.url)

    async def stop(self) -> None:
        """Stop it as SIGTERM does."""
        self._stopping.set()
        if self._task:
            await self._task

    async def restart(self) -> None:
        """Stop it and start it again."""
        await self.stop()
        self._stopping.clear()
        await self.start()


class Process:
    """`alarmd serve` in a process of its own."""

    def __init__(self, database: str, broker: str, webhook_url: str, secret: str, **others: Any) -> None:
        self.settings = settings(database, broker, webhook_url, secret, **others)
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *, wait: bool = True) -> None:
        """Start it; returns when it listens to its brokers."""
        environment = {f"ALARMD_{name.upper()}": str(value) for name, value in self.settings.items()}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "alarmd", "serve"),
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | environment | {"ALARMD_LOG_LEVEL": "error"},
        )
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert "listens on " in line, f"alarmd serve said {line!r}"
        self.url = line.split("listens on ")[1].strip()
        if wait:
            await until_ready(self.url)

    async def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode


async def until_ready(url: str) -> None:
    """Wait until `/readyz` says that the database answers and a broker is connected."""
    host, port = url.removeprefix("http://").split(":")
    async with asyncio.timeout(20):
        while True:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            if answer.startswith(b"HTTP/1.1 200"):
                return
            await asyncio.sleep(0.02)


async def furnish(pool: Pool, stores: int) -> None:
    """Fill the registry with stores of code `S-000001` and so on, each with one button: `button-1` and so on."""
    await pool.execute("ALTER SEQUENCE store_codes RESTART")
    await pool.execute(
        """
        INSERT INTO stores (code, name, phone, province, district, district_code, road_address, lat, lon)
        SELECT store_code(nextval('store_codes')), '가게 ' || n, '+8227160302', '서울특별시', '노원구', '11350',
               '서울특별시 노원구 동일로 ' || n, 37.65, 127.06
        FROM generate_series(1, $1::integer) AS n
        """,
        stores,
    )
    await pool.execute(
        "INSERT INTO buttons (id, store_id) SELECT 'button-' || substring(code, 3)::integer, id FROM stores"
    )


async def until(pool: Pool, condition: str, within: float = 20) -> None:
    """Wait until a SQL condition holds."""
    async with asyncio.timeout(within):
        while not await pool.fetchval(f"SELECT {condition}"):
            await asyncio.sleep(0.05)

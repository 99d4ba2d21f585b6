"""A night at the desk: alarmd with the demo's stores, of which some have pressed."""

import asyncio
import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from alarmd.core.audit import Actor
from alarmd.core.dataset import read_dataset
from alarmd.db import enrolment, registry_import
from alarmd.db.migrate import migrate
from alarmd.db.pool import Pool, open_pool
from alarmd.edge import tables
from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.postgres import EmbeddedPostgres
from simulators import stores as simulated
from simulators.buttons import Button
from simulators.police import Police
from tests.service import ADMIN_KEY, Process, until

STORES = 656
SEED = 7
STRANGER = "sos-4711"
"""A button that nobody has enrolled."""


@dataclass(frozen=True, slots=True)
class Night:
    """What there is to look at.

    Attributes:
        url: of the console.
        pool: connections to its database.
        alarms: the id of the alarm of each button that was pressed.
        generated: the stores, as rows of the national standard dataset.
    """

    url: str
    pool: Pool
    alarms: dict[str, str]
    generated: list[dict[str, str]]


@asynccontextmanager
async def open_night() -> AsyncIterator[Night]:
    """Start all of it, let it happen, and clear it away at the end."""
    directory = Path(tempfile.mkdtemp(prefix="alarmd-night-"))
    await asyncio.to_thread(directory.chmod, 0o755)  # the database runs as another user
    postgres, broker = EmbeddedPostgres(directory / "postgres"), EmbeddedBroker(directory / "broker")
    secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
    police = Police([secret])
    try:
        database, broker_url, _ = await asyncio.gather(postgres.start(), broker.start(), police.start())
        pool = await open_pool(database, size=2)
        generated = await _furnish(pool)
        process = Process(database, broker_url, police.url, secret)
        try:
            await process.start()
            await pool.execute("UPDATE endpoints SET name = '서울경찰청 112' WHERE audience = 'police'")
            yield Night(process.url, pool, await _happen(process.url, broker_url, pool), generated)
        finally:
            await process.kill()
            await pool.close()
    finally:
        await asyncio.gather(police.stop(), broker.stop(), postgres.stop())
        shutil.rmtree(directory, ignore_errors=True)


async def _furnish(pool: Pool) -> list[dict[str, str]]:
    await migrate(pool)
    generated = simulated.generate(STORES, SEED)
    reading = read_dataset(tables.read_table(simulated.as_csv(generated).encode()), registry_import.load_districts())
    places = [(row["점포명"], row["시군구코드"], row["소재지도로명주소"]) for row in generated]
    async with pool.acquire() as connection:
        await registry_import.import_stores(connection, reading, by=Actor("registry desk", "import"), dry_run=False)
        await enrolment.enrol(connection, simulated.generate_buttons(generated), places)
    await pool.execute("UPDATE buttons SET label = '계산대 아래'")
    await pool.execute("UPDATE stores SET entrance_note = '뒷문은 주차장 쪽, 정문은 24시 이후 잠김'")
    return generated


async def _happen(url: str, broker: str, pool: Pool) -> dict[str, str]:
    """Presses of five buttons, one of them twice, one a test, one in no store; one alarm is acknowledged."""
    ids = ["sim-0009", "sim-0004", "sim-0021", STRANGER, "sim-0016"]
    buttons = [Button(button_id, broker) for button_id in ids]
    await asyncio.gather(*(button.start() for button in buttons))
    alarms: dict[str, str] = {}
    for button in buttons:
        button.heartbeat(battery_pct=12 if button.button_id == "sim-0021" else 84, rssi_dbm=-71)
        kind = "test" if button.button_id == "sim-0004" else "panic"
        press_id = await button.press(kind, battery_pct=84, gateway_id="gw-7")
        alarms[button.button_id] = (await button.receipt(press_id, "recorded"))["alarm_id"]
    await buttons[-1].press(battery_pct=84, gateway_id="gw-7")
    await buttons[1].send_raw("press", '{"press_id": "눌림", "kind": "panic'.encode())
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        taken = {"by": "종로경찰서 상황실", "reference": "112-4711"}
        answer = await client.post(f"/v1/alarms/{alarms['sim-0009']}/acknowledge", json=taken)
        assert answer.status_code == 200, answer.text
    await until(pool, "NOT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending' AND endpoint_id IS NOT NULL)")
    await asyncio.gather(*(button.stop() for button in buttons))
    return alarms


def tomorrow(generated: Sequence[dict[str, str]]) -> bytes:
    """The dataset of a day later, as offices send it (CP949): three stores have changed, four are new."""
    rows = [dict(row) for row in [*generated, *simulated.generate(STORES + 4, SEED)[STORES:]]]
    for number in (3, 11):
        rows[number]["여성안심지킴이집전화번호"] = f"02-1999-{4700 + number}"
    rows[20]["관할경찰서명"] = "관악경찰서 남현파출소"
    return simulated.as_csv(rows).encode("cp949")

"""What is away at the start is waited for, said, and taken up when it comes, without a restart."""

import asyncio
import socket
from pathlib import Path

import httpx

from alarmd.db.pool import Pool
from alarmd.embedded.broker import EmbeddedBroker
from simulators.buttons import Button
from simulators.police import Police
from tests.service import Process, Service, until_ready


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def asked(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url)


async def test_a_broker_that_comes_later_and_goes_and_comes_again_is_taken_up(
    registry: Pool, database: str, police: Police, secret: str, tmp_path: Path
) -> None:
    server = EmbeddedBroker(tmp_path / "broker", port=free_port(), program="mosquitto")
    url = await server.start()
    await server.stop()
    process = Process(database, url, police.url, secret)
    await process.start(wait=False)
    ready = await asked(f"{process.url}/readyz")
    assert ready.status_code == 503
    assert [part["ok"] for name, part in ready.json()["parts"].items() if name.startswith("broker")] == [False]
    assert (await asked(f"{process.url}/livez")).status_code == 200
    for number in (1, 2):
        await server.start()
        await until_ready(process.url)
        button = Button(f"button-{number}", url)
        await button.start()
        await button.receipt(await button.press(), "recorded")
        await police.expects("alarm.opened", store=f"S-00000{number}")
        await button.stop()
        await server.stop()
    assert await process.terminate() == 0


async def test_a_database_that_comes_later_is_waited_for_while_the_process_lives(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    """The way to the database is a wire that is only laid later."""
    host, port = database.split("@")[1].split("/", maxsplit=1)[0].split(":")
    wire = free_port()
    process = Process(database.replace(f":{port}/", f":{wire}/"), broker, police.url, secret)
    await process.start(wait=False)
    assert (await asked(f"{process.url}/livez")).status_code == 200
    ready = await asked(f"{process.url}/readyz")
    assert (ready.status_code, ready.json()["parts"]["database"]["ok"]) == (503, False)
    refused = await asked(f"{process.url}/v1/stores")
    assert refused.status_code in {401, 503}

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(forward(reader, back), forward(there, writer), return_exceptions=True)

    laid = await asyncio.start_server(connected, "127.0.0.1", wire)
    await until_ready(process.url)
    button = Button("button-1", broker)
    await button.start()
    await button.press()
    await police.expects("alarm.opened", store="S-000001")
    await button.stop()
    assert await process.terminate() == 0
    laid.close()
    await laid.wait_closed()


async def test_the_service_ends_in_order_while_presses_are_in_hand(
    registry: Pool, service: Service, police: Police, broker: str
) -> None:
    """What was acknowledged before the end is at the police; what was not is there after the next start."""
    button = Button("button-1", broker)
    await button.start()
    for number in range(50):
        button.emit(press_id=f"p{number}")
    await asyncio.sleep(0.02)
    await service.restart()
    for number in range(50):
        await button.receipt(f"p{number}", "recorded")
    assert await registry.fetchval("SELECT count(*) FROM presses") == 50
    await police.expects("alarm.opened")
    await button.stop()

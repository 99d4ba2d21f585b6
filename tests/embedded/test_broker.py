"""The embedded broker takes presses and brings receipts, whichever program it is, and ends with us."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import aiomqtt
import pytest

from alarmd.embedded.broker import EmbeddedBroker, Program
from alarmd.embedded.errors import EmbeddedError
from tests.embedded.clients import connect, publish, receive_and_acknowledge, subscribe
from tests.embedded.holding import Holder

_BUTTONS = 656
_PRESS = "alarmd/v1/buttons/{}/press"
_RECEIPT = "alarmd/v1/buttons/{}/receipt"


@pytest.fixture(params=["mosquitto", "amqtt"])
async def broker(request: pytest.FixtureRequest, directory: Path) -> AsyncIterator[EmbeddedBroker]:
    server = EmbeddedBroker(directory, program=cast("Program", request.param))
    yield server
    await server.stop()


async def test_only_who_knows_the_password_enters(broker: EmbeddedBroker) -> None:
    url = await broker.start()
    assert re.fullmatch(r"mqtt://alarmd:[\w-]{32}@127\.0\.0\.1:\d+", url)
    async with connect(url, "known"):
        pass
    for wrong in (re.sub(":[^:@]+@", ":wrong@", url), re.sub("//[^@]+@", "//", url)):
        with pytest.raises(aiomqtt.MqttError):
            await connect(wrong, "stranger").__aenter__()


async def test_a_second_start_on_the_same_directory_is_refused_in_one_line(
    broker: EmbeddedBroker, directory: Path
) -> None:
    await broker.start()
    with pytest.raises(EmbeddedError, match=f"^{directory} is in use by process {os.getpid()}: [^\n]+$"):
        await EmbeddedBroker(directory).start()


async def test_a_taken_port_is_named(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"^port {port} of 127.0.0.1 is taken: [^\n]+$"):
            await EmbeddedBroker(directory, port=port).start()


async def test_without_a_choice_it_is_mosquitto_where_that_is_installed(directory: Path) -> None:
    assert EmbeddedBroker(directory).name == "mosquitto"


async def test_mosquitto_keeps_sessions_and_their_messages_over_a_restart(directory: Path) -> None:
    broker = EmbeddedBroker(directory, program="mosquitto")
    url = await broker.start()
    await subscribe(url, "alarmd", _PRESS.format("+"))
    await publish(url, _PRESS.format("b1"), "1", "2")
    await broker.stop()
    async with connect(await broker.start(), "alarmd", persistent=True) as alarmd:
        messages = await receive_and_acknowledge(alarmd, 2)
    await broker.stop()
    assert [message.payload for message in messages] == [b"1", b"2"]


@pytest.mark.parametrize("program", ["mosquitto", "amqtt"])
async def test_a_killed_parent_leaves_no_broker(holder: Holder, program: str) -> None:
    url = await holder.start(program)
    async with connect(url, "button"):
        pass
    assert holder.server_processes()
    await holder.kill()
    await holder.server_gone()
    with pytest.raises(aiomqtt.MqttError):
        await connect(url, "button").__aenter__()


async def test_all_buttons_press_at_once_and_each_has_its_receipt(broker: EmbeddedBroker) -> None:
    url = await broker.start()
    connected = asyncio.Semaphore(0)
    pressed = asyncio.Event()

    async def button(number: int) -> bytes:
        async with connect(url, f"button-{number}") as client:
            await client.subscribe(_RECEIPT.format(number), qos=1)
            connected.release()
            await pressed.wait()
            await client.publish(_PRESS.format(number), str(number), qos=1)
            async for receipt in client.messages:
                return receipt.payload
        raise AssertionError

    async def alarmd() -> None:
        async with connect(url, "alarmd", persistent=True) as client:
            await client.subscribe(_PRESS.format("+"), qos=1)
            connected.release()
            for _ in range(_BUTTONS):
                (press,) = await receive_and_acknowledge(client, 1)
                await client.publish(press.topic.value.replace("press", "receipt"), press.payload, qos=1)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(alarmd())
        buttons = [tasks.create_task(button(number)) for number in range(_BUTTONS)]
        for _ in range(_BUTTONS + 1):
            await connected.acquire()
        pressed.set()
    assert [task.result() for task in buttons] == [str(number).encode() for number in range(_BUTTONS)]

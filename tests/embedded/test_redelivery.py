"""What the broker has taken reaches a persistent session: once amqtt is mended, as with mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from alarmd.embedded.broker import EmbeddedBroker, Program
from tests.embedded.clients import (
    acknowledge,
    connect,
    publish,
    publish_and_run,
    receive,
    receive_and_acknowledge,
    silence,
    subscribe,
)

_TOPIC = "alarmd/v1/buttons/b1/press"
_LONGER_THAN_AMQTT_WAITS_S = 5.5


@pytest.fixture(params=["mosquitto", "amqtt"])
async def url(request: pytest.FixtureRequest, directory: Path) -> AsyncIterator[str]:
    broker = EmbeddedBroker(directory, program=cast("Program", request.param))
    url = await broker.start()
    await subscribe(url, "alarmd", _TOPIC)
    yield url
    await broker.stop()


async def test_a_press_during_an_absence_is_there_on_return_and_is_no_replay(url: str) -> None:
    await publish(url, _TOPIC, "1", "2", "3")
    async with connect(url, "alarmd", persistent=True) as alarmd:
        messages = await receive_and_acknowledge(alarmd, 3)
    assert [(message.payload, message.retain) for message in messages] == [(b"1", False), (b"2", False), (b"3", False)]


async def test_a_press_without_acknowledgement_comes_again_on_return_before_later_ones(url: str) -> None:
    async with connect(url, "alarmd", persistent=True) as alarmd:
        await publish(url, _TOPIC, "1", "2", "3", "4")
        first, *_ = await receive(alarmd, 4)
        acknowledge(alarmd, first)
    await publish(url, _TOPIC, "5")
    async with connect(url, "alarmd", persistent=True) as alarmd:
        messages = await receive_and_acknowledge(alarmd, 4)
        assert await silence(alarmd)
    assert [(message.payload, message.retain) for message in messages] == [
        (payload, False) for payload in (b"2", b"3", b"4", b"5")
    ]


async def test_an_acknowledged_press_does_not_come_again(url: str) -> None:
    async with connect(url, "alarmd", persistent=True) as alarmd:
        await publish(url, _TOPIC, "1", "2")
        await receive_and_acknowledge(alarmd, 2)
    async with connect(url, "alarmd", persistent=True) as alarmd:
        assert await silence(alarmd)


@pytest.mark.parametrize("url", ["amqtt"], indirect=True)
async def test_a_press_held_while_the_database_is_away_is_not_forgotten(url: str) -> None:
    async with connect(url, "alarmd", persistent=True) as alarmd:
        await publish(url, _TOPIC, "held")
        await receive(alarmd, 1)
        await asyncio.sleep(_LONGER_THAN_AMQTT_WAITS_S)
    async with connect(url, "alarmd", persistent=True) as alarmd:
        (message,) = await receive_and_acknowledge(alarmd, 1)
        assert await silence(alarmd)
    assert (message.payload, message.retain) == (b"held", False)


async def test_more_presses_than_the_window_come_in_order(url: str) -> None:
    payloads = [str(number) for number in range(2500)]
    await publish(url, _TOPIC, *payloads)
    async with connect(url, "alarmd", persistent=True) as alarmd:
        messages = [message for _ in payloads for message in await receive_and_acknowledge(alarmd, 1)]
    assert [message.payload for message in messages] == [payload.encode() for payload in payloads]


async def test_a_gateway_in_a_hurry_loses_no_press_that_was_acknowledged(url: str) -> None:
    acknowledged = await publish_and_run(url, _TOPIC, 500)
    async with connect(url, "alarmd", persistent=True) as alarmd:
        messages = await receive_and_acknowledge(alarmd, acknowledged)
    assert [message.payload for message in messages] == [str(number).encode() for number in range(acknowledged)]


async def test_a_session_taken_over_from_a_connection_that_still_stands_goes_on(url: str) -> None:
    old = connect(url, "alarmd", persistent=True)
    await old.__aenter__()
    await publish(url, _TOPIC, "1")
    await receive(old, 1)
    async with connect(url, "alarmd", persistent=True) as alarmd:
        await publish(url, _TOPIC, "2")
        messages = await receive_and_acknowledge(alarmd, 2)
        with pytest.raises(Exception, match=r"[Dd]isconnect"):
            await receive(old, 1)
        await publish(url, _TOPIC, "3")
        messages += await receive_and_acknowledge(alarmd, 1)
    assert [message.payload for message in messages] == [b"1", b"2", b"3"]

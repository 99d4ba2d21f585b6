"""A button that is pressed, and an operator who looks on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from simulators.buttons import Button
from tests.service import ADMIN_KEY, Service


@pytest.fixture
async def operator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client


@asynccontextmanager
async def a_button(service: Service, button_id: str) -> AsyncIterator[Button]:
    button = Button(button_id, str(service.settings["mqtt_urls"]))
    await button.start()
    yield button
    await button.stop()


@pytest.fixture
async def button(service: Service) -> AsyncIterator[Button]:
    async with a_button(service, "button-1") as button:
        yield button


async def ids(operator: httpx.AsyncClient, query: str) -> list[str]:
    answer = await operator.get(f"/v1/buttons?limit=200&{query}")
    assert answer.status_code == 200, answer.text
    return [button["id"] for button in answer.json()["items"]]

"""The API as its callers see it: the whole service, and a client for each role."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from secrets import token_hex
from typing import Any, TypeAlias
from uuid import UUID

import httpx
import pytest

from alarmd.db import keys
from alarmd.db.keys import Role
from alarmd.db.pool import Pool
from tests.receiver import Receiver
from tests.service import ADMIN_KEY, Service

As: TypeAlias = Callable[..., Awaitable[httpx.AsyncClient]]
Press: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]
MakeReceiver: TypeAlias = Callable[..., Awaitable[Receiver]]


@pytest.fixture
async def as_role(service: Service, pool: Pool) -> AsyncIterator[As]:
    """Makes a key of a role, and gives a client that has it; the key is named for its role."""
    async with AsyncExitStack() as stack:

        async def client(role: Role, *, name: str | None = None, endpoint_id: UUID | None = None) -> httpx.AsyncClient:
            async with pool.acquire() as connection:
                _, secret = await keys.create(connection, name=name or role, role=role, endpoint_id=endpoint_id)
            return await stack.enter_async_context(connect(service, secret))

        yield client


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the first admin key."""
    async with connect(service, ADMIN_KEY) as client:
        yield client


@pytest.fixture
async def anybody(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with connect(service, None) as client:
        yield client


@pytest.fixture
async def receiver(admin: httpx.AsyncClient) -> AsyncIterator[MakeReceiver]:
    """Makes a receiver of its own, registered as an endpoint with what is given."""
    async with AsyncExitStack() as stack:

        async def receiver(name: str, **members: Any) -> Receiver:
            made = Receiver()
            await made.start()
            stack.push_async_callback(made.stop)
            answer = await admin.post("/v1/endpoints", json={"name": name, "url": made.url, **members})
            assert answer.status_code == 201, answer.text
            made.secret = answer.json()["secret"]
            made.endpoint_id = UUID(answer.json()["id"])
            return made

        yield receiver


@pytest.fixture
async def press(admin: httpx.AsyncClient) -> Press:
    """Presses a button over HTTP, and gives the alarm."""

    async def press(button_id: str, **members: Any) -> dict[str, Any]:
        body = {"button_id": button_id, "press_id": token_hex(8), **members}
        receipt = await admin.post("/v1/presses", json=body)
        assert receipt.status_code == 202, receipt.text
        alarm = await admin.get(f"/v1/alarms/{receipt.json()['alarm_id']}")
        found: dict[str, Any] = alarm.json()
        return found

    return press


def connect(service: Service, secret: str | None) -> httpx.AsyncClient:
    """A client of the service."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=20)


def slug(response: httpx.Response) -> str:
    """Which problem a response tells of; every problem is complete."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    return str(problem["type"]).rpartition("/problems/")[2]

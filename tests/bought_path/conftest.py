"""alarmd with all dialects on, a bridge beside it, and an operator."""

from collections.abc import AsyncIterator

import httpx
import pytest

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.bought import Bridge, a_bridge
from tests.service import ADMIN_KEY, Service


@pytest.fixture
async def service(registry: Pool, database: str, broker: str, police: Police, secret: str) -> AsyncIterator[Service]:
    service = Service(database, broker, police.url, secret, dialects="all")
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def operator(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
async def bridge(service: Service, broker: str) -> AsyncIterator[Bridge]:
    async with a_bridge(broker) as bridge:
        yield bridge

"""Any request, of any caller: the API answers as its document says, and never with a defect."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zlib import crc32

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from alarmd.db import keys
from alarmd.db.keys import Role
from alarmd.db.pool import Pool
from alarmd.web.app import openapi
from tests.service import Process

CALLERS: Final = ("nobody", "viewer", "operator", "admin", "police", "police of one endpoint", "press")
EXAMPLES: Final = 12  # of each operation and caller

CHECKS: Final[Sequence[CheckFunction]] = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
LISTS: Final = {
    "store_id": "/v1/stores",
    "button_id": "/v1/buttons",
    "alarm_id": "/v1/alarms",
    "delivery_id": "/v1/deliveries",
    "endpoint_id": "/v1/endpoints",
    "entry_id": "/v1/quarantine",
    "mapping_id": "/v1/mappings",
}
"""Where the things are listed that a path names. Keys are none of them: a caller would revoke its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what there is to ask for."""

    url: str
    headers: dict[str, str]
    ids: dict[str, list[str]]


@pytest.fixture(params=CALLERS)
async def caller(request: pytest.FixtureRequest, process: Process, registry: Pool) -> Caller:
    """One of the callers, before a service with something of everything in it."""
    await process.start()
    async with httpx.AsyncClient(base_url=process.url, headers=await _bearer(registry, "admin"), trust_env=False) as it:
        ids = await _furnish(it)
    role = request.param
    if role == "nobody":
        headers = {}
    elif role == "police of one endpoint":
        headers = await _bearer(registry, "police", UUID(ids["endpoint_id"][0]))
    else:
        headers = await _bearer(registry, role)
    return Caller(process.url, headers, ids)


async def test_whatever_is_asked_is_answered_as_the_document_says(caller: Caller) -> None:
    wrong = await asyncio.to_thread(_ask_everything, caller)
    assert not wrong, "\n\n".join(wrong)


def _ask_everything(caller: Caller) -> list[str]:
    """Ask for every operation in many ways; what was wrong with the answers."""
    schema = schemathesis.openapi.from_dict(openapi())

    @schema.hook
    def map_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, Any]) -> dict[str, Any]:
        return {name: _existing(caller.ids.get(name, []), value) for name, value in (path_parameters or {}).items()}

    wrong = []
    with requests.Session() as session:
        session.trust_env = False
        # The stream never ends: test_events has it.
        for found in schema.exclude(path="/v1/events").get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            try:
                _ask(operation, caller, session)
            except BaseExceptionGroup as failures:
                wrong.append(f"{operation.label}\n{failures}\n" + "\n".join(map(str, failures.exceptions)))
    return wrong


def _ask(operation: APIOperation[Any, Any, Any, Any], caller: Caller, session: requests.Session) -> None:
    wanted, unwanted = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    # The same requests each time, and no database of examples: a run is like the one before it.
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=wanted | unwanted)
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(caller.url, session=session, headers=caller.headers, checks=list(CHECKS))

    ask()


def _existing(there: list[str], value: Any) -> Any:
    chosen = crc32(repr(value).encode(errors="replace"))
    return there[chosen // 2 % len(there)] if there and chosen % 2 else value


async def _bearer(pool: Pool, role: Role, endpoint_id: UUID | None = None) -> dict[str, str]:
    async with pool.acquire() as connection:
        _, secret = await keys.create(connection, name=role, role=role, endpoint_id=endpoint_id)
    return {"Authorization": f"Bearer {secret}"}


async def _furnish(client: httpx.AsyncClient) -> dict[str, list[str]]:
    for number in range(1, 4):
        await client.post("/v1/presses", json={"button_id": f"button-{number}", "press_id": "first"})
        await client.post("/v1/presses", json={"button_id": f"button-{number}", "counter": "many"})
        await client.post("/v1/presses", content=b"\xff%d" % number)
    mapping = {"name": "keys", "topic": "shop/{n}", "fields": {"button_id": "{n}"}}
    await client.post("/v1/mappings", json=mapping)
    found = {}
    for name, path in LISTS.items():
        listed = await client.get(path)
        found[name] = [item["id"] for item in listed.json()["items"]]
        assert found[name], name
    return found

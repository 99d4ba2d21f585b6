"""Who may do what: looked at for every route there is."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from alarmd.db.keys import Role
from alarmd.web.app import ROUTERS
from alarmd.web.described import api_routes, roles
from tests.service import Service
from tests.web.conftest import As, slug

ROLES: tuple[Role, ...] = ("viewer", "operator", "admin", "police", "press")
ROUTES = [(route, method) for route in api_routes(ROUTERS) for method in sorted(route.methods or ())]
OPEN = {
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/style.css",
    "/schemas/{file}",
    "/problems/{slug}",
}


def test_every_route_names_its_roles_but_those_that_are_open_to_all() -> None:
    assert {route.path for route, _ in ROUTES if not roles(route)} == OPEN
    assert all(route.path.startswith("/v1/") == bool(roles(route)) for route, _ in ROUTES)


def _admitted(route: APIRoute) -> set[Role]:
    above: dict[Role, set[Role]] = {"viewer": {"operator", "admin"}, "operator": {"admin"}}
    return {role for least in roles(route) for role in {least} | above.get(least, set())}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_what_it_is_for_and_nothing_else(as_role: As, role: Role) -> None:
    client = await as_role(role)
    for route, method in ROUTES:
        if not roles(route):
            continue
        if route.path == "/v1/events" and role in _admitted(route):
            continue  # it would go on for ever; test_events has it
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", "00000000-0000-7000-8000-000000000000")
        response = await client.request(method, path, **_something(method))
        if role in _admitted(route):
            assert response.status_code not in {401, 403, 500}, (method, path, response.text)
        else:
            assert (response.status_code, slug(response)) == (403, "forbidden"), (method, path, response.text)
            assert roles(route)[0] in response.json()["detail"]


async def test_no_route_of_the_api_answers_without_a_key(anybody: httpx.AsyncClient) -> None:
    for route, method in ROUTES:
        if roles(route):
            response = await anybody.request(method, route.path, **_something(method))
            assert response.status_code == 401, (method, route.path, response.text)


async def test_a_file_is_not_read_from_somebody_who_has_no_key(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    for more in ("", "Idempotency-Key: once\r\n"):
        reader, writer = await asyncio.open_connection(host, int(port))
        # The body is announced, begun, and never ended.
        head = f"POST /v1/stores/import HTTP/1.1\r\nHost: {host}\r\nContent-Length: 30000000\r\n{more}\r\nname"
        writer.write(head.encode())
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.1 401"), more
        writer.close()
        await writer.wait_closed()


def _something(method: str) -> dict[str, Any]:
    return {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}

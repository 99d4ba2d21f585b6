"""Whatever is sent, and whatever breaks, the answer is a problem that says what to do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from alarmd.db.pool import Pool
from alarmd.settings import Settings
from alarmd.web.app import openapi
from alarmd.web.problems import KINDS
from tests.service import Service
from tests.web.conftest import slug

JSON = {"Content-Type": "application/json"}
KEYS = "/v1/keys"
NOWHERE = "00000000-0000-7000-8000-000000000000"
NUL = "\\u0000"

REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/v1/nothing", {}, 404, "not-found"),
    ("GET", "/v1/alarms/", {}, 404, "not-found"),
    ("GET", f"/v1/alarms/{NOWHERE}", {}, 404, "not-found"),
    ("POST", f"/v1/alarms/{NOWHERE}/acknowledge", {}, 404, "not-found"),
    ("POST", f"/v1/quarantine/{NOWHERE}/dismiss", {}, 404, "not-found"),
    ("POST", f"/v1/deliveries/{NOWHERE}/retry", {}, 404, "not-found"),
    ("DELETE", f"/v1/keys/{NOWHERE}", {}, 404, "not-found"),
    ("DELETE", f"/v1/endpoints/{NOWHERE}", {}, 404, "not-found"),
    ("GET", "/problems/nothing", {}, 404, "not-found"),
    ("GET", "/schemas/..%2Fpyproject.toml", {}, 404, "not-found"),
    ("DELETE", "/v1/alarms", {}, 405, "method-not-allowed"),
    ("POST", KEYS, {"content": b"x" * 65_537, "headers": JSON}, 413, "too-large"),
    ("POST", KEYS, {"content": b"name=x", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported-media-type"),
    ("POST", KEYS, {"content": b'{"name": "x"}'}, 415, "unsupported-media-type"),
    ("POST", KEYS, {"json": {}}, 422, "invalid"),
    ("POST", KEYS, {"json": []}, 422, "invalid"),
    ("POST", KEYS, {"content": b"", "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"json": {"name": "x", "role": "king"}}, 422, "invalid"),
    ("POST", KEYS, {"json": {"name": "x", "role": "viewer", "colour": "red"}}, 422, "invalid"),
    ("POST", KEYS, {"json": {"name": "x", "role": "police", "endpoint_id": NOWHERE}}, 422, "invalid"),
    ("POST", KEYS, {"content": b'{"name": ', "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": b'{"name": "\xff"}', "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": b'{"name": "\\ud800", "role": "viewer"}', "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": f'{{"name": "{NUL}", "role": "viewer"}}'.encode(), "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": f'{{"a": [{{"b": "{NUL}"}}]}}'.encode(), "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": b"[" * 60_000, "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": b'{"name": NaN}', "headers": JSON}, 422, "invalid"),
    ("POST", KEYS, {"content": b'{"name": ' + b"9" * 5000 + b"}", "headers": JSON}, 422, "invalid"),
    ("GET", "/v1/alarms?limit=0", {}, 422, "invalid"),
    ("GET", "/v1/alarms?limit=201", {}, 422, "invalid"),
    ("GET", "/v1/alarms?limit=x", {}, 422, "invalid"),
    ("GET", "/v1/alarms?cursor=x", {}, 422, "invalid"),
    ("GET", "/v1/alarms?cursor=WyJ4Il0", {}, 422, "invalid"),
    ("GET", "/v1/alarms?cursor=" + "W1tb" * 200, {}, 422, "invalid"),
    ("GET", "/v1/keys?cursor=" + "x" * 1001, {}, 422, "invalid"),
    ("GET", "/v1/alarms?state=asleep", {}, 422, "invalid"),
    ("GET", "/v1/alarms?since=2026-11-23T00:00:00", {}, 422, "invalid"),
    ("GET", "/v1/alarms?since=0001-01-01T00:00:00%2B14:00", {}, 422, "invalid"),
    ("GET", "/v1/alarms?button_id=a%00b", {}, 422, "invalid"),
    ("GET", "/v1/buttons/a%00b", {}, 422, "invalid"),
    ("GET", "/v1/alarms/17", {}, 422, "invalid"),
    ("GET", "/v1/events", {"headers": {"Last-Event-ID": "yesterday"}}, 422, "invalid"),
    (
        "POST",
        KEYS,
        {"json": {"name": "x", "role": "viewer"}, "headers": {"Idempotency-Key": "k" * 256}},
        422,
        "invalid",
    ),
]


async def test_a_bad_request_is_refused_with_its_problem(admin: httpx.AsyncClient) -> None:
    for method, path, request, status, expected in REFUSED:
        response = await admin.request(method, path, **request)
        assert (response.status_code, slug(response)) == (status, expected), (method, path, request, response.text)


async def test_each_thing_that_is_wrong_is_named_with_its_place_and_value(admin: httpx.AsyncClient) -> None:
    response = await admin.post(KEYS, json={"name": "", "role": "king"})
    errors = {error["where"]: error for error in response.json()["errors"]}
    assert set(errors) == {"body.name", "body.role"}
    assert errors["body.role"]["value"] == "king"
    assert "'viewer'" in errors["body.role"]["reason"]


async def test_a_body_without_a_length_is_counted_as_it_comes(admin: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    response = await admin.post(KEYS, content=endless(), headers=JSON)
    assert slug(response) == "too-large"


async def test_405_says_what_the_path_takes(admin: httpx.AsyncClient) -> None:
    assert (await admin.put(KEYS)).headers["allow"]


async def test_without_a_key_or_with_a_wrong_one_it_is_401(anybody: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}, {"Authorization": "x"}):
        response = await anybody.get("/v1/alarms", headers=headers)
        assert (response.status_code, slug(response)) == (401, "unauthenticated")
        assert response.headers["www-authenticate"] == "Bearer"


async def test_every_problem_explains_itself(anybody: httpx.AsyncClient) -> None:
    for kind in KINDS:
        response = await anybody.get(f"/problems/{kind.slug}")
        assert response.headers["content-type"].startswith("text/plain")
        assert kind.title in response.text


async def test_the_type_of_a_problem_is_a_url_that_explains_it(anybody: httpx.AsyncClient, service: Service) -> None:
    problem = (await anybody.get("/v1/alarms")).json()
    public_url = Settings.model_validate(service.settings).public_url
    assert problem["type"] == f"{public_url}/problems/unauthenticated"
    explained = await anybody.get(problem["type"].removeprefix(public_url))
    assert problem["title"] in explained.text
    for operations in openapi()["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if "application/problem+json" in answer.get("content", {}):
                    named = answer["description"].rpartition("`")[0].rpartition("`")[2]
                    assert f"({status})" in (await anybody.get(f"/problems/{named}")).text


async def test_a_defect_gives_an_id_and_no_more(admin: httpx.AsyncClient, pool: Pool) -> None:
    await pool.execute("ALTER TABLE quarantine RENAME TO elsewhere")
    response = await admin.get("/v1/quarantine")
    assert (response.status_code, slug(response)) == (500, "internal")
    assert response.json()["instance"].startswith("urn:alarmd:")
    assert "quarantine" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_database_that_goes_away_during_a_request_is_a_503_and_the_next_one_passes(
    admin: httpx.AsyncClient, service: Service, pool: Pool
) -> None:
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE quarantine IN ACCESS EXCLUSIVE MODE")
        request = asyncio.create_task(admin.get("/v1/quarantine"))
        while not await pool.fetchval(
            """
            SELECT count(pg_terminate_backend(pid))
            FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        ):
            await asyncio.sleep(0.02)
        response = await request
    assert (response.status_code, slug(response)) == (503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert (await admin.get("/v1/quarantine")).status_code == 200

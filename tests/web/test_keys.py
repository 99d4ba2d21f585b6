"""API keys."""

import asyncio
import hashlib

import httpx

from alarmd.db.pool import Pool
from tests.service import Service
from tests.web.conftest import connect, slug


async def test_a_key_is_shown_once_works_and_is_kept_as_its_digest(
    admin: httpx.AsyncClient, service: Service, pool: Pool
) -> None:
    made = await admin.post("/v1/keys", json={"name": "상황실", "role": "viewer"})
    assert made.status_code == 201
    secret = made.json()["key"]
    assert secret.startswith("alarmd_")
    assert len(secret) == len("alarmd_") + 43
    async with connect(service, secret) as viewer:
        assert (await viewer.get("/v1/alarms")).status_code == 200
    assert secret not in (await admin.get("/v1/keys")).text
    assert (
        await pool.fetchval("SELECT digest FROM keys WHERE name = '상황실'") == hashlib.sha256(secret.encode()).digest()
    )


async def test_a_revoked_key_opens_nothing_from_then_on(admin: httpx.AsyncClient, service: Service) -> None:
    made = (await admin.post("/v1/keys", json={"name": "x", "role": "viewer"})).json()
    async with connect(service, made["key"]) as viewer:
        assert (await viewer.get("/v1/alarms")).status_code == 200
        assert (await admin.delete(f"/v1/keys/{made['id']}")).status_code == 204
        assert slug(await viewer.get("/v1/alarms")) == "unauthenticated"
    listed = {key["id"]: key for key in (await admin.get("/v1/keys")).json()["items"]}
    assert listed[made["id"]]["revoked_at"]


async def test_the_last_admin_key_stays(admin: httpx.AsyncClient, service: Service) -> None:
    first = (await admin.get("/v1/keys")).json()["items"][0]["id"]
    assert slug(await admin.delete(f"/v1/keys/{first}")) == "conflict"
    other = (await admin.post("/v1/keys", json={"name": "other", "role": "admin"})).json()
    async with connect(service, other["key"]) as second:
        answers = await asyncio.gather(
            admin.delete(f"/v1/keys/{other['id']}"), second.delete(f"/v1/keys/{first}"), return_exceptions=False
        )
        assert sorted(answer.status_code for answer in answers) in ([204, 401], [204, 409])


async def test_only_a_police_key_acts_for_an_endpoint(admin: httpx.AsyncClient) -> None:
    endpoint = (await admin.get("/v1/endpoints")).json()["items"][0]["id"]
    refused = await admin.post("/v1/keys", json={"name": "x", "role": "viewer", "endpoint_id": endpoint})
    assert refused.json()["errors"][0]["where"] == "body.endpoint_id"
    made = await admin.post("/v1/keys", json={"name": "x", "role": "police", "endpoint_id": endpoint})
    assert made.json()["endpoint_id"] == endpoint


async def test_keys_are_listed_a_page_at_a_time_each_once(admin: httpx.AsyncClient) -> None:
    for number in range(6):
        await admin.post("/v1/keys", json={"name": f"key {number}", "role": "viewer"})
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await admin.get("/v1/keys", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        assert len(page["items"]) <= 3
        seen += [key["name"] for key in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["ALARMD_ADMIN_KEY", *(f"key {number}" for number in range(6))]

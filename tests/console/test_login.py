"""Logging in and out: a session is worth as much as its key, and no more than that."""

import asyncio
import hashlib
from urllib.parse import quote

import httpx
import pytest

from alarmd.core import login, session
from alarmd.db import keys
from alarmd.db.keys import Role
from alarmd.db.pool import Pool
from tests.service import ADMIN_KEY, Service
from tests.web.conftest import connect


async def _logged_in(service: Service, pool: Pool, role: Role = "operator") -> tuple[httpx.AsyncClient, str]:
    """A client that has logged in as a browser does, and the id of its key."""
    async with pool.acquire() as connection:
        key, secret = await keys.create(connection, name=f"{role} desk", role=role)
    async with connect(service, None) as first:
        answer = await first.post("/login", data={"key": secret, "next": "/"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
    client = connect(service, None)
    client.cookies = first.cookies
    return client, str(key.id)


def _token(client: httpx.AsyncClient) -> str:
    return str(client.cookies[session.cookie_name(str(client.base_url))])


def _csrf(client: httpx.AsyncClient) -> dict[str, str]:
    return {"X-CSRF-Token": session.csrf_token(_token(client))}


async def test_a_session_lives_in_a_cookie_that_no_script_and_no_other_site_gets(service: Service, pool: Pool) -> None:
    client, _ = await _logged_in(service, pool)
    async with client, pool.acquire() as connection:
        _, secret = await keys.create(connection, name="second", role="viewer")
        cookie = (await client.post("/login", data={"key": secret})).headers["set-cookie"].lower()
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= set(cookie.split("; "))
        kept = [row["digest"] for row in await connection.fetch("SELECT digest FROM console_sessions")]
        assert hashlib.sha256(_token(client).encode()).digest() in kept
        assert len(kept) == 2


def test_over_tls_the_cookie_is_bound_to_it() -> None:
    assert session.cookie_name("https://alarmd.example") == "__Host-alarmd_session"
    assert login.cookie_name("https://alarmd.example") == "__Host-alarmd_login"
    assert session.is_secure("https://alarmd.example")
    assert not session.is_secure("http://127.0.0.1:8000")


@pytest.mark.parametrize(("role", "says"), [(None, "unknown or was revoked"), ("press", "for pressing only")])
async def test_who_may_not_look_is_told_why(service: Service, pool: Pool, role: Role | None, says: str) -> None:
    secret = "alarmd_nobody-ever-made-this-key"
    if role:
        async with pool.acquire() as connection:
            _, secret = await keys.create(connection, name="button", role=role)
    async with connect(service, None) as client:
        refused = await client.post("/login", data={"key": secret}, headers={"Accept-Language": "en"})
        assert refused.status_code == 403
        assert says in refused.text
        assert "set-cookie" not in refused.headers


async def test_a_log_in_that_another_site_sends_is_refused(service: Service, pool: Pool) -> None:
    async with connect(service, None) as client, pool.acquire() as connection:
        _, secret = await keys.create(connection, name="desk", role="viewer")
        for site in ("cross-site", "same-site"):
            refused = await client.post("/login", data={"key": secret}, headers={"Sec-Fetch-Site": site})
            assert refused.status_code == 403
            assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""])
async def test_after_the_log_in_it_goes_nowhere_else(service: Service, pool: Pool, target: str) -> None:
    async with connect(service, None) as client, pool.acquire() as connection:
        _, secret = await keys.create(connection, name="desk", role="viewer")
        answer = await client.post("/login", data={"key": secret, "next": target})
        assert answer.headers["location"] == "/"
        assert f'value="{target}"' not in (await client.get(f"/login?next={quote(target)}")).text or target == ""


async def test_whoever_is_not_logged_in_comes_back_to_where_they_wanted(service: Service) -> None:
    async with connect(service, None) as client:
        asked = await client.get("/stores?q=x")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fstores%3Fq%3Dx")
        # From another site a browser sends no Strict cookie at first: the page asks for itself once more.
        linked = await client.get("/alarms", headers={"Sec-Fetch-Site": "cross-site"})
        assert linked.status_code == 200
        assert 'http-equiv="refresh"' in linked.text


async def test_a_session_reads_as_its_key_does_and_writes_only_with_its_token(service: Service, pool: Pool) -> None:
    client, _ = await _logged_in(service, pool)
    async with client:
        assert (await client.get("/v1/alarms")).status_code == 200
        assert (await client.get("/v1/keys")).status_code == 403
        body = {"id": "my-button"}
        assert (await client.post("/v1/buttons", json=body)).status_code == 403
        once = {"Idempotency-Key": "once"}
        assert (await client.post("/v1/buttons", json=body, headers=once)).status_code == 403
        wrong = {"X-CSRF-Token": session.csrf_token("of another session")}
        assert (await client.post("/v1/buttons", json=body, headers=wrong)).status_code == 403
        assert (await client.post("/v1/buttons", json=body, headers=_csrf(client) | once)).status_code == 201
        assert (await client.post("/v1/buttons", json=body, headers=_csrf(client) | once)).status_code == 201
        assert (await client.post("/v1/buttons", json=body, headers=_csrf(client))).status_code == 409


async def test_a_log_out_needs_the_token_and_ends_the_session_everywhere(service: Service, pool: Pool) -> None:
    client, _ = await _logged_in(service, pool)
    async with client, connect(service, None) as thief:
        thief.cookies = httpx.Cookies(client.cookies)
        await client.post("/logout", data={"csrf": "guessed"})
        assert (await client.get("/v1/alarms")).status_code == 200
        gone = await client.post("/logout", data={"csrf": _csrf(client)["X-CSRF-Token"]})
        assert gone.headers["location"] == "/login"
        assert (await thief.get("/v1/alarms")).status_code == 401
        assert (await thief.get("/")).headers["location"] == "/login"


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE keys SET revoked_at = now() WHERE id = $1",
        "UPDATE console_sessions SET expires_at = now() WHERE key_id = $1",
    ],
)
async def test_a_session_ends_with_its_key_and_with_its_time_and_so_does_its_stream(
    service: Service, pool: Pool, ending: str
) -> None:
    client, key_id = await _logged_in(service, pool)
    async with client, client.stream("GET", "/v1/events") as stream:
        pieces = stream.aiter_text()
        assert "listening" in await anext(pieces)
        await pool.execute(ending, key_id)
        assert (await client.get("/v1/alarms")).status_code == 401
        assert (await client.get("/")).status_code == 303
        async with asyncio.timeout(20):
            async for _ in pieces:
                pass


async def test_an_admin_sees_who_is_logged_in_and_ends_it_and_the_audit_says_so(service: Service, pool: Pool) -> None:
    desk, key_id = await _logged_in(service, pool)
    other, _ = await _logged_in(service, pool, "viewer")
    async with connect(service, ADMIN_KEY) as admin, desk, other, desk.stream("GET", "/v1/events") as stream:
        pieces = stream.aiter_text()
        assert "listening" in await anext(pieces)
        newest = (await admin.get("/v1/sessions", params={"limit": 1})).json()
        oldest = (await admin.get("/v1/sessions", params={"cursor": newest["next_cursor"]})).json()
        (shown,) = oldest["items"]
        assert [one["name"] for one in newest["items"]] == ["viewer desk"]
        assert (shown["name"], shown["role"], shown["key_id"]) == ("operator desk", "operator", key_id)
        assert _token(desk) not in str(oldest)
        assert (await other.get("/v1/sessions")).status_code == 403
        assert (await admin.delete(f"/v1/sessions/{shown['id']}")).status_code == 204
        assert (await admin.delete(f"/v1/sessions/{shown['id']}")).status_code == 404
        assert (await desk.get("/v1/alarms")).status_code == 401
        async with asyncio.timeout(20):
            async for _ in pieces:
                pass
        assert (await other.get("/v1/alarms")).status_code == 200
        (entry,) = (await admin.get("/v1/audit", params={"what": "session.ended"})).json()["items"]
    assert entry["subject"] == f"sessions/{shown['id']}"
    named = ("name", "role", "key_id")
    assert {name: entry["before"][name] for name in named} == {name: shown[name] for name in named}


async def test_each_role_is_offered_what_it_may_see_and_nothing_else(service: Service, pool: Pool) -> None:
    offered: dict[Role, set[str]] = {
        "viewer": {"/", "/alarms", "/stores", "/buttons", "/faults"},
        "police": {"/", "/alarms"},
    }
    offered["operator"] = offered["viewer"] | {"/deliveries", "/quarantine"}
    offered["admin"] = offered["operator"] | {"/endpoints", "/keys", "/audit"}
    for role, paths in offered.items():
        client, _ = await _logged_in(service, pool, role)
        async with client:
            page = (await client.get("/")).text
            for path in offered["admin"]:
                assert (f'<li><a href="{path}"' in page) == (path in paths), (role, path)
                assert (await client.get(path)).status_code == (200 if path in paths else 403), (role, path)


async def test_a_page_is_korean_or_english_as_the_reader_likes(service: Service) -> None:
    async with connect(service, None) as client:
        for accepted, language in (
            ("", "ko"),
            ("en-GB,en;q=0.9", "en"),
            ("ko;q=0.4, en;q=0.3", "ko"),
            ("fr;q=x,;", "ko"),
        ):
            page = await client.get("/login", headers={"Accept-Language": accepted})
            assert f'<html lang="{language}"' in page.text, accepted
        client.cookies.set("alarmd_language", "en")
        assert '<html lang="en"' in (await client.get("/login", headers={"Accept-Language": "ko"})).text


async def test_pages_are_not_kept_and_files_are_kept_for_ever_under_a_name_of_their_own(service: Service) -> None:
    async with connect(service, None) as client:
        page = await client.get("/login")
        assert page.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        base = page.text.split('href="')[1].removesuffix("/icon.svg").split("/icon.svg")[0]
        script = await client.get(f"{base}/login.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        assert (await client.get(f"{base}/vendor/leaflet/leaflet.js")).status_code == 200
        for other in (
            "/static/0000000000000000/login.js",
            f"{base}/../pages.py",
            f"{base}/%2e%2e/pages.py",
            f"{base}/no",
        ):
            assert (await client.get(other)).status_code == 404


async def test_while_the_database_is_away_a_page_says_so_and_tries_again(service: Service, pool: Pool) -> None:
    client, _ = await _logged_in(service, pool)
    async with client, pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE keys IN ACCESS EXCLUSIVE MODE")
        page = await client.get("/", headers={"Accept-Language": "en"})
        assert page.status_code == 503
        assert "does not answer" in page.text
        assert 'http-equiv="refresh"' in page.text

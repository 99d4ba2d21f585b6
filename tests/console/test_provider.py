"""Logging in through an OpenID Connect provider: who belongs gets in, and nobody else does, whatever it answers."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from aiohttp import web
from joserfc.jwk import ECKey, RSAKey

from alarmd.core import session
from alarmd.core.login import Attempt
from alarmd.db.pool import Pool
from alarmd.embedded.child import free_port
from simulators.police import Police
from tests.console.conftest import Serve
from tests.provider import PERSON, Claims, Provider, by_hand, shared, signed, unsigned
from tests.service import ADMIN_KEY, Service, until
from tests.web.conftest import connect

ENGLISH = {"Accept-Language": "en"}


async def begin(client: httpx.AsyncClient, onward: str = "/") -> str:
    """To where alarmd sends a browser that logs in."""
    gone = await client.get("/login/oidc", params={"next": onward}, headers=ENGLISH)
    assert gone.status_code == 303, gone.text
    return gone.headers["location"]


async def log_in(service: Service, provider: Provider, name: str = "minji") -> httpx.AsyncClient:
    """A client that has logged in as a browser does."""
    async with connect(service, None) as first:
        came_back = await first.get(provider.let_in(await begin(first), name), headers=ENGLISH)
        assert came_back.status_code == 200, came_back.text
    client = connect(service, None)
    client.cookies = first.cookies
    token = client.cookies[session.cookie_name(service.url)]
    client.headers["X-CSRF-Token"] = session.csrf_token(token)
    return client


async def refusal(service: Service, provider: Provider) -> str:
    """Why a log-in that begins as it should ends without a session."""
    async with connect(service, None) as client:
        refused = await client.get(provider.let_in(await begin(client)), headers=ENGLISH)
        assert refused.status_code in {403, 503}, refused.text
        assert session.cookie_name(service.url) not in client.cookies
        assert (await client.get("/v1/alarms")).status_code == 401
        return refused.text


async def test_a_person_does_what_their_role_may_and_is_named_for_it(
    serve: Serve, provider: Provider, pool: Pool
) -> None:
    service = await serve()
    async with await log_in(service, provider) as minji, connect(service, ADMIN_KEY) as admin:
        button = {"id": "my-button"}
        once = {"Idempotency-Key": "once"}
        assert (await minji.post("/v1/buttons", json=button, headers={"X-CSRF-Token": "guessed"})).status_code == 403
        for _ in range(2):
            assert (await minji.post("/v1/buttons", json=button, headers=once)).status_code == 201
        assert (await minji.get("/v1/keys")).status_code == 403
        receipt = await minji.post("/v1/presses", json={"button_id": "button-1", "press_id": "once"})
        place = f"/v1/alarms/{receipt.json()['alarm_id']}"
        assert (await minji.post(f"{place}/acknowledge")).json()["acknowledged"]["by"] == "kim.minji"
        entries = (await admin.get("/v1/audit", params={"who": "kim.minji (248289761001)"})).json()["items"]
        assert [entry["what"] for entry in entries] == ["alarm.acknowledged", "button.enrolled", "session.opened"]
        assert len({entry["key_id"] for entry in entries}) == 1
        assert entries[-1]["after"] == {
            "issuer": provider.issuer,
            "subject": "248289761001",
            "name": "kim.minji",
            "role": "operator",
        }
        assert entries[-1]["subject"] == f"people/{entries[0]['key_id']}"
        assert (await minji.get(place)).status_code == 200
        await until(pool, "EXISTS (SELECT FROM access_log WHERE what = 'alarm')")
        (reading,) = (await admin.get("/v1/access-log", params={"what": "alarm"})).json()["items"]
        assert (reading["who"], reading["key_id"]) == ("kim.minji (248289761001)", entries[0]["key_id"])
        assert (await admin.get("/v1/audit/verify")).json()["whole"]


async def test_only_the_browser_that_began_a_log_in_ends_it_and_only_once(serve: Serve, provider: Provider) -> None:
    service = await serve()
    async with connect(service, None) as client, connect(service, None) as other:
        begun = await client.get("/login/oidc", params={"next": "/stores?q=x"})
        cookie = begun.headers["set-cookie"].lower()
        assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= set(cookie.split("; "))
        back = provider.let_in(begun.headers["location"])
        kept = httpx.Cookies(client.cookies)
        for asked in (back, f"{service.url}/login/oidc/callback"):
            refused = await other.get(asked, headers=ENGLISH)
            assert (refused.status_code, "was not begun in this browser" in refused.text) == (403, True)
        other.cookies.set("alarmd_login", Attempt("of another log-in", "/").cookie)
        assert (await other.get(back)).status_code == 403
        assert "/token" not in provider.asked
        came_back = await client.get(back)
        assert 'content="0; url=/stores?q=x"' in came_back.text
        session_cookie = next(
            one for one in came_back.headers.get_list("set-cookie") if one.startswith("alarmd_session=")
        )
        assert "samesite=strict" in session_cookie.lower()
        assert (await client.get(back)).status_code == 403
        # Even if the browser had not forgotten it: a code is good for one time.
        other.cookies = kept
        again = await other.get(back, headers=ENGLISH)
        assert (again.status_code, "invalid_grant" in again.text) == (403, True)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\x00"])
async def test_after_the_log_in_it_goes_nowhere_else(serve: Serve, provider: Provider, target: str) -> None:
    service = await serve()
    async with connect(service, None) as client:
        url = await begin(client, target)
        assert 'content="0; url=/"' in (await client.get(provider.let_in(url))).text
        state = parse_qs(urlsplit(await begin(client)).query)["state"][0]
        token = client.cookies["alarmd_login"].partition(".")[0]
        assert Attempt(token, "/").state == state
        url = await begin(client)
        token = client.cookies["alarmd_login"].partition(".")[0]
        client.cookies.clear()
        client.cookies.set("alarmd_login", Attempt(token, target).cookie)
        assert 'content="0; url=/"' in (await client.get(provider.let_in(url))).text


def _tampered(provider: Provider) -> dict[str, tuple[Claims, str]]:
    """Claims in place of the right ones, and what the refusal says."""
    now = int(time.time())
    return {
        "another audience": ({"aud": "somebody-else"}, "aud"),
        "no audience": ({"aud": None}, "aud"),
        "several audiences, and not said whose it is": ({"aud": [provider.client_id, "other"]}, "azp"),
        "made for another client": ({"azp": "other"}, "azp"),
        "another nonce": ({"nonce": "of another log-in"}, "nonce"),
        "no nonce": ({"nonce": None}, "nonce"),
        "another issuer": ({"iss": "https://evil.example"}, "iss"),
        "almost the issuer": ({"iss": provider.issuer + "/"}, "iss"),
        "expired": ({"exp": now - 120}, "expired"),
        "never expires": ({"exp": None}, "exp"),
        "not valid yet": ({"nbf": now + 600}, "not yet valid"),
        "issued in the future": ({"iat": now + 600}, "issued in the future"),
        "issued never": ({"iat": None}, "iat"),
        "nobody": ({"sub": None}, "sub"),
        "an empty name": ({"sub": ""}, "sub"),
        "a name that is none": ({"sub": 42}, "sub"),
        "a name that breaks lines": ({"sub": "1\n2"}, "sub"),
        "too long a name": ({"sub": "1" * 256}, "sub"),
    }


def _changing(wrong: Claims) -> Callable[[Claims], Claims]:
    return lambda right: {name: value for name, value in (right | wrong).items() if value is not None}


async def test_a_token_that_is_not_for_us_of_this_log_in_and_of_now_lets_nobody_in(
    serve: Serve, provider: Provider, pool: Pool
) -> None:
    service = await serve()
    for case, (claims, says) in _tampered(provider).items():
        provider.change = _changing(claims)
        text = await refusal(service, provider)
        assert "cannot be trusted" in text, case
        assert says in text, (case, text)
    assert await pool.fetchval("SELECT count(*) FROM console_sessions") == 0


async def test_a_token_that_the_provider_has_not_signed_lets_nobody_in(serve: Serve, provider: Provider) -> None:
    service = await serve()
    public, kid = provider.key.as_pem(private=False), str(provider.key.kid)
    stranger = RSAKey.generate_key(2048, {"kid": kid})
    unknown = RSAKey.generate_key(2048, {"kid": "unknown"})
    elliptic = ECKey.generate_key("P-256", {"kid": kid})
    by_case: dict[str, Callable[[Claims], str]] = {
        "nobody": unsigned,
        "with the public key as a secret": lambda claims: shared(public, kid, claims),
        "with the client's secret": lambda claims: shared(str(provider.secret).encode(), kid, claims),
        "by a stranger under its key's name": lambda claims: signed("RS256", stranger, claims),
        "by a stranger": lambda claims: signed("RS256", unknown, claims),
        "with another sort of key": lambda claims: signed("ES256", elliptic, claims),
        "with an algorithm that it does not announce": lambda claims: signed("PS512", provider.key, claims),
        "with a part that is not understood": lambda claims: by_hand(provider.key, claims, crit=["x"], x=1),
        "changed afterwards": lambda claims: _changed(signed("RS256", provider.key, claims)),
        "no token": lambda _: "no.token",
        "an encrypted one": lambda _: "a.b.c.d.e",
    }
    for case, sign in by_case.items():
        provider.sign = sign
        assert "cannot be trusted" in await refusal(service, provider), case
    provider.sign = None
    await (await log_in(service, provider)).aclose()


def _changed(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[:-4]}{'AAAA' if signature[-4:] != 'AAAA' else 'BBBB'}"


async def test_several_audiences_are_fine_when_it_is_said_that_it_was_made_for_us(
    serve: Serve, provider: Provider
) -> None:
    service = await serve()
    several = {"aud": [provider.client_id, "other"], "azp": provider.client_id}
    provider.change = lambda claims: claims | several
    await (await log_in(service, provider)).aclose()


async def test_keys_that_rotate_are_looked_up_anew_and_elliptic_ones_are_as_good(
    serve: Serve, provider: Provider
) -> None:
    service = await serve()
    for _ in range(2):
        await (await log_in(service, provider)).aclose()
    assert (provider.asked.count("/keys"), provider.asked.count("/.well-known/openid-configuration")) == (1, 1)
    provider.rotate()
    await (await log_in(service, provider)).aclose()
    assert provider.asked.count("/keys") == 2
    elliptic = ECKey.generate_key("P-256", {"kid": "elliptic"})

    async def keys(_: web.Request) -> web.Response:
        return web.json_response({"keys": [elliptic.as_dict(private=False)]})

    provider.answers["/keys"] = keys
    provider.sign = lambda claims: signed("ES256", elliptic, claims)
    await (await log_in(service, provider)).aclose()


async def test_another_issuer_cannot_send_the_browser_back(serve: Serve, provider: Provider) -> None:
    service = await serve()
    async with connect(service, None) as client:
        for issuer in (None, "https://evil.example"):
            back = provider.let_in(await begin(client))
            query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items() if name != "iss"}
            changed = query if issuer is None else query | {"iss": issuer}
            refused = await client.get(f"/login/oidc/callback?{urlencode(changed)}", headers=ENGLISH)
            assert (refused.status_code, "iss:" in refused.text) == (403, True)
        assert "/token" not in provider.asked


@pytest.mark.parametrize(("error", "shown"), [("access_denied", ["access_denied"]), ("<script>" * 20, []), ("", [])])
async def test_whom_the_provider_does_not_let_in_is_told_so(
    serve: Serve, provider: Provider, error: str, shown: list[str]
) -> None:
    service = await serve()
    async with connect(service, None) as client:
        state = parse_qs(urlsplit(await begin(client)).query)["state"][0]
        refused = await client.get("/login/oidc/callback", params={"state": state, "error": error}, headers=ENGLISH)
        assert (refused.status_code, "has not let you in" in refused.text) == (403, True)
        assert re.findall("<code>(.*)</code>", refused.text) == shown
        assert "<script>" not in refused.text


async def _slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.2)


async def _huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(64):
        await response.write(b" " * 65536)
    return response


async def _redirect(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/elsewhere")


async def _broken(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def _nonsense(request: web.Request) -> web.StreamResponse:
    return web.Response(text="[" * 50_000, content_type="application/json")


async def _refusing(request: web.Request) -> web.StreamResponse:
    return web.json_response({"error": "invalid_client"}, status=401)


ILL: dict[str, tuple[Callable[[web.Request], Awaitable[web.StreamResponse]], str]] = {
    "slow": (_slow, "no complete answer within 5 s"),
    "huge": (_huge, "more than 262144 bytes"),
    "redirecting": (_redirect, "answers 302"),
    "broken": (_broken, "answers 500"),
    "nonsense": (_nonsense, "cannot be trusted"),
}


@pytest.mark.parametrize("how", ILL)
async def test_whatever_is_wrong_with_the_provider_is_told_and_ends(serve: Serve, provider: Provider, how: str) -> None:
    service = await serve()
    answer, says = ILL[how]
    for path in ("/keys", "/token"):
        provider.answers = {path: answer}
        assert says in await refusal(service, provider), path
    provider.answers = {}
    await (await log_in(service, provider)).aclose()


@pytest.mark.parametrize("how", ILL)
async def test_while_the_provider_cannot_say_what_it_is_keys_still_open(
    serve: Serve, provider: Provider, how: str
) -> None:
    service = await serve()
    answer, says = ILL[how]
    provider.answers = {"/.well-known/openid-configuration": answer}
    async with connect(service, None) as client:
        refused = await client.get("/login/oidc", headers=ENGLISH)
        assert refused.status_code in {403, 503}
        assert says in refused.text
        assert "/elsewhere" not in provider.asked
        assert (await client.post("/login", data={"key": ADMIN_KEY})).status_code == 303
        assert (await client.get("/v1/alarms")).status_code == 200
        provider.answers = {}
        assert (await client.get("/login/oidc")).status_code == 303


async def test_a_provider_that_is_down_harms_neither_the_start_nor_keys(serve: Serve, provider: Provider) -> None:
    await provider.stop()
    service = await serve()
    async with connect(service, None) as client:
        page = await client.get("/login", headers=ENGLISH)
        assert (page.status_code, "Log in with localhost" in page.text) == (200, True)
        refused = await client.get("/login/oidc", headers=ENGLISH)
        assert (refused.status_code, "does not answer" in refused.text) == (503, True)
        assert (await client.post("/login", data={"key": ADMIN_KEY})).status_code == 303
    await provider.start()
    await (await log_in(service, provider)).aclose()


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"issuer": "https://evil.example"}, "of the issuer"),
        ({"token_endpoint": "http://evil.example/token"}, "is not https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "is not https"),
        ({"jwks_uri": "http://[::1"}, "is not https"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "no algorithm of"),
    ],
)
async def test_a_provider_that_says_of_itself_what_cannot_be_is_not_followed(
    serve: Serve, provider: Provider, about: dict[str, Any], says: str
) -> None:
    service = await serve()
    provider.about = about
    async with connect(service, None) as client:
        refused = await client.get("/login/oidc", headers=ENGLISH)
        assert (refused.status_code, says in refused.text) == (403, True), refused.text


async def test_a_secret_that_is_not_ours_is_told_to_whoever_set_it(serve: Serve, provider: Provider) -> None:
    service = await serve()
    provider.secret = "another"
    assert "refuses the code: invalid_client" in await refusal(service, provider)
    provider.answers = {"/token": _refusing}
    assert "refuses the code: invalid_client" in await refusal(service, provider)


async def test_a_client_without_a_secret_and_one_with_it_in_the_body_get_in(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    for theirs, methods in ((None, ["none"]), ("body & soul", ["client_secret_post"])):
        provider = Provider(theirs)
        provider.about = {"token_endpoint_auth_methods_supported": methods}
        await provider.start()
        port = free_port("127.0.0.1")
        where = {"http_port": port, "public_url": f"http://127.0.0.1:{port}"}
        service = Service(database, broker, police.url, secret, **where, **provider.settings())
        await service.start()
        await (await log_in(service, provider)).aclose()
        await service.stop()
        await provider.stop()


async def test_whoever_has_no_role_is_told_what_is_missing(serve: Serve, provider: Provider, pool: Pool) -> None:
    service = await serve()
    others: list[Claims] = [
        {"roles": []},
        {"roles": ["alarmd-press", "ALARMD-ADMIN"]},
        {"roles": {"alarmd-admin": 1}},
        {},
    ]
    for claims in others:
        provider.people["minji"] = {"sub": "1", "preferred_username": "<b>kim</b>", **claims}
        text = await refusal(service, provider)
        assert "has given you no role here" in text
        assert "&lt;b&gt;kim&lt;/b&gt; (1): roles: alarmd-viewer, alarmd-operator, alarmd-admin" in text
    assert await pool.fetchval("SELECT count(*) FROM console_sessions") == 0


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["offline_access", "desk", "chief"]}}),
        ("https://alarmd.example/roles", {"https://alarmd.example/roles": ["chief"]}),
        ("groups", {"groups": "chief"}),
    ],
)
async def test_roles_are_read_from_the_claim_that_is_named_and_the_highest_counts(
    serve: Serve, provider: Provider, claim: str, claims: Claims
) -> None:
    service = await serve(oidc_role_claim=claim, oidc_roles="desk=operator, chief=admin, cn=x=viewer")
    provider.people["minji"] = {"sub": "1", "email": "kim@police.example", **claims}
    async with await log_in(service, provider) as chief:
        (shown,) = (await chief.get("/v1/sessions")).json()["items"]
        assert (shown["name"], shown["role"], shown["key_id"]) == ("kim@police.example", "admin", None)
        assert (shown["issuer"], shown["subject"]) == (provider.issuer, "1")


async def test_an_admin_ends_the_session_of_a_person_and_the_audit_says_of_whom(
    serve: Serve, provider: Provider
) -> None:
    service = await serve()
    async with await log_in(service, provider) as minji, connect(service, ADMIN_KEY) as admin:
        (shown,) = (await admin.get("/v1/sessions")).json()["items"]
        async with minji.stream("GET", "/v1/events") as stream:
            pieces = stream.aiter_text()
            assert "listening" in await anext(pieces)
            assert (await admin.delete(f"/v1/sessions/{shown['id']}")).status_code == 204
            async with asyncio.timeout(20):
                async for _ in pieces:
                    pass
        assert (await minji.get("/v1/alarms")).status_code == 401
        (entry,) = (await admin.get("/v1/audit", params={"what": "session.ended"})).json()["items"]
        assert (entry["before"]["subject"], entry["before"]["issuer"]) == (PERSON["sub"], provider.issuer)


async def test_whoever_logged_in_through_a_provider_that_is_trusted_no_more_is_out(
    serve: Serve, provider: Provider
) -> None:
    service = await serve()
    async with await log_in(service, provider) as minji:
        await service.restart()
        assert (await minji.get("/v1/alarms")).status_code == 200
        service.settings["oidc_issuer"] = "https://other.example"
        await service.restart()
        assert (await minji.get("/v1/alarms")).status_code == 401


async def test_after_a_log_out_the_next_one_says_anew_who_they_are(serve: Serve, provider: Provider) -> None:
    service = await serve()
    async with await log_in(service, provider) as minji:
        gone = await minji.post("/logout", data={"csrf": minji.headers["X-CSRF-Token"]})
        assert (await minji.get("/v1/alarms")).status_code == 401
        page = await minji.get(gone.headers["location"])
        assert 'href="/login/oidc?next=/&amp;anew=1"' in page.text
        again = await minji.get("/login/oidc?next=/&anew=1")
        assert parse_qs(urlsplit(again.headers["location"]).query)["prompt"] == ["login"]


async def test_without_a_provider_there_is_no_way_to_one(service: Service) -> None:
    async with connect(service, None) as client:
        assert "/login/oidc" not in (await client.get("/login")).text
        for path in ("/login/oidc", "/login/oidc/callback"):
            assert (await client.get(path)).status_code == 404

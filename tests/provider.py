"""An OpenID Connect provider: it logs people in as it should, and misbehaves as a test says."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Claims: TypeAlias = dict[str, Any]
Sign: TypeAlias = Callable[[Claims], str]
Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

PERSON: Claims = {"sub": "248289761001", "preferred_username": "kim.minji", "roles": ["alarmd-operator"]}
_FORM = """<!doctype html><title>Provider</title><link rel="icon" href="data:,">
<form method="post"><label>Name <input name="name" autofocus></label><button>Go on</button></form>"""


class Provider:
    """Is called localhost, which is another site than 127.0.0.1, where alarmd is.

    Attributes:
        people: whom it knows, by the name that they type in: their claims.
        about: what it says of itself, beside or in place of what is usual.
        change: what it does to the claims before it signs them.
        sign: how it signs; RS256 with `key` if None.
        answers: what it does at a path in place of what is usual.
        asked: the paths that were asked for.
    """

    def __init__(self, secret: str | None = "s3cret & more") -> None:
        self.secret = secret
        self.issuer = ""
        self.client_id = "alarmd-console"
        self.people: dict[str, Claims] = {"minji": PERSON}
        self.key = make_key("first")
        self.about: dict[str, Any] = {}
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Sign | None = None
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self._codes: dict[str, tuple[Mapping[str, str], Claims]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self) -> None:
        """Listen at `issuer`; after a stop at the same one."""

        @web.middleware
        async def misbehave(request: web.Request, handler: Answer) -> web.StreamResponse:
            self.asked.append(request.path)
            return await self.answers.get(request.path, handler)(request)

        application = web.Application(middlewares=[misbehave])
        application.router.add_get("/.well-known/openid-configuration", self._about)
        application.router.add_get("/keys", self._keys)
        application.router.add_get("/authorize", self._show)
        application.router.add_post("/authorize", self._go_on)
        application.router.add_post("/token", self._token)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.issuer = f"http://localhost:{self._port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner:
            await self._runner.cleanup()

    def settings(self) -> dict[str, Any]:
        """What alarmd is told of it."""
        told = {"oidc_issuer": self.issuer, "oidc_client_id": self.client_id}
        return told | ({"oidc_client_secret": self.secret} if self.secret else {})

    def rotate(self) -> None:
        """Sign with another key from now on."""
        self.key = make_key("second")

    def let_in(self, url: str, name: str = "minji") -> str:
        """What somebody does in the browser: from where alarmd sends it to where it is sent back."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", self.client_id)
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = (asked, self.people[name])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    async def _about(self, _: web.Request) -> web.Response:
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response(usual | self.about)

    async def _keys(self, _: web.Request) -> web.Response:
        encryption = ECKey.generate_key("P-256", {"kid": "for encryption", "use": "enc"}).as_dict(private=False)
        unheard_of = {"kty": "AKP", "kid": "from the future", "alg": "ML-DSA-44", "pub": "AAAA"}
        return web.json_response({"keys": [encryption, unheard_of, self.key.as_dict(private=False)]})

    async def _show(self, _: web.Request) -> web.Response:
        return web.Response(text=_FORM, content_type="text/html")

    async def _go_on(self, request: web.Request) -> web.Response:
        name = str((await request.post())["name"])
        raise web.HTTPFound(self.let_in(str(request.url), name))

    async def _token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked, person = self._codes.pop(form.get("code", ""), ({}, {}))
        challenge = _encoded(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (asked.get("redirect_uri"), asked.get("code_challenge")) != (form["redirect_uri"], challenge):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        standing = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = self.change({**standing, **person})
        token = self.sign(claims) if self.sign else signed("RS256", self.key, claims)
        return web.json_response({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    def _is_client(self, request: web.Request, form: Mapping[str, str]) -> bool:
        if self.secret is None:
            return form.get("client_id") == self.client_id and "Authorization" not in request.headers
        if "client_secret" in form:
            return (form["client_id"], form["client_secret"]) == (self.client_id, self.secret)
        _, _, basic = request.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(basic).decode().partition(":")
        return (unquote(name), unquote(secret)) == (self.client_id, self.secret)


def signed(algorithm: str, key: RSAKey | ECKey, claims: Claims) -> str:
    """A token."""
    kid = {"kid": key.kid} if key.kid else {}
    return jwt.encode({"alg": algorithm, "typ": "JWT", **kid}, claims, key, algorithms=[algorithm])


def unsigned(claims: Claims) -> str:
    """A token that nobody has signed."""
    return _parts({"alg": "none", "typ": "JWT"}, claims) + "."


def shared(secret: bytes, kid: str, claims: Claims) -> str:
    """A token that is signed with a secret; by hand, since a sound library takes no public key for one."""
    parts = _parts({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)
    return f"{parts}.{_encoded(hmac.digest(secret, parts.encode(), hashlib.sha256))}"


def by_hand(key: RSAKey, claims: Claims, **header: Any) -> str:
    """A token whose header no library would write."""
    parts = _parts({"alg": "RS256", "typ": "JWT", "kid": key.kid, **header}, claims)
    assert key.private_key
    signature = key.private_key.sign(parts.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{parts}.{_encoded(signature)}"


def _parts(header: dict[str, Any], claims: Claims) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def make_key(kid: str) -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})

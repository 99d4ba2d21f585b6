"""Speaks to the OpenID Connect provider: what it is, its keys, and whom a code stands for."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp
from joserfc.jwk import KeySet

from alarmd.core import id_token, provider
from alarmd.core.errors import ForbiddenError, UnavailableError
from alarmd.core.id_token import UnknownKeyError
from alarmd.core.login import CALLBACK, Attempt
from alarmd.core.provider import Metadata
from alarmd.settings import Settings

_DEADLINE_S: Final = 5.0  # of one request
_LARGEST_BYTES: Final = 256 * 1024
_KNOWN_FOR_S: Final = 3600.0
_AT_ONCE: Final = 8  # anybody can begin a log-in
_HEADERS: Final = {
    "User-Agent": f"alarmd/{version('alarmd')}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
_OK: Final = 200
_REFUSED: Final = (400, 401)  # RFC 6749, 5.2


class Provider:
    """The provider at `issuer`, for the client that alarmd is there. It is asked when somebody logs in, and never else.

    Args:
        issuer: as the provider names itself.
        client_id: what it knows alarmd by.
        client_secret: None for a public client, which has PKCE alone.
        redirect_uri: where it sends the browser back to.
        now: the time that tokens are held against.
    """

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str | None, redirect_uri: str, now: Callable[[], datetime]
    ) -> None:
        self.issuer = issuer
        self.host = urlsplit(issuer).hostname or issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._now = now
        self._metadata: Metadata | None = None
        self._keys: KeySet | None = None
        self._known_until = 0.0
        self._http: aiohttp.ClientSession | None = None  # made where the loop runs

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    async def look(self) -> str:
        """Look whether people could log in, as far as that shows without one; what there is to say.

        Raises:
            UnavailableError: it does not answer.
            ForbiddenError: what it says is not to be trusted.
        """
        metadata = await self._about()
        keys = await self._signing_keys(metadata)
        return f"signs with {', '.join(metadata.algorithms)}; keys: {len(keys.keys)}"

    async def authorization_url(self, attempt: Attempt, *, anew: bool) -> str:
        """Where a browser is sent to log in.

        Raises:
            UnavailableError: the provider does not answer.
            ForbiddenError: what it says of itself is not to be trusted.
        """
        metadata = await self._about()
        return provider.authorization_url(
            metadata, attempt, client_id=self._client_id, redirect_uri=self._redirect_uri, anew=anew
        )

    async def redeem(self, attempt: Attempt, *, code: str, issuer: str | None) -> Mapping[str, Any]:
        """The claims about whoever logged in; `issuer` is who says that it has sent the browser back (RFC 9207).

        Raises:
            UnavailableError: the provider does not answer.
            ForbiddenError: it refuses the code, or what it says is not to be trusted.
        """
        metadata = await self._about()
        if issuer != self.issuer and (issuer is not None or metadata.names_itself):
            raise ForbiddenError(f"iss: it was not {self.issuer} that sent the browser back")
        token = await self._token(metadata, attempt, code)
        try:
            return self._verified(token, await self._signing_keys(metadata), metadata, attempt)
        except UnknownKeyError:
            self._keys = None
            return self._verified(token, await self._signing_keys(metadata), metadata, attempt)

    def _verified(self, token: str, keys: KeySet, metadata: Metadata, attempt: Attempt) -> Mapping[str, Any]:
        return id_token.verify(
            token,
            keys,
            algorithms=metadata.algorithms,
            issuer=self.issuer,
            client_id=self._client_id,
            nonce=attempt.nonce,
            now=self._now(),
        )

    async def _about(self) -> Metadata:
        if self._metadata is None or time.monotonic() > self._known_until:
            status, answer = await self._ask("GET", provider.metadata_url(self.issuer))
            _require_ok(provider.metadata_url(self.issuer), status)
            self._metadata = provider.read_metadata(answer, self.issuer)
            self._keys = None
            self._known_until = time.monotonic() + _KNOWN_FOR_S
        return self._metadata

    async def _signing_keys(self, metadata: Metadata) -> KeySet:
        if self._keys is None:
            status, answer = await self._ask("GET", metadata.jwks_uri)
            _require_ok(metadata.jwks_uri, status)
            self._keys = id_token.read_keys(answer)
        return self._keys

    async def _token(self, metadata: Metadata, attempt: Attempt, code: str) -> str:
        """The ID token that a code stands for (OpenID Connect Core 1.0, 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if self._client_secret is not None and metadata.wants_basic:
            headers["Authorization"] = _basic(self._client_id, self._client_secret)
        else:
            form["client_id"] = self._client_id
            if self._client_secret is not None:
                form["client_secret"] = self._client_secret
        status, answer = await self._ask("POST", metadata.token_endpoint, form=form, headers=headers)
        said = _object(answer)
        if status in _REFUSED:
            raise ForbiddenError(f"{metadata.token_endpoint} refuses the code: {_word(said.get('error'))}")
        _require_ok(metadata.token_endpoint, status)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise ForbiddenError(f"{metadata.token_endpoint} gives no id_token")
        return token

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Redirects are not followed, and the deadline holds against slow bodies."""
        self._http = self._http or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_AT_ONCE, force_close=True),  # log-ins are rare
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None),  # it is below
            auto_decompress=False,
            trust_env=False,
        )
        try:
            async with (
                asyncio.timeout(_DEADLINE_S),
                self._http.request(method, url, data=form, headers=headers, allow_redirects=False) as response,
            ):
                return response.status, await _read(response)
        except TimeoutError:
            raise UnavailableError(f"{url} gave no complete answer within {_DEADLINE_S:g} s") from None
        except aiohttp.ClientError as error:
            raise UnavailableError(f"{url} does not answer: {type(error).__name__}") from error


def make_provider(settings: Settings, *, now: Callable[[], datetime]) -> Provider | None:
    """The provider that the settings name; None where they name none."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        redirect_uri=f"{settings.public_url}{CALLBACK}",
        now=now,
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_any():
        answer += chunk
        if len(answer) > _LARGEST_BYTES:
            raise ForbiddenError(f"{response.url} answers with more than {_LARGEST_BYTES} bytes")
    return bytes(answer)


def _require_ok(url: str, status: int) -> None:
    if status != _OK:
        raise UnavailableError(f"{url} answers {status}, not {_OK}")


def _object(answer: bytes) -> Mapping[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _basic(client_id: str, secret: str) -> str:
    """Both are encoded as in a form before they are joined (RFC 6749, 2.3.1)."""
    joined = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(joined.encode()).decode()}"


def _word(said: object) -> str:
    """An error code (RFC 6749, 5.2), as far as it is one."""
    return said[:64] if isinstance(said, str) and said.isascii() and said.isprintable() else "without a reason"

"""An OpenID Connect provider: what it says of itself, and where a browser is sent to log in there."""

import ipaddress
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alarmd.core.errors import ForbiddenError
from alarmd.core.login import Attempt

# Signed with a key that the provider alone has: no `none`, and no HS*, whose key the client has as well.
ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
_SCOPE: Final = "openid profile email"


class Metadata(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3; RFC 9207, 3)."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    names_itself: bool = Field(default=False, alias="authorization_response_iss_parameter_supported")

    @property
    def algorithms(self) -> list[str]:
        """Those that it signs with and that are fit for it."""
        return [name for name in self.id_token_signing_alg_values_supported if name in ASYMMETRIC]

    @property
    def wants_basic(self) -> bool:
        """Whether a client's secret goes into the header; else it goes into the body."""
        return "client_secret_basic" in self.token_endpoint_auth_methods_supported


def metadata_url(issuer: str) -> str:
    """Where a provider says what it is (OpenID Connect Discovery 1.0, 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read_metadata(document: bytes, issuer: str) -> Metadata:
    """What the provider says of itself.

    Raises:
        ForbiddenError: it is no such document, it is another's, or it names a place that is not safe.
    """
    try:
        found = Metadata.model_validate_json(document)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ForbiddenError(f"{metadata_url(issuer)}: {where or 'the document'}: {fault['msg']}") from None
    if found.issuer != issuer:
        raise ForbiddenError(f"{metadata_url(issuer)} is of the issuer {found.issuer!r}, not of {issuer!r}")
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if not is_safe(url):
            raise ForbiddenError(f"{metadata_url(issuer)}: {url} is not https")
    if not found.algorithms:
        raise ForbiddenError(f"{metadata_url(issuer)}: no algorithm of {', '.join(sorted(ASYMMETRIC))}")
    return found


def is_safe(url: str) -> bool:
    """Whether nobody on the way can listen: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def authorization_url(metadata: Metadata, attempt: Attempt, *, client_id: str, redirect_uri: str, anew: bool) -> str:
    """Where the browser goes (OpenID Connect Core 1.0, 3.1.2.1; RFC 7636, 4.3); with `anew` it has to log in anew."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": _SCOPE,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    } | ({"prompt": "login"} if anew else {})
    endpoint = metadata.authorization_endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

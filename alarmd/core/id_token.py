"""ID tokens: whether the provider really says what is in one, to us, of this log-in, and now."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet, RSAKey

from alarmd.core.errors import ForbiddenError

_LEEWAY_S: Final = 60  # between the provider's clock and ours
_LEAST_RSA_BITS: Final = 2048
_LONGEST_SUBJECT: Final = 255  # OpenID Connect Core 1.0, 2


class UnknownKeyError(ForbiddenError):
    """The token names a key that is not among the provider's, as far as they are known."""


def read_keys(document: bytes) -> KeySet:
    """The keys that the provider signs with (RFC 7517, 5): of those that it publishes, all that are fit for it.

    Raises:
        ForbiddenError: it is no such document.
    """
    try:
        published = json.loads(document)["keys"]
        return KeySet([key for jwk in published if (key := _key(jwk)) is not None])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise ForbiddenError("the provider's keys cannot be read: they are no JWK set") from error


def verify(
    token: str,
    keys: KeySet,
    *,
    algorithms: Sequence[str],
    issuer: str,
    client_id: str,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core 1.0, 3.1.3.7).

    Raises:
        UnknownKeyError: it is signed with a key that is not among these.
        ForbiddenError: it is not what it should be; the text says in what.
    """
    claims = _signed(token, keys, algorithms)
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise ForbiddenError(f"id_token: {error}") from None
    _check_party(claims, client_id)
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.isprintable() or len(subject) > _LONGEST_SUBJECT:
        raise ForbiddenError("id_token: sub is no name of at most 255 characters")
    return claims


def _signed(token: str, keys: KeySet, algorithms: Sequence[str]) -> dict[str, Any]:
    try:
        claims = jwt.decode(token, keys, algorithms=list(algorithms)).claims
    except InvalidKeyIdError as error:
        raise UnknownKeyError(f"id_token: {error}") from None
    except (JoseError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise ForbiddenError(f"id_token: {type(error).__name__}: {error}") from None
    return claims


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    """Who may use it: with several audiences it is said whom it was made for."""
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if party != client_id and (several or party is not None):
        raise ForbiddenError("id_token: azp: it was made for another client")


def _key(jwk: Any) -> Key | None:
    """A key that signatures can be checked with; None for any other: providers publish keys for other things too."""
    if not isinstance(jwk, dict) or jwk.get("kty") not in ("RSA", "EC", "OKP") or jwk.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(jwk)
    except Exception:  # noqa: BLE001 - whatever is wrong with one key is no reason to refuse what the others sign
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
        return None
    return key

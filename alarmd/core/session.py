"""A session of the console: what the browser of somebody who logged in holds, and what follows from it."""

import hashlib
import hmac
from typing import Final

LASTS_S: Final = 12 * 3600
CSRF_HEADER: Final = "x-csrf-token"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_secure(public_url: str) -> bool:
    """Whether browsers reach the service over TLS."""
    return public_url.startswith("https://")


def cookie_name(public_url: str) -> str:
    """The session's cookie. Over TLS its prefix lets browsers refuse one that another host or path has set."""
    return "__Host-alarmd_session" if is_secure(public_url) else "alarmd_session"


def digest(token: str) -> bytes:
    """SHA-256 of a session's token; that is enough, since a token is random and long."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(token: str) -> str:
    """What a write of this session bears in X-CSRF-Token: only a page of ours could read it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(token: str, given: str) -> bool:
    """Whether it is that of this session."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode())

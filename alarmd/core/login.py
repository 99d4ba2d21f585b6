"""A log-in through a provider, while it is under way: what ties its beginning and its end to one browser."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from alarmd.core.session import is_secure

CALLBACK: Final = "/login/oidc/callback"  # where the provider sends the browser back to
LASTS_S: Final = 600
_LONGEST_ONWARD: Final = 1500  # a browser drops a cookie of more than 4096 bytes


def cookie_name(public_url: str) -> str:
    """The cookie of a log-in under way. SameSite=Lax: the browser comes back from the provider's site."""
    return "__Host-alarmd_login" if is_secure(public_url) else "alarmd_login"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One log-in. All that must fit at its end follows from a random token, which its browser alone keeps.

    Attributes:
        token: 256 random bits.
        onward: the page to go on to.
    """

    token: str
    onward: str

    @property
    def state(self) -> str:
        """What the provider sends back with the browser (RFC 6749, 10.12)."""
        return self._derived(b"state")

    @property
    def nonce(self) -> str:
        """What the provider signs (OpenID Connect Core 1.0, 3.1.2.1)."""
        return self._derived(b"nonce")

    @property
    def verifier(self) -> str:
        """What shows that the code was asked for by us (RFC 7636, 4.1)."""
        return self._derived(b"verifier")

    @property
    def challenge(self) -> str:
        """Its S256 (RFC 7636, 4.2)."""
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    @property
    def cookie(self) -> str:
        """As the browser keeps it."""
        onward = quote(self.onward, safe="")
        return f"{self.token}.{onward if len(onward) <= _LONGEST_ONWARD else quote('/', safe='')}"

    def is_state(self, given: str) -> bool:
        """Whether it is that of this log-in."""
        return hmac.compare_digest(self.state.encode(), given.encode())

    def _derived(self, what: bytes) -> str:
        return hmac.new(self.token.encode(), what, hashlib.sha256).hexdigest()


def read_cookie(cookie: str) -> Attempt:
    """The log-in that a browser has begun."""
    token, _, onward = cookie.partition(".")
    return Attempt(token, unquote(onward))

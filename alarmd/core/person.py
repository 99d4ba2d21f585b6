"""A person whom an OpenID Connect provider knows: who it is, and which role its claims give them here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from alarmd.core.audit import Actor

PersonRole = Literal["viewer", "operator", "admin"]

_RANK: Final[dict[PersonRole, int]] = {"viewer": 0, "operator": 1, "admin": 2}
_NAMES: Final = ("preferred_username", "email", "name")  # OpenID Connect Core 1.0, 5.1
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who logged in through the provider; issuer and subject together are nobody else, ever.

    Attributes:
        issuer: the provider, as it names itself.
        subject: the person, as the provider names them.
        name: what people call them; it may change, and another may have had it.
        role: what they may do here, as the provider said when they logged in.
    """

    issuer: str
    subject: str
    name: str
    role: PersonRole

    @property
    def id(self) -> UUID:
        """The same for the same person in every session."""
        return uuid5(NAMESPACE_URL, f"{self.issuer} {self.subject}")

    @property
    def endpoint_id(self) -> None:
        """People act for no endpoint: the police's keys do."""
        return

    @property
    def actor(self) -> Actor:
        """Who they are, as the audit names them."""
        return Actor(self._named, "http", self.id)

    @property
    def importer(self) -> Actor:
        """The same, when they import a file."""
        return Actor(self._named, "import", self.id)

    @property
    def _named(self) -> str:
        return self.name if self.name == self.subject else f"{self.name} ({self.subject})"


@dataclass(frozen=True, slots=True)
class RoleRules:
    """How a role is read from the claims.

    Attributes:
        claim: its name, or the path to it, as in `realm_access.roles`.
        roles: the role that each of its values gives.
    """

    claim: str
    roles: Mapping[str, PersonRole]

    def role(self, claims: Mapping[str, Any]) -> PersonRole | None:
        """The highest role that the claim gives; None where it gives none."""
        found = _at(claims, self.claim)
        values = found if isinstance(found, list) else [found]
        given = [self.roles[value] for value in values if isinstance(value, str) and value in self.roles]
        return max(given, key=_RANK.__getitem__, default=None)


def name_of(claims: Mapping[str, Any]) -> str:
    """What to call the person of these claims: the first of user name, address and name that can be read."""
    for claim in (*_NAMES, "sub"):
        value = claims.get(claim)
        if isinstance(value, str):
            readable = "".join(character for character in value if character.isprintable()).strip()
            if readable:
                return readable[:_LONGEST_NAME]
    return "?"


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """What stands at a path. A claim may have dots in its own name, such as one that is a URL: it comes first."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found

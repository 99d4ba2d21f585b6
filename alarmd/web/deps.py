"""What routes ask for: the context, and who is calling. Only hands on what the root made."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from alarmd.core.errors import ForbiddenError
from alarmd.db.keys import Caller, Role
from alarmd.web.caller import identify
from alarmd.web.context import Context

_RANK: Final[dict[Role, int]] = {"viewer": 0, "operator": 1, "admin": 2}

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="An API key, as `alarmd keys create` or POST /v1/keys showed it.",
)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


In = Annotated[Context, Depends(_context)]
"""All that the composition root handed in."""


class Require:
    """A dependency that admits callers of the roles named, and of those above them: viewer < operator < admin.

    `police` and `press` stand apart: nothing is above or below them.
    """

    def __init__(self, *roles: Role) -> None:
        self.roles = roles

    def admits(self, role: Role) -> bool:
        """Whether a caller of this role may pass."""
        least = min((_RANK[named] for named in self.roles if named in _RANK), default=None)
        return role in self.roles or (least is not None and _RANK.get(role, -1) >= least)

    async def __call__(
        self, request: Request, context: In, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        """The caller.

        Raises:
            UnauthenticatedError: there is no key, or it is unknown or revoked, or the session is over.
            ForbiddenError: their role is another, or a session's write does not bear its CSRF token.
        """
        caller = await identify(request, context)
        if not self.admits(caller.role):
            raise ForbiddenError(f"{caller.name!r} has the role {caller.role}; this takes {' or '.join(self.roles)}")
        return caller


def require(*roles: Role) -> Any:
    """Who may call a route; every route under /v1 has one of these in its signature."""
    return Depends(Require(*roles))


Viewer = Annotated[Caller, require("viewer")]
Operator = Annotated[Caller, require("operator")]
Admin = Annotated[Caller, require("admin")]
ViewerOrPolice = Annotated[Caller, require("viewer", "police")]
OperatorOrPolice = Annotated[Caller, require("operator", "police")]
OperatorOrPress = Annotated[Caller, require("operator", "press")]

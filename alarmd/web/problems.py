"""The problems that the API answers with (RFC 9457): what there is, and what each means."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from alarmd.core.errors import NotFoundError

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of problem; `slug` ends its `type`, and `how` explains it to whoever looks that up."""

    slug: str
    status: int
    title: str
    how: str


UNAUTHENTICATED: Final = Kind(
    "unauthenticated",
    401,
    "Who asks is not known",
    "Send `Authorization: Bearer <key>`. `alarmd keys create --role viewer --name you` makes a key.",
)
FORBIDDEN: Final = Kind(
    "forbidden",
    403,
    "The key may not do this",
    "The detail says which role it takes. An admin makes keys with POST /v1/keys.",
)
NOT_FOUND: Final = Kind(
    "not-found", 404, "There is no such thing", "Look at the path and the id. GET /docs lists all paths."
)
METHOD: Final = Kind(
    "method-not-allowed",
    405,
    "The path does not take this method",
    "The header Allow lists those it takes; GET /docs describes them.",
)
CONFLICT: Final = Kind(
    "conflict",
    409,
    "What is there already forbids it",
    "Read the thing again: the detail says what it is by now, and often by whom.",
)
STALE: Final = Kind(
    "stale",
    412,
    "It was changed by somebody else",
    "Read it again, look at what changed, and send the change with the new ETag in If-Match.",
)
TOO_LARGE: Final = Kind(
    "too-large",
    413,
    "The body is too large",
    "JSON may be up to 64 KiB, a file to import up to 32 MiB. Send less at a time.",
)
MEDIA: Final = Kind(
    "unsupported-media-type",
    415,
    "The body is of the wrong type",
    "Send JSON as `Content-Type: application/json`; the description of an import names the files it reads.",
)
INVALID: Final = Kind(
    "invalid",
    422,
    "What was sent is wrong",
    "Each entry of `errors` names the place, the reason and the value. Nothing was changed.",
)
INTERNAL: Final = Kind(
    "internal",
    500,
    "alarmd made a mistake",
    "This is a defect in alarmd. The log tells what happened under the id in `instance`: report it with that.",
)
UNAVAILABLE: Final = Kind(
    "unavailable",
    503,
    "It cannot be done just now",
    "A server behind alarmd, mostly its database, does not answer. Try again after the seconds in Retry-After; "
    "GET /readyz says which part it is.",
)

KINDS: Final = (
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    CONFLICT,
    STALE,
    TOO_LARGE,
    MEDIA,
    INVALID,
    INTERNAL,
    UNAVAILABLE,
)


class ProblemFault(BaseModel):
    """One thing wrong with what was sent."""

    where: str = Field(examples=["body.lat"])
    reason: str = Field(examples=["Input should be less than or equal to 39.5"])
    value: str | None = Field(default=None, examples=["375.6"])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="stable; a GET of it explains", examples=["https://alarmd.example/problems/invalid"])
    title: str = Field(examples=[INVALID.title])
    status: int = Field(examples=[INVALID.status])
    detail: str = Field(
        description="what, where, and how to mend it", examples=["body.lat: Input should be less than or equal to 39.5"]
    )
    instance: str | None = Field(default=None, description="under which the log tells more of a 500")
    errors: list[ProblemFault] | None = Field(default=None, description="each thing that is wrong, of a 422")


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The problems of one route for the OpenAPI document, beside those that any route may have."""
    return {kind.status: {"model": Problem} for kind in kinds}


router = APIRouter(prefix="/problems", tags=["about"])


@router.get("/{slug}", summary="What a problem means", response_class=PlainTextResponse)
async def explain_problem(slug: str) -> str:
    """In plain text: what the `type` of a problem means, and how to mend it."""
    for kind in KINDS:
        if kind.slug == slug:
            return f"{kind.title} ({kind.status})\n\n{kind.how}\n"
    raise NotFoundError(f"there is no problem {slug!r}; there are {', '.join(kind.slug for kind in KINDS)}")

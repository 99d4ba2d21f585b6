"""From errors to problems: the one place where the API's errors are translated."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from alarmd.core.errors import (
    AlarmdError,
    ConflictError,
    Fault,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from alarmd.db.trouble import TROUBLE, explain
from alarmd.web import problems
from alarmd.web.models import refusal
from alarmd.web.problems import Kind

_RETRY_AFTER_S = 2


class UnauthenticatedError(AlarmdError):
    """It is not known who asks: the key is missing, unknown or revoked."""


class TooLargeError(AlarmdError):
    """The body is larger than its path takes."""


class MediaTypeError(AlarmdError):
    """The body is of a type that its path does not read."""


_BY_ERROR: Final[Mapping[type[AlarmdError], Kind]] = {
    UnauthenticatedError: problems.UNAUTHENTICATED,
    ForbiddenError: problems.FORBIDDEN,
    NotFoundError: problems.NOT_FOUND,
    ConflictError: problems.CONFLICT,
    StaleError: problems.STALE,
    TooLargeError: problems.TOO_LARGE,
    MediaTypeError: problems.MEDIA,
    InvalidError: problems.INVALID,
    UnavailableError: problems.UNAVAILABLE,
}
_BY_STATUS: Final = {kind.status: kind for kind in problems.KINDS}


def install(app: FastAPI) -> None:
    """Let every error that is expected be answered with its problem."""
    app.add_exception_handler(AlarmdError, _on_alarmd_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for trouble in TROUBLE:
        app.add_exception_handler(trouble, _on_trouble)


def respond(
    public_url: str,
    kind: Kind,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    instance: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer that tells of a problem."""
    body: dict[str, Any] = {
        "type": f"{public_url}/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    if instance is not None:
        body["instance"] = instance
    if faults:
        body["errors"] = [{"where": fault.where, "reason": fault.reason, "value": fault.value} for fault in faults]
    more = dict(headers or {})
    if kind is problems.UNAUTHENTICATED:
        more["WWW-Authenticate"] = "Bearer"
    if kind is problems.UNAVAILABLE:
        more["Retry-After"] = str(_RETRY_AFTER_S)
    return JSONResponse(body, kind.status, more, media_type=problems.MEDIA_TYPE)


def answer(public_url: str, error: AlarmdError) -> JSONResponse:
    """The answer that tells of an error of alarmd's own."""
    kind = next(kind for class_, kind in _BY_ERROR.items() if isinstance(error, class_))
    return respond(public_url, kind, str(error), faults=error.faults if isinstance(error, InvalidError) else ())


async def _on_alarmd_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AlarmdError)  # noqa: S101 - registered for nothing else
    return answer(_public_url(request), error)


async def _on_trouble(request: Request, error: Exception) -> JSONResponse:
    return answer(_public_url(request), explain(error))


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    return answer(_public_url(request), refusal(error.errors()))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: unknown paths, other methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    kind = _BY_STATUS.get(error.status_code, problems.INVALID)
    detail = error.detail
    if kind is problems.NOT_FOUND:
        detail = f"there is nothing at {request.url.path}; GET /docs lists all paths"
    elif kind is problems.METHOD:
        detail = f"{request.url.path} does not take {request.method}"
    return respond(_public_url(request), kind, detail, headers=error.headers)


def _public_url(request: Request) -> str:
    url: str = request.app.state.context.settings.public_url
    return url

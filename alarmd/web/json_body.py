"""Reads the JSON of a request: what its parser would let pass, and others stumble over, is refused."""

import email.message
import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

from alarmd.core.errors import Fault, InvalidError
from alarmd.web.errors import MediaTypeError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_MAX_DEPTH = 32


class StrictRoute(APIRoute):
    """A route that reads its JSON strictly, and takes no NUL anywhere: the database holds no text with one."""

    def get_route_handler(self) -> Handler:
        """What FastAPI would do, after our own look at the request."""
        handle = super().get_route_handler()
        reads_json = self.body_field is not None

        async def checked(request: Request) -> Response:
            _refuse_nul_in_url(request)
            return await handle(await _StrictRequest.read(request) if reads_json else request)

        return checked


class _StrictRequest(Request):
    """A request whose JSON has been read."""

    _value: Any = None

    @classmethod
    async def read(cls, request: Request) -> "_StrictRequest":
        strict = cls(request.scope, request.receive)
        strict._body = body = await request.body()
        if body:
            _require_json(request)
            strict._value = read_json(body)
        return strict

    async def json(self) -> Any:
        return self._value


def read_json(body: bytes) -> Any:
    """The value of a body.

    Raises:
        InvalidError: it is not UTF-8, not JSON (NaN and Infinity are not), nested too deep, or holds a NUL.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid(f"byte {error.start} is not UTF-8") from error
    if _depth(text) > _MAX_DEPTH:
        raise _invalid(f"nested deeper than {_MAX_DEPTH} levels")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _invalid(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        raise _invalid(f"not JSON: {error}") from error
    if "\\u0000" in text:
        _refuse_nul(value, "body")
    return value


def _depth(text: str) -> int:
    """The most brackets open at once, those within strings counted as well: never less than the real depth."""
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_nul(value: object, where: str) -> None:
    match value:
        case str() if "\x00" in value:
            raise _invalid("holds the character NUL, which no text may", where)
        case list():
            for number, item in enumerate(value):
                _refuse_nul(item, f"{where}.{number}")
        case dict():
            for name, item in value.items():
                _refuse_nul(name, where)
                _refuse_nul(item, f"{where}.{name}")


def _refuse_nul_in_url(request: Request) -> None:
    if "\x00" in request.scope["path"]:
        raise _invalid("holds the character NUL, which no text may", "path")
    if b"%00" in request.scope["query_string"]:
        raise _invalid("holds the character NUL, which no text may", "query")


def _require_json(request: Request) -> None:
    given = request.headers.get("content-type", "")
    header = email.message.Message()
    header["content-type"] = given
    subtype = header.get_content_subtype()
    if header.get_content_maintype() != "application" or not (subtype == "json" or subtype.endswith("+json")):
        raise MediaTypeError(f"send JSON as Content-Type: application/json, not {given or 'without a type'}")


def _invalid(reason: str, where: str = "body") -> InvalidError:
    return InvalidError(f"{where}: {reason}", [Fault(where, reason)])

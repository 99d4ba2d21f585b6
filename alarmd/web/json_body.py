"""Reads the JSON of a request: what its parser would let pass, and others stumble over, is refused."""

import email.message
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from alarmd.core import strict_json
from alarmd.core.errors import Fault, InvalidError
from alarmd.core.strict_json import NotJsonError
from alarmd.web.errors import MediaTypeError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_ODD = re.compile("[\x00\ud800-\udfff]")


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
        InvalidError: it is not UTF-8, not JSON (NaN and Infinity are not), nested too deep, or holds odd characters.
    """
    try:
        value = strict_json.read(body)
    except NotJsonError as error:
        raise _invalid(error.detail) from error
    if b"\\u" in body:
        _refuse_odd_text(value, "body")
    return value


def _refuse_odd_text(value: object, where: str) -> None:
    """What JSON can escape and the database or an answer cannot hold: NUL, and halves of a surrogate pair."""
    match value:
        case str() if _ODD.search(value):
            raise _invalid("holds the character NUL, or half of a surrogate pair", where)
        case list():
            for number, item in enumerate(value):
                _refuse_odd_text(item, f"{where}.{number}")
        case dict():
            for name, item in value.items():
                _refuse_odd_text(name, where)
                _refuse_odd_text(item, f"{where}.{name}")


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

"""Files in requests and answers."""

from typing import Annotated, Any, TypeAlias

from fastapi import Query, Request, Response

from alarmd.core.dataset import Encoding
from alarmd.web.errors import MediaTypeError

Written: TypeAlias = Annotated[
    Encoding | None,
    Query(description="in which the CSV is written, where it is neither UTF-8 nor CP949, which are recognised"),
]

_NO_FILE = ("multipart/", "application/json")  # of a form, or of another route


def sent(example: str) -> dict[str, Any]:
    """For the OpenAPI document: a request that is a file, such as `example`."""
    content = {"schema": {"type": "string", "format": "binary"}, "example": example}
    return {
        "requestBody": {
            "required": True,
            "description": "the file itself: CSV or XLSX, of whatever type, but for JSON and forms",
            "content": {"application/octet-stream": content},
        }
    }


def answered(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: an answer that is a file of one of these types."""
    content = {
        media_type: {"schema": {"type": "object" if media_type.endswith("json") else "string"}}
        for media_type in media_types
    }
    return {200: {"description": "the file", "content": content}}


async def body_of(request: Request) -> bytes:
    """The file that is a request's body.

    Raises:
        MediaTypeError: it is said to be something else.
    """
    given = request.headers.get("content-type", "")
    if given.startswith(_NO_FILE):
        raise MediaTypeError(f"send the file itself as Content-Type: text/csv, or as that of XLSX, not {given[:60]}")
    return await request.body()


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """An answer that a browser saves under this name."""
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})

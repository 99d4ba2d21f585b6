"""Files in requests and answers."""

from fastapi import Request, Response

from alarmd.web.errors import MediaTypeError

_NO_FILE = ("multipart/", "application/json")  # of a form, or of another route


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

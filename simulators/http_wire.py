"""HTTP/1.1 over asyncio streams, as little of it as a webhook receiver needs."""

import asyncio
import ssl
from dataclasses import dataclass
from http.client import responses
from urllib.parse import urlsplit

MAX_BODY = 1 << 20
"""Bytes of a request's body that are read; more is answered with 413."""


class BadRequestError(Exception):
    """A request that cannot be read further. `status` is what it deserves; its connection must be closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request, wholly read; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def keep_alive(self) -> bool:
        """Whether the sender may use the connection again."""
        return self.headers.get("connection", "").lower() != "close"


def parse_head(head: bytes) -> tuple[list[str], dict[str, str]]:
    """Split the first line into its words and the header lines into a dict, names in lower case."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split(" ", 2), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read the next request of a connection; None when the sender has gone.

    Raises:
        BadRequestError: The request is malformed, too large or of unstated length.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError(431, "The headers exceed 64 KiB.") from error
    first, headers = parse_head(head)
    if len(first) != 3 or not first[2].startswith("HTTP/1."):  # noqa: PLR2004 -- method, path, version
        raise BadRequestError(400, "The first line is not that of an HTTP/1.1 request.")
    if "transfer-encoding" in headers:
        raise BadRequestError(411, "State the Content-Length; chunks are not read here.")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        raise BadRequestError(400, f"Content-Length is no number: {length!r}.")
    if int(length) > MAX_BODY:
        raise BadRequestError(413, f"The body exceeds {MAX_BODY} bytes.")
    try:
        body = await reader.readexactly(int(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Request(first[0], first[1], headers, body)


def response_head(status: int, headers: dict[str, str]) -> bytes:
    """The status line and headers of a response, up to and with the blank line."""
    lines = [
        f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")


async def post(url: str, headers: dict[str, str], body: bytes, *, deadline: float = 5.0) -> int:
    """POST `body` over a connection of its own and return the status.

    Raises:
        OSError: The server is not there, or went away.
        TimeoutError: It did not answer within `deadline` seconds.
        ValueError: It answered, but not by HTTP.
    """
    parts = urlsplit(url)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    fields = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **headers}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    async with asyncio.timeout(deadline):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=tls)
        try:
            writer.write(head.encode("latin-1") + body)
            words = (await reader.readline()).split(b" ", 2)
        finally:
            writer.close()
    if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 -- version and status
        raise ValueError(f"{url} did not answer by HTTP.")
    return int(words[1])

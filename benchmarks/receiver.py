"""The police: a process that notes which alert came when, and answers 204. `python -m benchmarks.receiver`.

It prints its URL, and obeys lines on standard input: `take` prints what came since as JSON, `down` closes the port
and every connection, `up` opens it again.
"""

import asyncio
import gc
import json
import re
import sys
import time

_LENGTH = re.compile(rb"content-length:\s*([0-9]+)", re.IGNORECASE)
_BUTTON = re.compile(rb'"button"\s*:\s*\{\s*"id"\s*:\s*"([^"]+)"')
_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """What came, each as its time (CLOCK_MONOTONIC, seconds) and its body."""

    def __init__(self) -> None:
        self._came: list[tuple[float, bytes]] = []
        self._connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    async def up(self) -> str:
        """Listen; gives the URL, the same each time."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Wire(self), "127.0.0.1", self._port, backlog=4096)
        self._port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self._port}/alerts"

    def down(self) -> None:
        """Refuse everybody."""
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.abort()

    def take(self) -> list[tuple[float, str]]:
        """When which button's alert came, since the last call."""
        came, self._came = self._came, []
        buttons = ((at, _BUTTON.search(body)) for at, body in came)
        return [(at, button[1].decode()) for at, button in buttons if button]

    def note(self, body: bytes) -> None:
        """An alert is here."""
        self._came.append((time.monotonic(), body))

    def connected(self, transport: asyncio.Transport) -> None:
        """Somebody has come."""
        self._connections.add(transport)

    def disconnected(self, transport: asyncio.Transport) -> None:
        """Somebody has gone."""
        self._connections.discard(transport)


class _Wire(asyncio.Protocol):
    """One connection: requests with a Content-Length, one after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - so asyncio promises for TCP
        self._transport = transport
        self._receiver.connected(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._receiver.disconnected(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            self._receiver.note(self._buffer[end + 4 : whole])
            self._transport.write(_ANSWER)
            self._buffer = self._buffer[whole:]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _main() -> None:
    receiver = Receiver()
    _say(await receiver.up())
    gc.disable()
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while command := (await commands.readline()).decode().strip():
        match command:
            case "take":
                _say(json.dumps(receiver.take()))
            case "down":
                receiver.down()
                _say("down")
            case "up":
                _say(await receiver.up())


if __name__ == "__main__":
    asyncio.run(_main())

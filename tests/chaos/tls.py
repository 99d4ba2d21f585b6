"""Doors with certificates in front of a station: one under its own name, one under another's."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trustme


class Authority:
    """A certificate authority that alarmd trusts."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        self.file = directory / "authority.pem"
        """For `SSL_CERT_FILE`."""
        self._authority.cert_pem.write_to_path(self.file)

    def context(self, name: str) -> ssl.SSLContext:
        """A server's side of TLS, under this name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(context)
        return context


class Door:
    """Takes TLS on 127.0.0.1 and forwards what comes to a port.

    Args:
        context: with its certificate.
        port: where it leads.
        on_data: told when somebody sends something through it.
    """

    def __init__(self, context: ssl.SSLContext, port: int, on_data: Callable[[], None]) -> None:
        self._context = context
        self._port = port
        self._on_data = on_data
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Listen no more, and cut what is connected."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(self._forward(reader, back, self._on_data), self._forward(there, writer, lambda: None))
        finally:
            writer.transport.abort()
            back.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_data: Callable[[], None]
    ) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65536):
                on_data()
                writer.write(data)
                await writer.drain()
        writer.close()

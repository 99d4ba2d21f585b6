"""A TCP link that can be delayed, frozen, deafened, refused and cut."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

Mode = Literal["pass", "blackhole", "deaf", "refuse"]


class Listener(Protocol):
    """Hears what passes on one connection."""

    def from_client(self, data: bytes) -> None:
        """These bytes came from who connected."""

    def from_server(self, data: bytes) -> None:
        """These bytes came from whom it connected to."""


class Proxy:
    """Forwards TCP connections to a server.

    Args:
        host: of the server.
        port: of the server; may be changed while it runs.
        listener: makes a listener for each connection.
    """

    def __init__(self, host: str, port: int, listener: Callable[[], Listener] | None = None) -> None:
        self.host = host
        self.target = port
        self.port = 0
        """Where it listens, once started."""
        self._listener = listener
        self._mode: Mode = "pass"
        self._delay_s = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Cut everything and stop listening."""
        if self._server is None:
            return
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            for writer in pair:
                writer.transport.abort()

    def freeze(self) -> None:
        """Keep connections, and take new ones, but forward nothing: a half-open link."""
        self._mode = "blackhole"
        self._open.clear()

    def deafen(self) -> None:
        """Forward what clients send, and let no answer through: its outcome stays unknown."""
        self._mode = "deaf"

    def refuse(self) -> None:
        """Cut what there is, and take nothing new."""
        self._mode = "refuse"
        self.cut()

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long."""
        self._delay_s = seconds

    def heal(self) -> None:
        """Forward as before; what hung through a freeze or was deafened is cut."""
        if self._mode in {"deaf", "blackhole"}:
            self.cut()
        self._mode = "pass"
        self._delay_s = 0.0
        self._open.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "refuse":
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(self.host, self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, back)
        self._pairs.add(pair)
        listener = self._listener() if self._listener else None
        await asyncio.gather(
            self._forward(reader, back, listener.from_client if listener else None, answers=False),
            self._forward(there, writer, listener.from_server if listener else None, answers=True),
        )
        self._pairs.discard(pair)

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hear: Callable[[bytes], None] | None,
        *,
        answers: bool,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._open.wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if answers and self._mode == "deaf":
                    continue
                if hear:
                    hear(data)
                writer.write(data)
                await writer.drain()
        with suppress(ConnectionError):
            writer.close()

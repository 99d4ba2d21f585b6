"""A wire between alarmd and its broker that notes what passes, and can be cut."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from simulators.mqtt_packets import Decoder

PUBLISH, PUBACK = 0x30, 0x40
_READ_AHEAD = 4096


class Tap:
    """Forwards TCP to a broker.

    `published` are the packet ids of what the broker delivers, `pubacks` those that alarmd acknowledged, in order, and
    `receipts` tells for each of the latter how many receipts had gone to buttons by then.
    """

    def __init__(self, broker: str) -> None:
        self._broker = urlsplit(broker)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.published: list[int] = []
        self.pubacks: list[int] = []
        self.receipts: list[int] = []
        self._receipts = 0
        self._reading = asyncio.Event()
        self._reading.set()

    async def start(self) -> str:
        """Listen; the URL to give to alarmd."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=_READ_AHEAD)
        port = self._server.sockets[0].getsockname()[1]
        return self._broker._replace(
            netloc=f"{self._broker.username}:{self._broker.password}@127.0.0.1:{port}"
        ).geturl()

    async def stop(self) -> None:
        """Stop listening and cut what is connected."""
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def hold(self) -> None:
        """Read nothing of what alarmd sends, until `go_on`: soon it can send no more."""
        self._reading.clear()

    def go_on(self) -> None:
        """Read again."""
        self._reading.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._broker.hostname, self._broker.port)
        self._writers |= {writer, back}
        await asyncio.gather(
            self._forward(reader, back, self._note_alarmd, self._reading),
            self._forward(there, writer, self._note_broker),
        )
        self._writers -= {writer, back}

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        note: Callable[[int, bytes], None],
        reading: asyncio.Event | None = None,
    ) -> None:
        decoder = Decoder()
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if reading:
                    await reading.wait()
                for kind, body in decoder.feed(data):
                    note(kind & 0xF0, body)
                writer.write(data)
                await writer.drain()
        writer.close()

    def _note_alarmd(self, kind: int, body: bytes) -> None:
        if kind == PUBLISH:
            self._receipts += b'"state":"recorded"' in body
        elif kind == PUBACK:
            self.receipts.append(self._receipts)
            self.pubacks.append(int.from_bytes(body[:2], "big"))

    def _note_broker(self, kind: int, body: bytes) -> None:
        if kind == PUBLISH:
            topic = int.from_bytes(body[:2], "big")
            self.published.append(int.from_bytes(body[2 + topic : 4 + topic], "big"))

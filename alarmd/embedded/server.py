"""What the embedded servers have in common: a directory of their own, a start and an end."""

import os
from abc import ABC, abstractmethod
from pathlib import Path

from alarmd.embedded import directory
from alarmd.embedded.child import Child


class EmbeddedServer(ABC):
    """A server of our own, on one address of this machine.

    It ends when the thread that started it does, even by SIGKILL: start it from the main thread.

    Args:
        data_dir: Its directory, made at first start and kept between starts.
        host: The address to listen on.
        port: The port; 0 picks a free one at each start.
    """

    def __init__(self, data_dir: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._directory = data_dir.resolve()
        self._host = host
        self._port = port
        self._lock = -1
        self._server: Child | None = None

    async def start(self) -> str:
        """Start it.

        Returns:
            Its URL, with user and password.

        Raises:
            EmbeddedError: If it cannot start; the text has the last lines of its log.
        """
        self._lock = await directory.lock(self._directory)
        try:
            return await self._start(directory.fresh_log(self._directory), directory.password(self._directory))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Disconnect every client, write everything down and end."""
        if self._server is not None:
            await self._server.stop()
            self._server = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @abstractmethod
    async def _start(self, log: Path, password: str) -> str:
        """Start `_server` with the directory locked; gives its URL when it answers."""

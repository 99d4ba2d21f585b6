"""The HTTP server, as one of the tasks of the service."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from alarmd.core.errors import UnavailableError

_GRACE_S = 3


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the service's, not the web server's."""
        yield


class HttpServer:
    """Listens on one address from the moment it is made; serves while `run` runs.

    Raises:
        UnavailableError: the address is taken or not ours.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S, server_header=False
        )
        self._server = _Server(config)

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    def stop(self) -> None:
        """Take no more requests; `run` returns when those in hand are answered."""
        self._server.should_exit = True

    async def run(self) -> None:
        """Serve until stopped."""
        try:
            await self._server.serve(sockets=[self._socket])
        except asyncio.CancelledError:
            self._server.force_exit = True
            raise


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named: without it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UnavailableError(
            f"cannot listen on {host}:{port}: {error.strerror}; set ALARMD_HTTP_HOST and ALARMD_HTTP_PORT"
        ) from error
    listener.listen(1024)
    listener.set_inheritable(False)
    return listener

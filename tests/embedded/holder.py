"""Starts an embedded server, prints its URL and waits to be killed: holder.py DIRECTORY postgres|mosquitto|amqtt."""

import asyncio
import sys
from pathlib import Path

from alarmd.embedded.broker import EmbeddedBroker
from alarmd.embedded.postgres import EmbeddedPostgres


async def _hold(directory: Path, program: str) -> None:
    server: EmbeddedPostgres | EmbeddedBroker
    if program == "postgres":
        server = EmbeddedPostgres(directory)
    elif program == "mosquitto":
        server = EmbeddedBroker(directory, program="mosquitto")
    else:
        server = EmbeddedBroker(directory, program="amqtt")
    print(await server.start(), flush=True)  # noqa: T201 -- its parent reads it
    await asyncio.Event().wait()


asyncio.run(_hold(Path(sys.argv[1]), sys.argv[2]))

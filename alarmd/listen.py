"""`alarmd listen`: what each message on the brokers would become, live, without recording any."""

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any

from alarmd import clock
from alarmd.core.dialects import native
from alarmd.core.dialects.chosen import ALL, NAMES, choose
from alarmd.core.errors import InvalidError
from alarmd.core.overheard import Overheard
from alarmd.edge.listen import overhear

Say = Callable[[str], None]


async def run(urls: Sequence[str], names: Sequence[str], prefixes: str, say: Say, remark: Say) -> None:
    """Listen to all the brokers until SIGINT or SIGTERM.

    Args:
        urls: mqtt:// or mqtts:// of each broker.
        names: of the dialects; none: all.
        prefixes: what their topics begin with, as `ALARMD_DIALECT_PREFIXES` says.
        say: takes a JSON line for each message.
        remark: takes a line for people when a broker is listened to.

    Raises:
        InvalidError: there is no such dialect, or no broker is named.
        UnavailableError: a broker is away, refuses, or goes away.
    """
    if not urls:
        raise InvalidError("no broker: set ALARMD_MQTT_URLS, or give --url mqtt://user:password@host:port")
    for unknown in set(names) - {ALL, *NAMES}:
        raise InvalidError(f"--dialect {unknown}: there is none of that name; give any of {', '.join(NAMES)}")
    chosen = choose(names or (ALL,), prefixes)
    subscriptions = (*(native.SUBSCRIPTIONS if chosen.native else ()), *chosen.filters())
    overheard = Overheard(chosen)

    async def follow(url: str) -> None:
        def listening(broker: str) -> None:
            remark(f"listens to {broker}; this is a dry run, nothing is recorded")

        async with aclosing(overhear(url, subscriptions, listening)) as messages:
            async for message in messages:
                say(json.dumps(overheard.tell(message, clock.now()), ensure_ascii=False))

    await _until_stopped([follow(url) for url in urls])


async def _until_stopped(follows: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Follow all, until a signal comes or one of them fails."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    tasks = [asyncio.create_task(follow) for follow in (*follows, _ended(stopped))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _ended(stopped: asyncio.Event) -> None:
    await stopped.wait()

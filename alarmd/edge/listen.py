"""A look at a broker's messages that leaves no trace there: no session, and nobody waits for its acknowledgements."""

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from urllib.parse import urlsplit

import aiomqtt

from alarmd.core.errors import UnavailableError
from alarmd.core.signal import Message
from alarmd.edge import mqtt


async def overhear(
    url: str, subscriptions: Sequence[str], on_listening: Callable[[str], None]
) -> AsyncGenerator[Message, None]:
    """Messages of a broker as they come, for ever.

    Its session has a name of its own each time and ends with the connection: the broker keeps nothing for it.

    Args:
        url: mqtt:// or mqtts://, with user and password if any.
        subscriptions: topic filters.
        on_listening: told the broker's host and port when it has granted the subscriptions.

    Raises:
        UnavailableError: the broker is away, refuses, or goes away.
    """
    parts = urlsplit(url)
    name = f"alarmd-listen-{secrets.token_hex(8)}"
    try:
        async with mqtt.make_client(parts, identifier=name, clean_session=True) as client:
            await mqtt.subscribe(client, [(topic, 0) for topic in subscriptions])
            on_listening(mqtt.address(parts))
            async for message in client.messages:
                yield Message(str(message.topic), bytes(message.payload), bool(message.retain))
    except (aiomqtt.MqttError, OSError) as error:
        raise UnavailableError(f"broker {mqtt.address(parts)}: {error}") from error

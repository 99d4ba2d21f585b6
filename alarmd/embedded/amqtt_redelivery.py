"""amqtt with its QoS 1 mended, so that a message the broker has taken reaches a persistent session.

amqtt 0.12.1 forgets a message when the subscriber goes before its PUBACK or takes longer than 5 s over it (its issues
#401 and #402): a press whose commit waits for the database would be gone. Here everything for a subscriber goes through
its session's queue and, once sent, stays in the session until it is acknowledged; what is left is sent again, in order,
when the subscriber is back. With that come the other places where amqtt loses or disorders messages that it has
acknowledged to their publisher; each method below says which.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import amqtt.broker
from amqtt.mqtt.constants import QOS_0, QOS_1
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.session import ApplicationMessage, IncomingApplicationMessage, OutgoingApplicationMessage, Session

_WINDOW = 1000  # messages sent and not acknowledged, as in mosquitto's max_inflight_messages


class RedeliveringHandler(BrokerProtocolHandler):  # type: ignore[misc]  # amqtt has no types
    """One connection of a client."""

    take: Callable[[Session, "RedeliveringHandler", IncomingApplicationMessage], Awaitable[bool]]
    subscribing = False  # whether the client's own requests are served yet
    _open = False

    async def stop(self) -> None:
        """Close the connection; what comes for the client from now on waits in its session."""
        self._open = False
        await super().stop()

    async def mqtt_publish(self, topic: str, data: bytes, qos: int, *, retain: bool) -> OutgoingApplicationMessage:
        """Queue a message for the client, and send what may be sent; never waits for an acknowledgement."""
        message = OutgoingApplicationMessage(None, topic, min(qos, QOS_1), data, retain)
        self.session.retained_messages.put_nowait(message)
        await self._send_queued()
        return message

    async def handle_puback(self, puback: PubackPacket) -> None:
        """Forget a message that the client has acknowledged."""
        self.session.inflight_out.pop(puback.variable_header.packet_id, None)
        await self._send_queued()

    async def handle_publish(self, publish_packet: PublishPacket) -> None:
        """Take a message before acknowledging it: amqtt leaves it in a queue that it forgets when the client goes."""
        if publish_packet.qos not in (QOS_0, QOS_1):
            await super().handle_publish(publish_packet)
            return
        packet_id = publish_packet.variable_header.packet_id
        message = IncomingApplicationMessage(
            packet_id, publish_packet.topic_name, publish_packet.qos, publish_packet.data, publish_packet.retain_flag
        )
        message.publish_packet = publish_packet
        if not await self.take(self.session, self, message):
            await self.handle_connection_closed()
        elif publish_packet.qos == QOS_1:
            await self._send_packet(PubackPacket.build(packet_id))

    async def _retry_deliveries(self) -> None:
        """Send again what the last connection left, then what came since; amqtt waits here for acknowledgements."""
        for message in tuple(self.session.inflight_out.values()):
            await self._send_packet(message.build_publish_packet(dup=True))
        self._open = True
        await self._send_queued()

    async def _send_queued(self) -> None:
        session: Session = self.session
        while self._open and len(session.inflight_out) < _WINDOW and not session.retained_messages.empty():
            message = _to_send(session.retained_messages.get_nowait())
            if message.qos == QOS_1:
                message.packet_id = session.next_packet_id
                session.inflight_out[message.packet_id] = message
            await self._send_packet(message.build_publish_packet())


class RedeliveringBroker(amqtt.broker.Broker):  # type: ignore[misc]  # amqtt has no types
    """The broker."""

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Grant at most QoS 1, all that alarmd speaks, so that no message takes amqtt's QoS 2 to a subscriber."""
        topic_filter, qos = subscription
        granted: int = await super().add_subscription((topic_filter, min(qos, QOS_1)), session)
        return granted

    async def _initialize_client_session(self, *connection: Any) -> tuple[RedeliveringHandler, Session]:
        handler, session = await super()._initialize_client_session(*connection)
        handler.take = self._take
        return handler, session

    async def _take(self, session: Session, handler: RedeliveringHandler, message: IncomingApplicationMessage) -> bool:
        taken: asyncio.Future[IncomingApplicationMessage] = asyncio.get_running_loop().create_future()
        taken.set_result(message)
        permitted: bool = await self._handle_message_delivery(session, handler, taken)
        return permitted

    async def _publish_session_retained_messages(self, session: Session) -> None:
        """The handler has done so; but a session taken over from a connection that was still there is not connected."""
        if not session.transitions.is_connected():
            session.transitions.connect()

    async def _client_message_loop(self, client_session: Session, handler: RedeliveringHandler) -> None:
        handler.subscribing = True
        await super()._client_message_loop(client_session, handler)

    async def _handle_disconnect(self, session: Session, handler: RedeliveringHandler, waiter: Any) -> None:
        """The end of a connection whose session has been taken over: amqtt would mark the new one as gone."""
        await super()._handle_disconnect(session, handler, waiter)
        if self._get_handler(session) is not handler and not session.transitions.is_connected():
            session.transitions.connect()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        """Only for a subscription just made: on reconnection amqtt goes through those of all other clients as well."""
        handler = self._get_handler(session)
        if handler and handler.subscribing:
            await super()._publish_retained_messages_for_subscription(subscription, session)


def mended_broker(config: dict[str, Any]) -> RedeliveringBroker:
    """The broker, whose connections are the mended ones; call it in a process that runs no other amqtt."""
    amqtt.broker.BrokerProtocolHandler = RedeliveringHandler
    return RedeliveringBroker(config)


def _to_send(queued: ApplicationMessage) -> OutgoingApplicationMessage:
    """What was queued for an absent client is new to it: amqtt would send it with the retain flag, as a replay."""
    if isinstance(queued, OutgoingApplicationMessage):
        return queued
    return OutgoingApplicationMessage(None, queued.topic, queued.qos, queued.data, retain=False)

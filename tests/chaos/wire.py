"""What passes between alarmd and its broker: which press each PUBACK is for."""

import json

from simulators.mqtt_packets import Decoder, message
from tests.chaos.history import History

_PUBLISH, _PUBACK = 0x30, 0x40


class Wire:
    """Notes alarmd's acknowledgements on one connection."""

    def __init__(self, history: History, replica: str) -> None:
        self._history = history
        self._by = f"wire:{replica}"
        self._from_alarmd = Decoder()
        self._from_broker = Decoder()
        self._presses: dict[int, tuple[str, str | None]] = {}

    def from_client(self, data: bytes) -> None:
        """What alarmd says: its PUBACKs are noted."""
        for first_byte, body in self._from_alarmd.feed(data):
            press = self._presses.pop(int.from_bytes(body[:2], "big"), None) if first_byte & 0xF0 == _PUBACK else None
            if press:
                topic, press_id = press
                self._history.note(self._by, "puback", button_id=topic.split("/")[3].lower(), press_id=press_id)

    def from_server(self, data: bytes) -> None:
        """What the broker says: which packet is which press."""
        for first_byte, body in self._from_broker.feed(data):
            if first_byte & 0xF0 == _PUBLISH and first_byte & 0x06:
                sent = message(first_byte, body)
                if sent.topic.endswith("/press"):
                    self._presses[sent.packet_id] = (sent.topic, _press_id(sent.payload))


def _press_id(payload: bytes) -> str | None:
    try:
        members = json.loads(payload)
    except ValueError:
        return None
    return members.get("press_id") if isinstance(members, dict) else None

"""The ecosystems that alarmd understands: what each is, where its messages are, and who reads them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from alarmd.core.dialects import (
    chirpstack,
    custom,
    esphome,
    openmqttgateway,
    rtl_433,
    shelly,
    shelly1,
    tasmota,
    things_stack,
    zigbee2mqtt,
)
from alarmd.core.dialects.device import Component, Decoded, is_device_id
from alarmd.core.signal import Message, Rejected

_NEVER: Final = ("homeassistant/", "$SYS/", "alarmd/")  # discovery quotes presses; the broker and alarmd are no buttons
_ANYBODYS: Final = "+"  # the prefix of ecosystems whose devices each have a name of their own before their topics
_TELLS_PRESSES: Final = ("/events/rpc", "/state")
_TELLS_INPUTS: Final = "/status/input:"


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One way in which buttons are brought to MQTT.

    Attributes:
        name: by which it is switched on.
        what: for people, one line.
        prefixes: what its topics begin with, unless the operator said otherwise; `+` is any one level.
        filters: from a prefix to the topics to subscribe to.
        decode: from a message and a prefix to what it says; None when its topic is of something else.
        secrets: members of its payloads that hold PINs, codes and keys.
    """

    name: str
    what: str
    prefixes: tuple[str, ...]
    filters: Callable[[str], tuple[str, ...]]
    decode: Callable[[Message, str], Decoded | None]
    secrets: frozenset[str]


ECOSYSTEMS: Final[Mapping[str, Ecosystem]] = {
    one.name: one
    for one in (
        Ecosystem(
            "zigbee2mqtt",
            "Zigbee buttons through Zigbee2MQTT 1.x or 2.x",
            ("zigbee2mqtt",),
            zigbee2mqtt.filters,
            zigbee2mqtt.decode,
            zigbee2mqtt.SECRETS,
        ),
        Ecosystem(
            "shelly1",
            "Shelly Button1 and i3, first generation",
            ("shellies",),
            shelly1.filters,
            shelly1.decode,
            shelly1.SECRETS,
        ),
        Ecosystem(
            "chirpstack",
            "LoRaWAN buttons through ChirpStack",
            ("application",),
            chirpstack.filters,
            chirpstack.decode,
            chirpstack.SECRETS,
        ),
        Ecosystem(
            "ttn",
            "LoRaWAN buttons through The Things Stack",
            ("v3",),
            things_stack.filters,
            things_stack.decode,
            things_stack.SECRETS,
        ),
        Ecosystem(
            "rtl_433",
            "Security remotes and pendants heard by rtl_433",
            ("rtl_433",),
            rtl_433.filters,
            rtl_433.decode,
            rtl_433.SECRETS,
        ),
        Ecosystem(
            "openmqttgateway",
            "Remotes and Bluetooth buttons heard by OpenMQTTGateway",
            ("home",),
            openmqttgateway.filters,
            openmqttgateway.decode,
            openmqttgateway.SECRETS,
        ),
        Ecosystem(
            "tasmota",
            "Buttons, Zigbee and RF bridges with Tasmota",
            ("stat", "tele"),
            tasmota.filters,
            tasmota.decode,
            tasmota.SECRETS,
        ),
        Ecosystem(
            "shelly",
            "Shelly second generation and later, BLU buttons through a gateway",
            ("+",),
            shelly.filters,
            shelly.decode,
            shelly.SECRETS,
        ),
        Ecosystem(
            "esphome",
            "Contacts and events of ESPHome nodes",
            ("+",),
            esphome.filters,
            esphome.decode,
            esphome.SECRETS,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An ecosystem that is switched on, and what its topics begin with."""

    ecosystem: Ecosystem
    prefixes: tuple[str, ...]

    def filters(self) -> tuple[str, ...]:
        """The topics to subscribe to for it."""
        return tuple(topic for prefix in self.prefixes for topic in self.ecosystem.filters(prefix))


SECRETS: Final = frozenset(name for ecosystem in ECOSYSTEMS.values() for name in ecosystem.secrets)
EVERYTHING: Final = tuple(Choice(ecosystem, ecosystem.prefixes) for ecosystem in ECOSYSTEMS.values())


def filters(choices: Iterable[Choice], mappings: Iterable[custom.Mapping] = ()) -> tuple[str, ...]:
    """The topics to subscribe to, each once, in a fixed order."""
    wanted = [mapping.filter() for mapping in mappings]
    wanted.extend(topic for choice in choices for topic in choice.filters())
    return tuple(dict.fromkeys(wanted))


def decode(
    message: Message,
    choices: Iterable[Choice] = EVERYTHING,
    mappings: Iterable[custom.Mapping] = (),
    known: Mapping[str, Component] | None = None,
) -> Decoded | None:
    """What a message says; None when no ecosystem that is switched on has such a topic. Never raises.

    Args:
        message: as it came.
        choices: the ecosystems that are switched on; those whose topics begin with a word of their own come first.
        mappings: of the operator; the first whose topic fits is taken, before any ecosystem.
        known: what the parts of Shelly gateways stand for, by `{gateway}/{component}`.
    """
    if message.topic.startswith(_NEVER):
        return None
    for mapping in mappings:
        decoded = custom.decode(message, mapping)
        if decoded is not None:
            return decoded
    for choice in sorted(choices, key=lambda one: _ANYBODYS in one.prefixes):
        for prefix in choice.prefixes:
            decoded = _decode(message, choice.ecosystem, prefix, known)
            if decoded is not None:
                return decoded
    return None


def _decode(
    message: Message, ecosystem: Ecosystem, prefix: str, known: Mapping[str, Component] | None
) -> Decoded | None:
    own = _as_it_stands(ecosystem, prefix, message.topic)
    if own is None:
        return None
    decoded = shelly.decode(message, own, known) if ecosystem.name == "shelly" else ecosystem.decode(message, own)
    return None if isinstance(decoded, Rejected) and own == _ANYBODYS and _is_noise(message.topic) else decoded


def _as_it_stands(ecosystem: Ecosystem, prefix: str, topic: str) -> str | None:
    """The prefix as it stands in the topic, where `+` is any one level of it; None where the topic has another."""
    if _ANYBODYS not in prefix or (prefix == _ANYBODYS and _ANYBODYS in ecosystem.prefixes):
        return prefix
    wanted, found = prefix.split("/"), topic.split("/")
    levels = list(zip(wanted, found, strict=False))
    if len(levels) < len(wanted) or any(one not in {_ANYBODYS, other} for one, other in levels):
        return None
    own = "/".join(found[: len(wanted)])
    return own if is_device_id(own) else None


def _is_noise(topic: str) -> bool:
    """Whether what cannot be understood is just somebody else's `x/status`: no press is ever told there."""
    return not topic.endswith(_TELLS_PRESSES) and _TELLS_INPUTS not in topic

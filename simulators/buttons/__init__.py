"""Buttons over MQTT: one for a test, a fleet for a demo, bought ones behind the bridge of their ecosystem."""

from simulators.buttons.bridge import Bridge
from simulators.buttons.button import Button, Event
from simulators.buttons.dialects import ECOSYSTEMS
from simulators.buttons.fleet import Fleet
from simulators.buttons.gateway import Gateway

__all__ = ["ECOSYSTEMS", "Bridge", "Button", "Event", "Fleet", "Gateway"]

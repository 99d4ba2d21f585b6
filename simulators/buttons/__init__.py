"""Buttons over MQTT: one for a test, a fleet for a demo."""

from simulators.buttons.button import Button, Event
from simulators.buttons.fleet import Fleet
from simulators.buttons.gateway import Gateway

__all__ = ["Button", "Event", "Fleet", "Gateway"]

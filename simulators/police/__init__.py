"""A police station's webhook receiver: verifies, records, acknowledges, and misbehaves on demand."""

from simulators.police.behaviour import Behaviour
from simulators.police.received import Received
from simulators.police.station import Police

__all__ = ["Behaviour", "Police", "Received"]

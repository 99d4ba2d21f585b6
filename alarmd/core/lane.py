"""The order in which one endpoint gets its deliveries."""

from collections import OrderedDict, deque
from typing import Final

from alarmd.core.delivery import Delivery

_URGENCIES: Final = 2


class Lane:
    """Deliveries that wait for one endpoint: first words before the rest, and a turn for each button's alarms.

    A button that is pressed on and on fills its own line only; whoever else waits is served between.
    """

    def __init__(self) -> None:
        self._lines: tuple[OrderedDict[str, deque[Delivery]], ...] = tuple(OrderedDict() for _ in range(_URGENCIES))
        self._size = 0

    def __len__(self) -> int:
        """How many wait."""
        return self._size

    def push(self, delivery: Delivery) -> None:
        """Put a delivery in line."""
        line = self._lines[min(delivery.urgency, _URGENCIES - 1)]
        line.setdefault(_whose(delivery), deque()).append(delivery)
        self._size += 1

    def pop(self) -> Delivery:
        """The next one.

        Raises:
            IndexError: none waits.
        """
        for line in self._lines:
            if line:
                whose, queue = line.popitem(last=False)
                delivery = queue.popleft()
                if queue:
                    line[whose] = queue  # to the end: the others come first
                self._size -= 1
                return delivery
        raise IndexError("nothing waits in this lane")

    def beyond(self, size: int) -> list[Delivery]:
        """Take out what is in line after the first `size`."""
        first = [self.pop() for _ in range(min(size, len(self)))]
        rest = [self.pop() for _ in range(len(self))]
        for delivery in first:
            self.push(delivery)
        return rest


def _whose(delivery: Delivery) -> str:
    alarm = delivery.alert.alarm
    return alarm.store["id"] if alarm.store else alarm.button_id

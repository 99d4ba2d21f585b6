"""What the demo shows: a live table in a terminal, plain lines elsewhere."""

from collections import OrderedDict
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

from alarmd.demo.journey import Journey

_ROWS = 15


class Screen(Protocol):
    """Shows presses travelling."""

    def show(self, journey: Journey) -> None:
        """Show that a press moved on."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def open_screen(console: Console) -> Screen:
    """The screen that fits what the console writes to."""
    return _LiveTable(console) if console.is_terminal else _Lines(console)


class _LiveTable:
    def __init__(self, console: Console) -> None:
        self._rows: OrderedDict[str, Journey] = OrderedDict()
        self._live = Live(self._table(), console=console, refresh_per_second=8)
        self._live.start()

    def show(self, journey: Journey) -> None:
        self._rows[journey.press_id] = journey
        while len(self._rows) > _ROWS:
            self._rows.popitem(last=False)
        self._live.update(self._table())

    def close(self) -> None:
        self._live.stop()

    def _table(self) -> Table:
        table = Table(title="Presses on their way", title_justify="left", expand=True)
        table.add_column("button", no_wrap=True)
        table.add_column("store", no_wrap=True, ratio=1)
        table.add_column("district", no_wrap=True)
        for name in ("recorded", "at the police", "acknowledged"):
            table.add_column(name, justify="right", no_wrap=True)
        for journey in self._rows.values():
            table.add_row(journey.button_id, journey.store, journey.district, *_steps(journey))
        return table


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: set[tuple[str, bool]] = set()

    def show(self, journey: Journey) -> None:
        if journey.at_police_at is None:
            return
        key = (journey.press_id, journey.acknowledged_at is not None)
        if key in self._shown:
            return
        self._shown.add(key)
        recorded, police, acknowledged = _steps(journey)
        line = f"{journey.button_id}  {journey.district} {journey.store}"
        line += f"  recorded {recorded}  at the police {police}" if recorded else f"  at the police {police}"
        self._console.print(
            f"{line}  acknowledged {acknowledged}" if acknowledged else line, highlight=False, soft_wrap=True
        )

    def close(self) -> None:
        """Nothing was changed."""


def _steps(journey: Journey) -> tuple[str, str, str]:
    return (
        _after(journey, journey.recorded_at),
        _after(journey, journey.at_police_at),
        _after(journey, journey.acknowledged_at),
    )


def _after(journey: Journey, moment: float | None) -> str:
    if moment is None:
        return ""
    waited = moment - journey.pressed_at
    return f"{waited * 1000:.1f} ms" if waited < 1 else f"{waited:.1f} s"

"""What a process costs, read from /proc (Linux; proc_pid_stat(5))."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024  # KiB


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far and MiB resident now, of a process and its children."""

    cpu_s: float
    rss_mib: float


def cost(pids: list[int]) -> Cost:
    """The cost of processes and all their living children, taken together."""
    family = [member for pid in pids for member in _family(pid)]
    return Cost(sum(map(_cpu_s, family)), sum(map(_rss_mib, family)))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _MIB
    return 0.0

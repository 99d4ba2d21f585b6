"""`python -m tests.fuzz`: any bytes, any JSON and broken real messages to every dialect, for some minutes."""

import argparse
import base64
import json
import sys
from collections import Counter
from pathlib import Path

from alarmd.core.signal import Message
from tests.fuzz.runner import Account, Runner

_KEPT = Path("build/fuzz/faults.jsonl")
_COLUMNS = ("press", "test", "tamper", "offline", "battery", "heartbeat", "ignore", "rejected", "of nobody")


def main() -> int:
    """Run; 1 if an exception escaped, something was told without its reason, or took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="so long")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same messages")
    options = parser.parse_args()
    runner = Runner(options.seed)
    runner.run(options.minutes * 60)
    account = runner.account
    print("\n".join(report(account)))
    print(f"{account.messages} messages, seed {options.seed}, faults {len(account.faults)}")
    if account.faults:
        _KEPT.parent.mkdir(parents=True, exist_ok=True)
        _KEPT.write_text("".join(_as_line(message) for _, message in account.faults), encoding="utf-8")
        print(f"their messages are in {_KEPT}, as lines for alarmd decode")
    return 1 if account.faults else 0


def report(account: Account) -> list[str]:
    """The counts, what took longest, and what went wrong."""
    lines = [" ".join(["dialect".ljust(16), *(name.rjust(10) for name in _COLUMNS)])]
    for dialect, outcomes in sorted(account.outcomes.items()):
        summed: Counter[str] = Counter()
        for outcome, count in outcomes.items():
            summed[outcome.partition(":")[0]] += count
        lines.append(" ".join([dialect.ljust(16), *(f"{summed[name]:10}" for name in _COLUMNS)]))
    reasons = sum(account.outcomes.values(), Counter[str]())
    for begin in ("rejected: ", "ignore: ", "judged "):
        named = (
            f"{what.removeprefix(begin)} {count}" for what, count in reasons.most_common() if what.startswith(begin)
        )
        lines.append(f"{begin.strip(' :')}: {', '.join(named)}")
    slowest = (
        f"{what} {slow.took_s * 1000:.1f} ms for {len(slow.message.payload)} bytes"
        for what, slow in sorted(account.slowest.items(), key=lambda item: -item[1].share)
    )
    lines.append(f"slowest: {', '.join(slowest)}")
    return lines + [f"FAULT {fault}, {len(message.payload)} bytes" for fault, message in account.faults]


def _as_line(message: Message) -> str:
    line = {"topic": message.topic, "payload_b64": base64.b64encode(message.payload).decode(), "retain": message.retain}
    return json.dumps(line) + "\n"


if __name__ == "__main__":
    sys.exit(main())

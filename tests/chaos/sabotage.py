"""`alarmd serve` with something wrong about it: it dies or stops at a named point, has a bug, or a wrong clock.

Nothing of this is in alarmd: its functions are wrapped from outside, and a name that is no longer there is an error.

    python -m tests.chaos.sabotage [--kill-at POINT:N] [--stop-at POINT:N] [--bug NAME] [--clock-off SECONDS] -- serve
"""

import argparse
import dataclasses
import itertools
import os
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from paho.mqtt.client import Client

from alarmd import clock
from alarmd.cli import main
from alarmd.core import dialects
from alarmd.core.alert import Alert
from alarmd.core.delivery import Endpoint, Outcome
from alarmd.core.signal import Press
from alarmd.db import accept, outbox
from alarmd.edge import mqtt
from alarmd.edge.webhook import WebhookSender
from alarmd.flow import accept as intake

Countdown = Callable[[], None]


def _countdown(times: int, number: signal.Signals) -> Countdown:
    left = itertools.count(times - 1, -1)

    def reached() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), number)

    return reached


def _after_receive(reached: Countdown) -> None:
    take = intake.Intake.take

    def taken(self: intake.Intake, *arguments: Any) -> Any:
        reached()
        return take(self, *arguments)

    intake.Intake.take = taken  # type: ignore[assignment, method-assign]


def _after_commit(reached: Countdown) -> None:
    commit = accept.accept

    async def committed(connection: Any, presses: Sequence[Any], rules: Any) -> Any:
        accepted = await commit(connection, presses, rules)
        if presses:
            reached()
        return accepted

    accept.accept = committed


def _before_puback(reached: Countdown) -> None:
    acknowledge = Client.ack

    def acknowledged(self: Client, mid: int, qos: int) -> Any:
        reached()
        return acknowledge(self, mid, qos)

    Client.ack = acknowledged  # type: ignore[method-assign]


def _after_claim(reached: Countdown) -> None:
    claim = outbox.claim

    async def claimed(*arguments: Any, **named: Any) -> Any:
        found = await claim(*arguments, **named)
        if found[1]:
            reached()
        return found

    outbox.claim = claimed


def _after_post(reached: Countdown) -> None:
    send = WebhookSender.send

    async def sent(self: WebhookSender, alert: Alert, endpoint: Endpoint) -> Outcome:
        outcome = await send(self, alert, endpoint)
        if alert.alarm.located and alert.alarm.kind != "canary":  # to the police
            reached()
        return outcome

    WebhookSender.send = sent  # type: ignore[method-assign]


def _before_settle(reached: Countdown) -> None:
    settle = outbox.settle

    async def settled(connection: Any, results: Any) -> Any:
        reached()
        return await settle(connection, results)

    outbox.settle = settled


POINTS: dict[str, Callable[[Countdown], None]] = {
    "after_receive": _after_receive,
    "after_commit": _after_commit,
    "before_puback": _before_puback,
    "after_claim": _after_claim,
    "after_post": _after_post,
    "before_settle": _before_settle,
}


def _ack_before_commit() -> None:
    receive = mqtt._Connection._receive

    def received(self: Any, paho: Any, userdata: Any, message: Any) -> None:
        self._paho.ack(message.mid, message.qos)
        receive(self, paho, userdata, message)

    mqtt._Connection._receive = received  # type: ignore[assignment, method-assign]


def _drop_on_410() -> None:
    settle = outbox.settle

    async def settled(connection: Any, results: Sequence[outbox.Result]) -> Any:
        gone = Outcome(204, 0.0)
        dropped = [
            dataclasses.replace(result, outcome=gone) if result.outcome.status == 410 else result for result in results
        ]
        return await settle(connection, dropped)

    outbox.settle = settled


def _no_fencing() -> None:
    settle = outbox.settle

    async def settled(connection: Any, results: Sequence[outbox.Result]) -> Any:
        newest = await connection.fetch(
            "SELECT id, fence FROM deliveries WHERE id = ANY ($1)", [result.delivery.id for result in results]
        )
        fences = {row["id"]: row["fence"] for row in newest}
        return await settle(
            connection,
            [
                dataclasses.replace(
                    result, delivery=dataclasses.replace(result.delivery, fence=fences[result.delivery.id])
                )
                for result in results
            ],
        )

    outbox.settle = settled


def _no_dedupe() -> None:
    press_id = dialects.press_id

    def always_new(press: Press, *rest: Any) -> str:
        return f"{press_id(press, *rest)[:50]}.{secrets.token_hex(4)}"

    dialects.press_id = always_new  # type: ignore[assignment]


BUGS: dict[str, Callable[[], None]] = {
    "ack_before_commit": _ack_before_commit,
    "drop_on_410": _drop_on_410,
    "no_fencing": _no_fencing,
    "no_dedupe": _no_dedupe,
}


def _set_clock_off(seconds: float) -> None:
    right = clock.now

    def now() -> datetime:
        return right() + timedelta(seconds=seconds)

    clock.now = now


def _sabotage(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="sabotage")
    parser.add_argument("--kill-at")
    parser.add_argument("--stop-at")
    parser.add_argument("--bug", choices=sorted(BUGS))
    parser.add_argument("--clock-off", type=float)
    options = parser.parse_args(arguments)
    for asked, number in ((options.kill_at, signal.SIGKILL), (options.stop_at, signal.SIGSTOP)):
        if asked:
            point, _, times = asked.partition(":")
            POINTS[point](_countdown(int(times), number))
    if options.bug:
        BUGS[options.bug]()
    if options.clock_off:
        _set_clock_off(options.clock_off)


if __name__ == "__main__":
    split = sys.argv.index("--")
    _sabotage(sys.argv[1:split])
    sys.argv = ["alarmd", *sys.argv[split + 1 :]]
    main()

"""`python -m simulators.police`: a police station on one machine."""

import asyncio
import json
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from simulators.police.behaviour import Behaviour
from simulators.police.received import Received
from simulators.police.station import Police

Option = typer.Option


def as_json(document: dict[str, Any]) -> None:
    """Print one JSON line."""
    print(json.dumps(document, ensure_ascii=False), flush=True)


def as_text(document: dict[str, Any]) -> None:
    """Print one line for people."""
    if "listening" in document:
        line = f"The police listen on {document['listening']}"
    elif "acknowledged" in document:
        line = f"acknowledged {document['acknowledged']} as {document['reference']}: {document['status']}"
    else:
        at = datetime.fromtimestamp(document["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
        place = f"{document['district'] or '-'} {document['store_name'] or 'unknown place'}"
        seal = "" if document["valid"] else "  SIGNATURE INVALID"
        name = document["reference"] or document["webhook_id"]
        line = f"{at}  {document['type'] or '?':<24} {name}  {place}  -> {document['status'] or 'hung'}{seal}"
    print(line, flush=True)


async def serve(police: Police, host: str, port: int, say: Callable[[dict[str, Any]], None]) -> None:
    """Run the station until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    say({"listening": await police.start(host, port)})
    await stopped.wait()
    await police.stop()


def main(
    *,
    secret: Annotated[list[str], Option(help="Signing secret, whsec_...; may be given several times.")],
    host: Annotated[str, Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Option(help="Port to listen on; 0 picks a free one.")] = 0,
    key: Annotated[str | None, Option(help="API key with which alarms are acknowledged.")] = None,
    acknowledge_after: Annotated[float | None, Option(help="Acknowledge by HTTP after so many seconds.")] = None,
    acknowledge_in_response: Annotated[
        bool, Option("--acknowledge-in-response", help="Acknowledge in the answer itself.")
    ] = False,
    reject: Annotated[str | None, Option(metavar="REASON", help="Refuse every alarm for this reason.")] = None,
    fail: Annotated[int | None, Option(min=300, max=599, metavar="STATUS", help="Answer with this status.")] = None,
    hang: Annotated[bool, Option("--hang", help="Never answer.")] = False,
    slow_body: Annotated[bool, Option("--slow-body", help="Answer 200 with a body that never ends.")] = False,
    redirect: Annotated[str | None, Option(metavar="URL", help="Answer 307 to this URL.")] = None,
    too_many: Annotated[int | None, Option(metavar="RETRY_AFTER", help="Answer 429 with Retry-After.")] = None,
    misbehave_for: Annotated[int | None, Option(help="Misbehave only for the first N alerts.")] = None,
    json_lines: Annotated[bool, Option("--json", help="One JSON line per request.")] = False,
) -> None:
    """A police station: verifies each alert's signature, prints it, and answers as told."""
    behaviour = Behaviour(
        hang=hang,
        slow_body=slow_body,
        redirect=redirect,
        too_many=too_many,
        fail=fail,
        misbehave_for=misbehave_for,
        reject=reject,
        acknowledge_in_response=acknowledge_in_response,
        acknowledge_after=acknowledge_after,
    )
    say = as_json if json_lines else as_text

    def report(alert: Received) -> None:
        say(alert.facts())

    try:
        police = Police(secret, behaviour=behaviour, key=key, on_received=report, on_acknowledged=say)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise typer.BadParameter(f"a --secret is not whsec_ and base64: {error}") from error
    try:
        asyncio.run(serve(police, host, port, say))
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on {host}:{port}: {error.strerror}") from error


if __name__ == "__main__":
    typer.run(main)

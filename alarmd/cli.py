"""The commands."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TaskProgressColumn, TextColumn
from rich.progress import Progress as RichProgress

from alarmd import logs, settings
from alarmd.app import Role
from alarmd.core.audit import Actor
from alarmd.core.dataset import Encoding, Progress, Stage
from alarmd.core.errors import AlarmdError, ConflictError, InvalidError
from alarmd.settings import Settings, SettingsError

app = typer.Typer(
    name="alarmd",
    help="From a hold-up button in a convenience store to the police: nothing lost, in milliseconds.",
    epilog="Settings are environment variables ALARMD_*, or the same names in a file .env; the README lists them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="API keys.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys_app, name="keys")
audit_app = typer.Typer(help="The record of every change.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(audit_app, name="audit")

_MANY_ROWS = 2_000
_ROLES = "listener, dispatcher, api and supervisor"


def main() -> None:
    """Run the command line: an error is one line on standard error and a non-zero exit."""
    try:
        app()
    except (AlarmdError, SettingsError) as error:
        faults = error.faults if isinstance(error, InvalidError) else ()
        for fault in faults:
            value = f" ({fault.value!r})" if fault.value is not None else ""
            print(f"alarmd: {fault.where}: {fault.reason}{value}", file=sys.stderr)
        print(f"alarmd: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def demo(
    *,
    presses: Annotated[int | None, typer.Option(min=1, help="Send so many presses, wait, sum up, and end.")] = None,
    storm: Annotated[
        bool, typer.Option("--storm", help="Press all 656 buttons at once, wait, sum up, and end.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where its data and logs are kept.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the HTTP side; 0 picks a free one.")] = 8000,
    seed: Annotated[int, typer.Option(help="Of the generated stores and of the order of presses.")] = 0,
) -> None:
    """Run everything on this machine, with nothing installed: database, broker, service, police and buttons.

    Without --presses or --storm it goes on until Ctrl-C. With one of them it ends with 0 only if no press was lost.
    """
    from alarmd import demo as demonstration

    options = demonstration.Options(data_dir or _state_dir() / "demo", port, seed, presses, storm)
    raise typer.Exit(asyncio.run(demonstration.run(options, Console())))


@app.command()
def serve(
    role: Annotated[str, typer.Option(help=f"`all`, or any of {_ROLES}, separated by commas.")] = "all",
) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    from alarmd import app as wiring
    from alarmd import watchdog

    read = _configure()
    roles = _roles(role)

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        with watchdog.watching(loop):
            await wiring.serve(read, roles, stopping, lambda url: print(f"alarmd listens on {url}", flush=True))

    _run(run())


@app.command()
def migrate() -> None:
    """Bring the database up to date; safe to run from many replicas at once."""
    from alarmd.db import migrate as migrations
    from alarmd.db.pool import connected

    async def run() -> None:
        async with connected(_configure().database_url.get_secret_value()) as pool:
            applied = await migrations.migrate(pool)
        print("\n".join(f"applied {name}" for name in applied) or "up to date")

    _run(run())


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or CP949) or XLSX, in the columns of the national dataset.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    column: Annotated[
        list[str] | None,
        typer.Option(help="What the file calls a column, such as name=가게이름 or lat=북위; again for each."),
    ] = None,
    encoding: Annotated[
        Encoding | None, typer.Option(help="In which a CSV is written that is neither UTF-8 nor CP949: utf-16.")
    ] = None,
    follow_likely: Annotated[
        bool, typer.Option("--follow-likely", help="Take what is likely a store renamed or moved for that store.")
    ] = False,
    close_vanished: Annotated[
        bool, typer.Option("--close-vanished", help="Close stores of the same provider that the file no longer names.")
    ] = False,
) -> None:
    """Import stores: all rows or none. What is wrong is named with line, column, value and reason."""
    from alarmd.core.dataset import read_dataset
    from alarmd.core.plan import Wishes
    from alarmd.db import registry_import
    from alarmd.db.pool import connected
    from alarmd.edge import tables

    named = dict(_named(text) for text in column or ())
    wishes = Wishes(follow_likely=follow_likely, close_vanished=close_vanished)

    async def run() -> None:
        with _shown() as progress:
            rows = tables.read_table(_content(file), encoding)
            reading = read_dataset(rows, registry_import.load_districts(), named, progress)
            async with connected(_configure().database_url.get_secret_value()) as pool, pool.acquire() as connection:
                plan = await registry_import.import_stores(
                    connection,
                    reading,
                    by=Actor(_user(), "import"),
                    dry_run=dry_run,
                    wishes=wishes,
                    progress=progress,
                )
        print(json.dumps(plan.as_json(dry_run=dry_run), ensure_ascii=False, indent=2))

    _run(run())


@app.command("import-stations")
def import_stations(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or CP949) or XLSX: a list of stations, or of precincts.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Import police stations or precincts, and find each store its own: all rows or none."""
    from alarmd.core.station import read_stations
    from alarmd.db import stations
    from alarmd.db.pool import connected
    from alarmd.edge import tables

    reading = read_stations(tables.read_table(_content(file)))

    async def run() -> None:
        async with connected(_configure().database_url.get_secret_value()) as pool, pool.acquire() as connection:
            plan = await stations.import_stations(connection, reading, by=Actor(_user(), "import"), dry_run=dry_run)
        print(json.dumps(plan.as_json(dry_run=dry_run), ensure_ascii=False, indent=2))

    _run(run())


@app.command()
def export() -> None:
    """Write all stores to standard output as CSV, in the columns of the national dataset and alarmd's own."""
    from alarmd.db import registry_import
    from alarmd.db.pool import connected
    from alarmd.edge import tables

    async def run() -> None:
        async with connected(_configure().database_url.get_secret_value()) as pool, pool.acquire() as connection:
            rows = await registry_import.export_rows(connection)
        sys.stdout.buffer.write(tables.write_csv(registry_import.EXPORT_COLUMNS, rows))

    _run(run())


@keys_app.command("create")
def create_key(
    *,
    role: Annotated[str, typer.Option(help="viewer, operator, admin, police or press.")],
    name: Annotated[str, typer.Option(help="Whose key it is.")],
) -> None:
    """Make an API key and print it: this is the only time it is shown."""
    from alarmd.db import audit, audited, keys
    from alarmd.db.pool import connected

    async def run() -> None:
        async with (
            connected(_configure().database_url.get_secret_value()) as pool,
            pool.acquire() as connection,
            connection.transaction(),
        ):
            key, secret = await keys.create(connection, name=name, role=keys.role(role))
            after = audited.of_key(key)
            await audit.record(connection, Actor(_user(), "cli"), "key.made", f"keys/{key.id}", after=after)
        print(secret)

    _run(run())


@audit_app.command("verify")
def verify_audit() -> None:
    """Look at the whole chain of the audit: whether each entry is as it was written, and none is missing."""
    from alarmd.db import audit
    from alarmd.db.pool import connected

    async def run() -> None:
        async with connected(_configure().database_url.get_secret_value()) as pool:
            verdict = await audit.verify(pool)
        if verdict.broken:
            raise ConflictError(f"the audit is broken at entry {verdict.broken.seq}: {verdict.broken.reason}")
        print(f"the audit is whole: {verdict.entries} entries, the last hash is {verdict.last_hash.hex()}")

    _run(run())


@app.command()
def decode() -> None:
    """Say what alarmd makes of messages, without database or broker.

    Reads JSON lines {"topic", "payload" or "payload_b64", "retain"} from standard input, and prints one for each.
    """
    from alarmd.core import explain

    for said in explain.explain_all(explain.read_lines(sys.stdin)):
        print(json.dumps(said, ensure_ascii=False), flush=True)


@app.command()
def listen(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded, and record nothing.")] = False,
    url: Annotated[
        list[str] | None,
        typer.Option(help="mqtt:// or mqtts:// of a broker; several may be given.  [ALARMD_MQTT_URLS]"),
    ] = None,
    dialect: Annotated[
        list[str] | None, typer.Option(help="Listen to buttons of this dialect; several may be given.  [all]")
    ] = None,
) -> None:
    """Show what each message on the brokers would become, until Ctrl-C: one JSON line a message, PINs taken out.

    Needs no database, and does not disturb the service: its sessions are its own, and nothing is written.
    """
    if not dry_run:
        raise InvalidError("listen has dry runs alone: give --dry-run; what records is alarmd serve")
    from alarmd import listen as listening

    read = settings.load(database=False)
    asyncio.run(
        listening.run(
            _brokers(url or []) or [one.get_secret_value() for one in read.mqtt_urls],
            dialect or [],
            read.dialect_prefixes,
            say=lambda line: print(line, flush=True),
            remark=lambda line: print(f"alarmd: {line}", file=sys.stderr, flush=True),
        )
    )


@app.command()
def check() -> None:
    """Say in plain words what is wrong: database, migrations, brokers, endpoints, clock, disk."""
    from alarmd import check as checks

    findings = asyncio.run(checks.run(settings.load()))
    for finding in findings:
        print(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command()
def schema(
    directory: Annotated[Path, typer.Argument(help="Where the files are written.")] = Path("schemas"),
) -> None:
    """Write the JSON Schemas, the OpenAPI and the AsyncAPI document."""
    from alarmd import contract

    for name, text in contract.documents().items():
        (directory / name).write_text(text, encoding="utf-8")
        print(directory / name)


def _brokers(given: Sequence[str]) -> Sequence[str]:
    """The URLs that were given, each looked at."""
    for url in given:
        try:
            settings.require_broker(url)
        except ValueError as error:
            raise InvalidError(f"--url: {error}") from error
    return given


@contextmanager
def _shown() -> Iterator[Progress]:
    """Progress of an import on standard error, once it has more rows than are done in a moment."""
    bars: dict[str, TaskID] = {}
    display = RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    )

    def progress(stage: Stage, done: int, of: int) -> None:
        if of >= _MANY_ROWS:
            if stage not in bars:
                bars[stage] = display.add_task(stage, total=of)
                display.start()
            display.update(bars[stage], completed=done)

    try:
        yield progress
    finally:
        if bars:
            display.stop()


def _named(text: str) -> tuple[str, str]:
    member, _, column = text.partition("=")
    if not member or not column:
        raise InvalidError(f"--column {text}: give member=column, such as name=가게이름")
    return member, column


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidError(f"{file}: {error.strerror}") from error


def _configure() -> Settings:
    read = settings.load()
    logs.configure(read.log_format, read.log_level)
    return read


def _roles(text: str) -> frozenset[Role]:
    if text == "all":
        return frozenset(Role)
    try:
        return frozenset(Role(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise InvalidError(f"--role {text}: give all, or any of {_ROLES}") from error


def _user() -> str:
    """Who types: the name of the user, or their number where they have none, as in a container."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _state_dir() -> Path:
    """The user's directory for state (XDG Base Directory Specification)."""
    import os

    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "alarmd"


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, on uvloop."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)

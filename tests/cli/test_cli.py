"""The command line, as a person types it: errors are one line, and the exit code says whether it went well."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from alarmd.db.pool import Pool
from simulators.police import Behaviour, Police
from tests.provider import Provider
from tests.service import Service, settings

SAMPLE = Path(__file__).parents[1] / "data" / "women_safehouse_sample_2026.csv"

NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


async def alarmd(
    *arguments: str, stdin: str = "", cwd: Path | None = None, settings: Mapping[str, str] = NONE, **named: str
) -> Said:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALARMD_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarmd", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=clean | {f"ALARMD_{name.upper()}": value for name, value in {**settings, **named}.items()},
        cwd=cwd,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 60)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize(
    "command",
    [
        *("", "demo", "serve", "migrate", "import", "import-stations", "export", "keys", "audit", "decode", "listen"),
        *("check", "schema"),
    ],
)
async def test_every_command_explains_itself(command: str) -> None:
    said = await alarmd(*filter(None, [command]), "--help")
    assert said.code == 0
    assert "Usage:" in said.out


async def test_a_missing_setting_is_one_line_that_names_it(tmp_path: Path) -> None:
    said = await alarmd("serve", cwd=tmp_path)
    assert said.code == 1
    assert said.err == "alarmd: ALARMD_DATABASE_URL is not set: postgresql:// URL of the database\n"


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("mqtt_urls", "http://x", "ALARMD_MQTT_URLS is wrong"),
        ("http_port", "eighty", "ALARMD_HTTP_PORT is wrong"),
        ("database_url", "mysql://x", "ALARMD_DATABASE_URL is wrong"),
        ("webhook_url", "ftp://x", "ALARMD_WEBHOOK_URL is wrong"),
        ("webhook_secret", "hunter2", "ALARMD_WEBHOOK_SECRET is wrong"),
        ("map_url_template", "{nonsense}", "ALARMD_MAP_URL_TEMPLATE is wrong"),
        (
            "tile_url",
            "https://tiles.example/map.png",
            "ALARMD_TILE_URL is wrong: must be https://host/... with {z}, {x}",
        ),
        ("tile_url", "https://tiles.example; script-src */{z}/{x}/{y}", "ALARMD_TILE_URL is wrong"),
        ("tile_url", "https://{s}.tiles.example/{z}/{x}/{y}.png", "ALARMD_TILE_URL is wrong"),
        ("log_format", "xml", "ALARMD_LOG_FORMAT is wrong"),
        ("oidc_issuer", "https://id.example", "ALARMD_OIDC_ISSUER: a provider to log in through takes both "),
        ("oidc_issuer", "http://id.example", "ALARMD_OIDC_ISSUER is wrong: must be https://"),
        ("oidc_issuer", "https://id.example/?x", "ALARMD_OIDC_ISSUER is wrong: must be https://"),
        ("oidc_client_id", "alarmd", "ALARMD_OIDC_CLIENT_ID: a provider to log in through takes both "),
        ("oidc_client_secret", "hunter2", "ALARMD_OIDC_CLIENT_SECRET: a provider to log in through takes both "),
        ("oidc_roles", "desk=police", "ALARMD_OIDC_ROLES is wrong: must be value=role, "),
        ("oidc_roles", " ", "ALARMD_OIDC_ROLES is wrong: must be value=role, "),
        ("dialects", "zigbee", "ALARMD_DIALECTS: there is no dialect 'zigbee'; give all, or any of native, "),
        ("dialect_prefixes", "shelly", "ALARMD_DIALECT_PREFIXES: 'shelly' names no prefix; write it as "),
    ],
)
async def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path, name: str, value: str, part: str) -> None:
    said = await alarmd("serve", cwd=tmp_path, settings={"database_url": "postgresql://x/y", name: value})
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert part in said.err
    assert "hunter2" not in said.err


async def test_migrate_is_safe_to_run_twice(database: str) -> None:
    said = await alarmd("migrate", database_url=database)
    assert (said.code, said.out) == (0, "up to date\n")


async def test_an_unreachable_database_is_one_line_without_its_password() -> None:
    said = await alarmd("migrate", database_url="postgresql://alarmd:s3cret@127.0.0.1:1/alarmd")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "127.0.0.1:1/alarmd" in said.err
    assert "s3cret" not in said.err


async def test_the_sample_imports_and_exports(database: str, pool: Pool) -> None:
    tried = await alarmd("import", str(SAMPLE), "--dry-run", database_url=database)
    assert (tried.code, json.loads(tried.out)["new"]) == (0, 40)
    assert await pool.fetchval("SELECT count(*) FROM stores") == 0
    done = await alarmd("import", str(SAMPLE), database_url=database)
    assert (done.code, json.loads(done.out)["new"]) == (0, 40)
    exported = await alarmd("export", database_url=database)
    assert len(exported.out.splitlines()) == 41
    assert "세븐일레븐노원제일점 B" in exported.out


async def test_any_columns_are_imported_by_naming_them_and_progress_is_shown(
    database: str, pool: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "any.csv"
    rows = "".join(f"CU {number}호점,서울특별시 노원구 동일로 {number},37.655,127.06\n" for number in range(2_500))
    file.write_text(f"가게,주소,북,동\n{rows}", encoding="utf-8")
    unnamed = await alarmd("import", str(file), database_url=database)
    assert unnamed.code == 1
    assert "the file has 가게, 주소, 북, 동" in unnamed.err
    named = [part for pair in ("name=가게", "road_address=주소", "lat=북", "lon=동") for part in ("--column", pair)]
    done = await alarmd("import", str(file), *named, database_url=database)
    assert (done.code, json.loads(done.out)["new"]) == (0, 2_500)
    assert "2500/2500" in done.err
    assert await pool.fetchval("SELECT count(*) FROM stores WHERE district_code = '11350'") == 2_500
    wrong = await alarmd("import", str(file), "--column", "name", database_url=database)
    assert (wrong.code, "give member=column" in wrong.err) == (1, True)


async def test_a_renamed_store_is_followed_and_a_vanished_one_closed_when_asked(
    database: str, pool: Pool, tmp_path: Path
) -> None:
    file = tmp_path / "stores.csv"
    header = "name,road_address,lat,lon,district,district_code,phone,provider_code\n"
    lines = ["CU 가,동일로 1,37.655,127.06,노원구,11350,02-934-9102,31", "CU 나,동일로 9,37.66,127.06,노원구,11350,,31"]
    file.write_text(header + "\n".join(lines), encoding="utf-8")
    await alarmd("import", str(file), database_url=database)
    file.write_text(header + lines[0].replace("CU 가", "GS25 가"), encoding="utf-8")
    done = await alarmd("import", str(file), "--follow-likely", "--close-vanished", database_url=database)
    report = json.loads(done.out)
    assert (report["new"], report["changed"], report["closed"]) == (0, 1, 1)
    rows = await pool.fetch("SELECT name, chain, status FROM stores ORDER BY code")
    assert [tuple(row) for row in rows] == [("GS25 가", "GS25", "open"), ("CU 나", "CU", "closed")]


async def test_a_file_with_faults_is_refused_naming_each(database: str, pool: Pool, tmp_path: Path) -> None:
    file = tmp_path / "stores.csv"
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("37.6212056", "x")
    file.write_text("\n".join(lines), encoding="utf-8")
    said = await alarmd("import", str(file), database_url=database)
    assert said.code == 1
    assert "alarmd: line 3, column 위도: not a number of degrees ('x')" in said.err
    assert await pool.fetchval("SELECT count(*) FROM stores") == 0


async def test_a_file_that_is_not_there_is_one_line(database: str) -> None:
    said = await alarmd("import", "nowhere.csv", database_url=database)
    assert (said.code, said.err) == (1, "alarmd: nowhere.csv: No such file or directory\n")


async def test_a_key_is_shown_once_and_kept_as_its_digest(database: str, pool: Pool) -> None:
    said = await alarmd("keys", "create", "--role", "viewer", "--name", "desk", database_url=database)
    assert said.code == 0
    assert said.out.startswith("alarmd_")
    row = await pool.fetchrow("SELECT name, role, digest = sha256($1) AS same FROM keys", said.out.strip().encode())
    assert row is not None
    assert tuple(row) == ("desk", "viewer", True)
    wrong = await alarmd("keys", "create", "--role", "king", "--name", "desk", database_url=database)
    assert wrong.code == 1
    assert "viewer, operator, admin, police or press" in wrong.err


async def test_decode_needs_neither_database_nor_broker() -> None:
    lines = [
        {"topic": "alarmd/v1/buttons/B-1/press", "payload": '{"press_id": "p", "counter": 7, "battery_pct": 16}'},
        {"topic": "alarmd/v1/buttons/B-1/press", "payload_b64": "eyJraW5kIjogInRlc3QifQ==", "retain": False},
        {"topic": "alarmd/v1/buttons/B-1/heartbeat", "payload": '{"battery_pct": 50}'},
        {"topic": "alarmd/v1/gateways/g/status", "payload": '{"state": "offline"}', "retain": True},
        {"topic": "elsewhere", "payload": ""},
    ]
    said = await alarmd("decode", stdin="\n".join(map(json.dumps, lines)))
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [each["kind"] for each in found] == ["press", "test", "battery", "offline", "ignore"]
    assert (found[0]["button_id"], found[0]["counter"], found[0]["battery_pct"]) == ("b-1", 7, 16)
    assert {"kind", "button_id", "battery_pct", "counter", "event", "dialect"} <= found[0].keys()
    wrong = await alarmd("decode", stdin="nonsense\n")
    assert wrong.code == 1
    assert wrong.err.startswith("alarmd: line 1 of the input")


async def test_decode_knows_the_buttons_that_shops_can_buy() -> None:
    files = sorted((Path(__file__).parents[1] / "data" / "devices").glob("*.jsonl"))
    cases = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    said = await alarmd("decode", stdin="\n".join(map(json.dumps, cases)))
    found = [json.loads(line) for line in said.out.splitlines()]
    assert len(found) == len(cases)
    other = {
        case["id"]
        for case, line in zip(cases, found, strict=True)
        if any(case["expect"].get(name) != line[name] for name in ("kind", "button_id", "battery_pct"))
    }
    assert other == {"shelly-013"}, "that one needs its gateway's configuration"


async def test_check_says_what_is_wrong_and_what_is_not(
    service: Service, database: str, broker: str, police: Police, secret: str
) -> None:
    named = {name: str(value) for name, value in settings(database, broker, police.url, secret).items()}
    said = await alarmd("check", settings=named)
    assert said.code == 0, said.out
    assert "endpoint police: took a signed test" in said.out
    assert police.received[0].event["data"]["alarm"]["kind"] == "test"
    police.behaviour = Behaviour(fail=500)
    wrong = await alarmd("check", settings=named, mqtt_urls="mqtt://127.0.0.1:1")
    assert wrong.code == 1
    assert "WRONG  endpoint police: answered 500" in wrong.out
    assert "WRONG  broker 127.0.0.1:1" in wrong.out


async def test_check_asks_the_provider_that_people_log_in_through(
    service: Service, database: str, broker: str, police: Police, secret: str
) -> None:
    provider = Provider()
    await provider.start()
    others = settings(database, broker, police.url, secret) | provider.settings()
    named = {name: str(value) for name, value in others.items()}
    said = await alarmd("check", settings=named)
    assert (said.code, "provider localhost: signs with RS256, ES256; keys: 1" in said.out) == (0, True), said.out
    await provider.stop()
    wrong = await alarmd("check", settings=named)
    assert (wrong.code, "WRONG  provider localhost: " in wrong.out) == (1, True), wrong.out


async def test_a_role_that_there_is_none_of_is_refused(database: str) -> None:
    said = await alarmd("serve", "--role", "boss", database_url=database)
    assert said.code == 1
    assert "listener, dispatcher, api and supervisor" in said.err

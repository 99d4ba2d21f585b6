"""The OpenAPI document makes a client without a warning, and that client works."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.service import ADMIN_KEY, Service
from tests.web.conftest import Press

ROOT = Path(__file__).parents[2]
GENERATOR = Path(sys.prefix) / "client"  # where the Makefile puts it: apart, for the sake of what it depends on

PROGRAM = """
import json, os
from alarmd_client import AuthenticatedClient
from alarmd_client.api.alarms import acknowledge, list_alarms
from alarmd_client.api.stores import list_stores
from alarmd_client.models import AcknowledgeBody, AlarmModel, PageAlarmModel, PageStoreModel

URL, KEY = os.environ["URL"], os.environ["KEY"]
with AuthenticatedClient(base_url=URL, token=KEY, raise_on_unexpected_status=True) as client:
    stores = list_stores.sync(client=client, limit=3)
    assert isinstance(stores, PageStoreModel)
    alarms = list_alarms.sync(client=client)
    assert isinstance(alarms, PageAlarmModel)
    alarm = acknowledge.sync(alarms.items[0].id, client=client, body=AcknowledgeBody(by="desk 3", reference="112-4711"))
    assert isinstance(alarm, AlarmModel)
print(json.dumps({"stores": [store.name for store in stores.items], "alarm": alarm.to_dict()}))
"""


async def test_a_client_is_generated_without_a_warning_lists_stores_and_acknowledges_an_alarm(
    service: Service, press: Press, tmp_path: Path
) -> None:
    pressed = await press("button-1")
    document = ROOT / "schemas" / "openapi.json"
    options = ("--path", str(document), "--output-path", str(tmp_path / "generated"), "--fail-on-warning")
    said = await _python("-m", "openapi_python_client", "generate", *options)
    assert "warning" not in said.lower(), said

    said = await _python("-c", PROGRAM, URL=service.url, KEY=ADMIN_KEY, PYTHONPATH=str(tmp_path / "generated"))
    told = json.loads(said)
    assert len(told["stores"]) == 3
    assert all(name.startswith("가게 ") for name in told["stores"])
    assert told["alarm"]["id"] == pressed["id"]
    assert told["alarm"]["state"] == "acknowledged"
    assert told["alarm"]["acknowledged"]["reference"] == "112-4711"


async def _python(*arguments: str, PYTHONPATH: str = "", **variables: str) -> str:  # noqa: N803 - a variable's name
    """Run Python with the generator's packages; what it printed."""
    paths = {
        "PYTHONPATH": os.pathsep.join(filter(None, (PYTHONPATH, str(GENERATOR)))),
        "PATH": os.pathsep.join((str(GENERATOR / "bin"), os.environ["PATH"])),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env=os.environ | paths | {"no_proxy": "*"} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()

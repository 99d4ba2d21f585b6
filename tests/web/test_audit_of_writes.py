"""Every write of the API leaves an entry in the audit that says what was before and what is after."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias
from uuid import uuid4

import httpx

from alarmd import clock
from alarmd.core.alert import timestamp
from alarmd.db import console_sessions, keys
from alarmd.db.pool import Pool
from alarmd.web.app import ROUTERS
from alarmd.web.described import api_routes
from simulators.police import Behaviour, Police
from tests.registry.test_http import STORE
from tests.web.conftest import Press

# A press is not somebody's change: it stands, as it came, on the timeline of its alarm.
# Nor is a look at a file.
NO_CHANGE: Final = {
    ("POST", "/v1/presses"),
    ("POST", "/v1/stores/import/columns"),
    ("POST", "/v1/stores/import/rejected"),
}

SOON: Final = timestamp(clock.now() + timedelta(hours=1))
STATIONS: Final = "name,address\n서울노원경찰서,서울시 노원구 노원로 283\n"
ONE_STORE: Final = (
    "점포명,시군구명,시군구코드,소재지도로명주소,위도,경도\n가게,노원구,11350,서울특별시 노원구 1,37.65,127.06\n"
)
MAPPING: Final = {"name": "keys", "topic": "shop/{store}/keys", "fields": {"button_id": "{store}"}}
OPEN: Final = {"state": "open"}


@dataclass
class Desk:
    """What a story needs."""

    admin: httpx.AsyncClient
    press: Press
    pool: Pool
    police: Police
    buttons: int = 0

    async def made(self, path: str, body: dict[str, Any]) -> str:
        """Make a thing, and give its place."""
        answer = await self.admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return f"{path}/{answer.json()['id']}"

    async def store(self) -> str:
        return await self.made("/v1/stores", STORE | {"name": f"CU {uuid4()}"})

    async def station(self) -> str:
        content = "name,address\n수원경찰서,경기도 수원시 1\n".encode()
        assert (await self.admin.post("/v1/stations/import", content=content)).status_code == 200
        return "/v1/stations/수원경찰서"

    async def store_with_a_button(self) -> str:
        return f"/v1/stores/{await self.pool.fetchval('SELECT store_id FROM buttons WHERE id = $1', 'button-10')}"

    async def button(self) -> str:
        return await self.made("/v1/buttons", {"id": str(uuid4()), "label": "계산대"})

    async def endpoint(self) -> str:
        """A receiver that the police have another secret for: they refuse what it is sent."""
        return await self.made("/v1/endpoints", {"name": str(uuid4()), "url": self.police.url, "audience": "operators"})

    async def paused(self) -> str:
        place = await self.endpoint()
        assert (await self.admin.post(f"{place}/pause", json={"until": SOON, "reason": "점검"})).status_code == 200
        return place

    async def alarm(self, *steps: str) -> str:
        """An alarm of a button that was not pressed before, after these steps."""
        self.buttons += 1
        place = f"/v1/alarms/{(await self.press(f'button-{self.buttons}'))['id']}"
        for step in steps:
            assert (await self.admin.post(f"{place}/{step}", json={})).status_code == 200
        return place

    async def delivery(self) -> str:
        """What the police, who take nothing, are owed of an alarm."""
        alarm = (await self.alarm()).rpartition("/")[2]
        (owed,) = (await self.admin.get("/v1/deliveries", params={"alarm_id": alarm})).json()["items"]
        return f"/v1/deliveries/{owed['id']}"

    async def cancelled(self) -> str:
        place = await self.delivery()
        assert (await self.admin.post(f"{place}/cancel")).status_code == 200
        return place

    async def gateway(self) -> str:
        gateway_id = str(uuid4())
        await self.pool.execute("INSERT INTO gateways (id, state) VALUES ($1, 'online')", gateway_id)
        return f"/v1/gateways/{gateway_id}"

    async def fault(self) -> str:
        fault_id = await self.pool.fetchval(
            "INSERT INTO faults (kind, subject, detail) VALUES ('battery_low', $1, '') RETURNING id", str(uuid4())
        )
        return f"/v1/faults/{fault_id}"

    async def oddity(self) -> str:
        content = f'["{uuid4()}"]'.encode()
        await self.admin.post("/v1/presses", content=content, headers={"Content-Type": "application/json"})
        (odd,) = (await self.admin.get("/v1/quarantine")).json()["items"]
        return f"/v1/quarantine/{odd['id']}"

    async def where(self) -> dict[str, Any]:
        return {"store_id": (await self.store()).rpartition("/")[2]}

    async def key(self) -> str:
        return await self.made("/v1/keys", {"name": str(uuid4()), "role": "viewer"})

    async def session(self) -> str:
        async with self.pool.acquire() as connection:
            key, _ = await keys.create(connection, name=str(uuid4()), role="viewer", endpoint_id=None)
            await console_sessions.open_session(connection, key)
        (opened,) = (await self.admin.get("/v1/sessions")).json()["items"]
        return f"/v1/sessions/{opened['id']}"

    async def mapping(self) -> str:
        return await self.made("/v1/mappings", MAPPING | {"name": str(uuid4())})


@dataclass
class Story:
    """A write, and what the audit is to say of it.

    Attributes:
        what: the entry's.
        place: makes ready, and gives the path without what comes after; None: the route's own.
        body: JSON, or what makes it, or a file as text.
        before: what it says among other things; None: nothing was there.
        after: likewise.
    """

    what: str
    place: Callable[[Desk], Awaitable[str]] | None = None
    body: dict[str, Any] | Callable[[Desk], Awaitable[dict[str, Any]]] | str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


Told: TypeAlias = dict[tuple[str, str], Story]

REGISTRY: Told = {
    ("POST", "/v1/stores"): Story("store.added", body=STORE, after={"name": STORE["name"], "lat": STORE["lat"]}),
    ("PUT", "/v1/stores/{store_id}"): Story(
        "store.changed",
        Desk.store,
        STORE | {"name": "CU 옛가게", "status": "closed"},
        {"status": "open"},
        {"status": "closed"},
    ),
    ("PATCH", "/v1/stores/{store_id}"): Story(
        "store.changed", Desk.store, {"phone": "112"}, {"phone": "+8227160302"}, {"phone": "112"}
    ),
    ("DELETE", "/v1/stores/{store_id}"): Story("store.removed", Desk.store, before={"district": "노원구"}),
    ("POST", "/v1/stores/{store_id}/practice"): Story(
        "store.practised", Desk.store_with_a_button, {"button_id": "button-10"}, after={"button_id": "button-10"}
    ),
    ("POST", "/v1/stores/import"): Story("store.added", body=ONE_STORE, after={"name": "가게"}),
    ("POST", "/v1/stations/import"): Story("station.added", body=STATIONS, after={"name": "서울노원경찰서"}),
    ("DELETE", "/v1/stations/{name}"): Story("station.removed", Desk.station, before={"province_code": "41"}),
    ("POST", "/v1/buttons"): Story("button.enrolled", body={"id": "mine", "label": "창고"}, after={"label": "창고"}),
    ("PATCH", "/v1/buttons/{button_id}"): Story(
        "button.changed", Desk.button, {"label": "창고"}, {"label": "계산대"}, {"label": "창고"}
    ),
    ("DELETE", "/v1/buttons/{button_id}"): Story("button.removed", Desk.button, before={"label": "계산대"}),
    ("POST", "/v1/buttons/{button_id}/replace"): Story(
        "button.replaced", Desk.button, {"by": "new"}, {"revoked_at": None}, {"replaced_by": "new"}
    ),
    ("PATCH", "/v1/gateways/{gateway_id}"): Story(
        "gateway.changed",
        Desk.gateway,
        {"silent_after_s": 60},
        {"silent_after_s": 86_400},
        {"silent_after_s": 60},
    ),
    ("DELETE", "/v1/gateways/{gateway_id}"): Story(
        "gateway.forgotten", Desk.gateway, before={"silent_after_s": 86_400}
    ),
    ("POST", "/v1/mappings"): Story("mapping.added", body=MAPPING, after={"topic": "shop/{store}/keys"}),
    ("DELETE", "/v1/mappings/{mapping_id}"): Story(
        "mapping.removed", Desk.mapping, before={"topic": "shop/{store}/keys"}
    ),
}
ALARMS: Told = {
    ("POST", "/v1/alarms/{alarm_id}/acknowledge"): Story(
        "alarm.acknowledged",
        Desk.alarm,
        {"by": "상황실"},
        OPEN,
        {"state": "acknowledged", "acknowledged_by": "상황실"},
    ),
    ("POST", "/v1/alarms/{alarm_id}/reject"): Story(
        "alarm.rejected", Desk.alarm, {"by": "상황실", "reason": "관할 아님"}, after={"by": "상황실"}
    ),
    ("POST", "/v1/alarms/{alarm_id}/close"): Story(
        "alarm.closed", Desk.alarm, {"disposition": "false"}, OPEN, {"state": "closed", "disposition": "false"}
    ),
    ("POST", "/v1/alarms/{alarm_id}/reopen"): Story(
        "alarm.reopened",
        lambda desk: desk.alarm("acknowledge"),
        {"reason": "다시"},
        {"state": "acknowledged"},
        OPEN,
    ),
    ("POST", "/v1/alarms/{alarm_id}/note"): Story(
        "alarm.noted", Desk.alarm, {"by": "상황실", "note": "통화함"}, after={"by": "상황실"}
    ),
    ("POST", "/v1/deliveries/{delivery_id}/retry"): Story(
        "delivery.retried", Desk.cancelled, None, {"state": "cancelled"}, {"state": "pending", "cancelled_by": None}
    ),
    ("POST", "/v1/deliveries/{delivery_id}/cancel"): Story(
        "delivery.cancelled", Desk.delivery, {"reason": "전화로 알림"}, {"state": "pending"}, {"state": "cancelled"}
    ),
    ("POST", "/v1/faults/{fault_id}/clear"): Story(
        "fault.cleared",
        Desk.fault,
        None,
        {"cleared_by": None},
        {"kind": "battery_low", "cleared_by": "ALARMD_ADMIN_KEY"},
    ),
    ("POST", "/v1/quarantine/{entry_id}/alarm"): Story(
        "quarantine.alarmed", Desk.oddity, Desk.where, {"alarm_id": None}, {"dismissed_by": "ALARMD_ADMIN_KEY"}
    ),
    ("POST", "/v1/quarantine/{entry_id}/dismiss"): Story(
        "quarantine.dismissed", Desk.oddity, None, {"dismissed_by": None}, {"dismissed_by": "ALARMD_ADMIN_KEY"}
    ),
}
RECEIVERS: Told = {
    ("POST", "/v1/endpoints"): Story(
        "endpoint.added", body={"name": "new", "url": "http://127.0.0.1:9/"}, after={"name": "new"}
    ),
    ("PATCH", "/v1/endpoints/{endpoint_id}"): Story(
        "endpoint.changed", Desk.endpoint, {"position": 3}, {"position": 0}, {"position": 3}
    ),
    ("DELETE", "/v1/endpoints/{endpoint_id}"): Story("endpoint.removed", Desk.endpoint, before={"position": 0}),
    ("POST", "/v1/endpoints/{endpoint_id}/rotate-secret"): Story(
        "endpoint.secret_rotated", Desk.endpoint, None, {"version": 1}, {"version": 2}
    ),
    ("POST", "/v1/endpoints/{endpoint_id}/test"): Story(
        "endpoint.tested", Desk.endpoint, after={"delivered": False, "status": 401}
    ),
    ("POST", "/v1/endpoints/{endpoint_id}/pause"): Story(
        "endpoint.paused",
        Desk.endpoint,
        {"until": SOON, "reason": "점검"},
        {"paused_until": None},
        {"paused_until": SOON},
    ),
    ("POST", "/v1/endpoints/{endpoint_id}/resume"): Story(
        "endpoint.resumed", Desk.paused, None, {"paused_until": SOON}, {"paused_until": None}
    ),
    ("POST", "/v1/keys"): Story("key.made", body={"name": "guest", "role": "viewer"}, after={"role": "viewer"}),
    ("DELETE", "/v1/sessions/{session_id}"): Story("session.ended", Desk.session, before={"role": "viewer"}),
    ("DELETE", "/v1/keys/{key_id}"): Story("key.revoked", Desk.key, before={"revoked_at": None}, after={}),
}
WRITES: Told = REGISTRY | ALARMS | RECEIVERS


def test_every_write_has_its_story() -> None:
    writes = {
        (method, route.path)
        for route in api_routes(ROUTERS)
        for method in (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert writes == WRITES.keys() | NO_CHANGE


async def test_every_write_leaves_an_entry_that_says_what_was_before_and_what_is_after(
    admin: httpx.AsyncClient, press: Press, pool: Pool, police: Police
) -> None:
    police.behaviour = Behaviour(fail=500)  # what they are owed stays owed
    desk = Desk(admin, press, pool, police)
    for (method, path), story in WRITES.items():
        entry = await _written(desk, method, path, story)
        assert _says(entry["before"], story.before), (method, path, entry)
        assert _says(entry["after"], story.after), (method, path, entry)
        assert (entry["who"], entry["key_id"] is not None) == ("ALARMD_ADMIN_KEY", True)
    assert (await admin.get("/v1/audit/verify")).json()["whole"]


async def _written(desk: Desk, method: str, path: str, story: Story) -> dict[str, Any]:
    """Do what a story tells, and find its entry."""
    place = await story.place(desk) if story.place else path
    said = await story.body(desk) if callable(story.body) else story.body
    (last, *_) = (await desk.admin.get("/v1/audit", params={"limit": 1})).json()["items"]
    url = place + path.rpartition("}")[2] if story.place else path
    body = {"content": said.encode()} if isinstance(said, str) else {"json": said}
    answer = await desk.admin.request(method, url, **({} if said is None else body))
    assert answer.is_success, (method, path, answer.text)
    found = (await desk.admin.get("/v1/audit", params={"what": story.what, "limit": 5})).json()["items"]
    new = [entry for entry in found if entry["seq"] > last["seq"]]
    assert len(new) == 1, (method, path, found)
    subject = place if story.place else url.removesuffix("/import")
    assert f"/v1/{new[0]['subject']}".startswith(subject), (method, path, new)
    entry: dict[str, Any] = new[0]
    return entry


def _says(told: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> bool:
    """Whether an entry says what is expected, among other things; nothing where nothing is."""
    if told is None or expected is None:
        return told is expected
    return told.items() >= expected.items()

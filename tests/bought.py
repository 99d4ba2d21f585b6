"""A bridge that publishes what bought buttons say, and what is asked of alarmd about it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from alarmd.db.pool import Pool
from simulators.police import Police
from tests.embedded.clients import connect
from tests.service import Service

SOS = "서초구/CU 반포점/sos"


class Bridge:
    """A client of the broker that publishes anything."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def says(self, topic: str, payload: Any, *, retain: bool = False, qos: int = 1) -> None:
        """Publish; what is neither text nor bytes goes as JSON. Returns when the broker has it."""
        content = payload if isinstance(payload, str | bytes) else json.dumps(payload, ensure_ascii=False)
        await self._client.publish(topic, content, qos=qos, retain=retain)


@asynccontextmanager
async def a_bridge(broker: str, name: str = "bridge") -> AsyncIterator[Bridge]:
    async with connect(broker, name) as client:
        yield Bridge(client)


async def until_heard(pool: Pool, condition: str, within: float = 15) -> None:
    """Wait until a SQL condition holds."""
    async with asyncio.timeout(within):
        while not await pool.fetchval(f"SELECT {condition}"):
            await asyncio.sleep(0.02)


async def settled(bridge: Bridge, pool: Pool) -> None:
    """Wait until all that was published before is committed: a press of a device of its own comes after it."""
    marks = await pool.fetchval("SELECT count(*) FROM devices WHERE dialect = 'tasmota' AND id LIKE 'mark-%'")
    await bridge.says(f"stat/mark-{marks}/BUTTON", "6")  # `clear`: somebody let go of it
    await until_heard(pool, f"EXISTS (SELECT FROM devices WHERE id = 'mark-{marks}')")


def path(button_id: str) -> str:
    return f"/v1/buttons/{quote(button_id, safe='')}"


async def store_id(pool: Pool, code: str) -> str:
    return str(await pool.fetchval("SELECT id FROM stores WHERE code = $1", code))


async def enrol(
    operator: httpx.AsyncClient, pool: Pool, button_id: str, code: str = "S-000001", **members: Any
) -> dict[str, Any]:
    body = {"id": button_id, "store_id": await store_id(pool, code), **members}
    made = await operator.post("/v1/buttons", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def alarms(pool: Pool) -> list[tuple[str, str, int]]:
    """Of each alarm its button, kind and number of presses, in the order in which they opened."""
    rows = await pool.fetch("SELECT button_id, kind, press_count FROM alarms ORDER BY opened_at, id")
    return [tuple(row) for row in rows]


async def part(pool: Pool) -> None:
    """Let the next press open an alarm of its own, whatever was pressed a moment ago."""
    await pool.execute("DELETE FROM joinable_alarms")


async def opened_at(police: Police, code: str) -> dict[str, Any]:
    alert = await police.expects("alarm.opened", store=code)
    found: dict[str, Any] = alert.event["data"]
    return found


@asynccontextmanager
async def a_twin(service: Service) -> AsyncIterator[Service]:
    """A second replica beside a service."""
    twin = Service("", "", "", "")
    twin.settings = service.settings | {"mqtt_client_id": "alarmd-twin"}
    await twin.start()
    yield twin
    await twin.stop()


async def start_again(service: Service) -> None:
    """Start a service that was stopped."""
    service._stopping.clear()
    await service.start()


async def let_pass(pool: Pool, seconds: float) -> None:
    """Let time go by: what alarmd remembers, and what a press would join, is so much earlier from now on."""
    await pool.execute(
        """
        UPDATE devices
        SET memory = jsonb_set(memory, '{presses}', (
            SELECT jsonb_agg(jsonb_set(press, '{at}', to_jsonb((press->>'at')::timestamptz - $1 * interval '1 s')))
            FROM jsonb_array_elements(memory->'presses') AS press))
        WHERE jsonb_array_length(coalesce(memory->'presses', '[]')) > 0
        """,
        seconds,
    )
    await pool.execute(
        "UPDATE joinable_alarms SET last_received_at = last_received_at - make_interval(secs => $1)", seconds
    )
    await pool.execute("UPDATE gateways SET changed_at = changed_at - make_interval(secs => $1)", seconds)

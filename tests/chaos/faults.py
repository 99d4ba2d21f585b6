"""What the nemesis does, each fault by itself: it begins, lasts, and is over when the function returns."""

import asyncio
import secrets
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import httpx

from simulators import mqtt_packets
from simulators.police import Behaviour
from tests.chaos.replica import Replica
from tests.chaos.sabotage import POINTS
from tests.chaos.tls import Door
from tests.chaos.world import World

Fault: TypeAlias = Callable[[World], Awaitable[None]]

LEASE_S = 15.0
_LASTS_S = 3.0


def _one(world: World) -> Replica:
    return world.random.choice(world.replicas)


def _killed_at(point: str) -> Fault:
    async def fault(world: World) -> None:
        """SIGKILL when the replica comes to a point of its work for the n-th time."""
        replica = _one(world)
        async with replica.held:
            await replica.kill()
            if point == "after_claim":
                world.behave(Behaviour(fail=503, misbehave_for=20))  # what fails is claimed anew
            await replica.start(*world.sabotage, "--kill-at", f"{point}:{world.random.randint(1, 6)}", wait=False)
            await replica.ended(_LASTS_S)
            await replica.kill()
            await replica.start(*world.sabotage)

    return fault


async def _sigkill(world: World) -> None:
    replica = _one(world)
    async with replica.held:
        await replica.kill()
        await asyncio.sleep(world.random.random())
        await replica.start(*world.sabotage)


async def _both_killed(world: World) -> None:
    async with world.replicas[0].held, world.replicas[1].held:
        await asyncio.gather(*(replica.kill() for replica in world.replicas))
        await asyncio.sleep(world.random.random())
        await asyncio.gather(*(replica.start(*world.sabotage) for replica in world.replicas))


async def _stopped_past_its_lease(world: World) -> None:
    replica = _one(world)
    async with replica.held:
        replica.signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE_S + 2)
        replica.signal(signal.SIGCONT)


async def _stopped_after_post(world: World) -> None:
    """A replica stops before it could write down that an alert was taken, and goes on when others have seen to it.

    Another replica takes over when the lease ends; then an operator has the alert sent again while the police are
    away. What the first one had to say is out of date by then.
    """
    replica = world.replicas[0]
    async with replica.held, world.database.held:
        await replica.kill()
        await replica.start(*world.sabotage, "--stop-at", "after_post:1", wait=False)
        connection = await world.connect()
        for _ in range(200):  # among other faults it may come to no post at all
            if replica.stopped:
                break
            await asyncio.sleep(0.05)
        held = await connection.fetch(
            """
            SELECT d.id, d.alert_id
            FROM deliveries d
            JOIN endpoints e ON e.id = d.endpoint_id AND e.audience = 'police'
            WHERE d.claimed_by = $1
              AND d.state = 'pending'
            """,
            replica.name,
        )
        while await connection.fetchval(
            "SELECT count(*) FROM deliveries WHERE id = ANY ($1) AND state = 'pending'", [row["id"] for row in held]
        ):
            await asyncio.sleep(0.2)
        await connection.close()
        world.behave(Behaviour(fail=503))
        for row in held:
            world.history.note("operator", "retry", webhook_id=str(row["alert_id"]))
            await _asked(world, "POST", f"/v1/deliveries/{row['id']}/retry")
        replica.signal(signal.SIGCONT)
        await asyncio.sleep(2)
        world.behave(Behaviour())
        await replica.kill()
        await replica.start(*world.sabotage)


async def _terminated(world: World) -> None:
    replica = _one(world)
    async with replica.held:
        await replica.terminate()
        await replica.start(*world.sabotage)


async def _rolling_restart(world: World) -> None:
    for replica in world.replicas:
        async with replica.held:
            await replica.terminate()
            await replica.start(*world.sabotage)


async def _clock_off(world: World) -> None:
    replica = _one(world)
    async with replica.held:
        await replica.kill()
        await replica.start(*world.sabotage, "--clock-off", world.random.choice(("3600", "-3600")))
        await asyncio.sleep(_LASTS_S)
        await replica.terminate()
        await replica.start(*world.sabotage)


async def _database_crashed(world: World) -> None:
    async with world.database.held:
        await world.database.crash()
        await asyncio.sleep(world.random.random() * 2)
        await world.database.restart()


async def _sessions_terminated(world: World) -> None:
    async with world.database.held:
        for _ in range(5):
            await world.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alarmd'"
            )
            await asyncio.sleep(0.3)


async def _read_only(world: World) -> None:
    async with world.database.held:
        await world.database.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await world.database.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(_LASTS_S)
        connection = await world.connect()
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()


async def _table_locked(world: World) -> None:
    async with world.database.held:
        table = world.random.choice(("joinable_alarms", "deliveries", "presses", "alarms", "timeline", "endpoints"))
        connection = await world.connect()
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(_LASTS_S)
        await connection.close()


async def _disk_full(world: World) -> None:
    async with world.database.held:
        filler = await asyncio.to_thread(world.database.fill)
        await asyncio.sleep(_LASTS_S)
        filler.unlink()
        await world.database.restart()  # a server that could not write its log has given up


async def _broker_killed(world: World) -> None:
    async with world.broker.held:
        await world.broker.kill()
        await asyncio.sleep(world.random.random())
        await world.broker.start()


async def _broker_restarted(world: World) -> None:
    async with world.broker.held:
        await world.broker.restart()


async def _broker_queue_full(world: World) -> None:
    async with world.broker.held:
        await world.broker.restart(queue=5)
        world.links["database:replica-1"].refuse()
        world.links["database:replica-2"].refuse()
        await asyncio.sleep(_LASTS_S)
        await world.broker.restart()


async def _client_id_taken_over(world: World) -> None:
    """Somebody else connects under a replica's name, again and again, with a clean session: what it held is gone."""
    name = _one(world).name
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", world.broker.port)
        user, _, password = world.broker.url.removeprefix("mqtt://").partition("@")[0].partition(":")
        writer.write(mqtt_packets.connect(name, user, password, 10))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readexactly(4)
            await asyncio.sleep(0.3)
        writer.close()


def _link(kind: str, how: str) -> Fault:
    async def fault(world: World) -> None:
        """Something happens to every link of a kind, or to one of them."""
        links = [link for name, link in world.links.items() if name.startswith(kind)]
        chosen = links if world.random.random() < 0.5 else [world.random.choice(links)]
        for link in chosen:
            match how:
                case "frozen":
                    link.freeze()
                case "deaf":
                    link.deafen()
                case "slow":
                    link.delay(0.05 + world.random.random() * 0.2)
                case "refused":
                    link.refuse()
                case "cut":
                    for _ in range(5):
                        link.cut()
                        await asyncio.sleep(world.random.random() * 0.5)
        await asyncio.sleep(_LASTS_S)
        for link in chosen:
            link.heal()

    return fault


def _police(behaviour: Behaviour) -> Fault:
    async def fault(world: World) -> None:
        """One station, or both, behave badly."""
        stations = world.police if world.random.random() < 0.5 else [world.random.choice(world.police)]
        for station in stations:
            station.behaviour = behaviour
        await asyncio.sleep(_LASTS_S)
        for station in stations:
            station.behaviour = Behaviour()

    return fault


async def _glutton(world: World) -> None:
    """In a station's place somebody answers 500 with a gigabyte."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 1073741824\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(16384):
                writer.write(bytes(65536))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    link = world.links["police:1"]
    before, link.target = link.target, server.sockets[0].getsockname()[1]
    link.cut()
    await asyncio.sleep(_LASTS_S)
    link.target = before
    link.cut()
    server.close()


async def _tls(world: World) -> None:
    """A station moves behind a certificate of another name, which is to get nothing, then behind its own, and back."""
    link = world.links["police:1"]
    wrong = Door(world.authority.context("elsewhere.example"), link.port, lambda: _leaked(world))
    right = Door(world.authority.context("localhost"), link.port, lambda: None)
    for door in (wrong, right):
        await _move_station(world, f"https://localhost:{await door.open()}/")
        await asyncio.sleep(_LASTS_S)
    await _move_station(world, f"http://127.0.0.1:{link.port}/")
    await wrong.close()
    await right.close()


def _leaked(world: World) -> None:
    world.history.note("nemesis", "leaked", to="a server with a certificate of another name")


async def _move_station(world: World, url: str) -> None:
    endpoints = (await _asked(world, "GET", "/v1/endpoints")).json()["items"]
    station = next(endpoint for endpoint in endpoints if endpoint["name"] == "station 1")
    await _asked(world, "PATCH", f"/v1/endpoints/{station['id']}", {"url": url})


async def _secret_rotated(world: World) -> None:
    endpoints = (await _asked(world, "GET", "/v1/endpoints")).json()["items"]
    for endpoint, station in zip(sorted(endpoints, key=lambda each: str(each["name"])), world.police, strict=True):
        rotated = await _asked(world, "POST", f"/v1/endpoints/{endpoint['id']}/rotate-secret")
        station.trust(rotated.json()["secret"])


async def _reassigned(world: World) -> None:
    """Buttons move to other stores while they are pressed."""
    stores = (await _asked(world, "GET", "/v1/stores?limit=200")).json()["items"]
    for button in world.random.sample(world.buttons, 8):
        store = world.random.choice(stores)
        facts = {"button_id": button.button_id, "store_code": store["code"]}
        world.history.note("operator", "changing", **facts)
        await _asked(world, "PATCH", f"/v1/buttons/{button.button_id}", {"store_id": store["id"]})
        world.history.note("operator", "changed", **facts)
        await asyncio.sleep(0.1)


async def _store_edited(world: World) -> None:
    stores = (await _asked(world, "GET", "/v1/stores?limit=200")).json()["items"]
    for store in world.random.sample(stores, 8):
        await _asked(world, "PATCH", f"/v1/stores/{store['id']}", {"entrance_note": secrets.token_hex(4)})


async def _sent_again_by_hand(world: World) -> None:
    """An operator has deliveries sent again."""
    delivered = (await _asked(world, "GET", "/v1/deliveries?state=delivered&limit=5")).json()["items"]
    for delivery in delivered:
        world.history.note("operator", "retry", webhook_id=delivery["alert_id"])
        await _asked(world, "POST", f"/v1/deliveries/{delivery['id']}/retry")


async def _asked(world: World, method: str, path: str, body: object = None) -> httpx.Response:
    """Ask until it is answered: other faults may be under way."""
    while True:
        with suppress(httpx.HTTPError):
            response = await world.call(method, path, body)
            if response.is_success:
                return response
        await asyncio.sleep(0.2)


FAULTS: dict[str, Fault] = {
    **{f"killed_{point}": _killed_at(point) for point in POINTS},
    "sigkill": _sigkill,
    "both_killed": _both_killed,
    "stopped_past_its_lease": _stopped_past_its_lease,
    "stopped_after_post": _stopped_after_post,
    "terminated": _terminated,
    "rolling_restart": _rolling_restart,
    "clock_off": _clock_off,
    "database_crashed": _database_crashed,
    "sessions_terminated": _sessions_terminated,
    "read_only": _read_only,
    "table_locked": _table_locked,
    "disk_full": _disk_full,
    "broker_killed": _broker_killed,
    "broker_restarted": _broker_restarted,
    "broker_queue_full": _broker_queue_full,
    "client_id_taken_over": _client_id_taken_over,
    **{
        f"{kind}_link_{how}": _link(kind, how)
        for kind in ("database", "broker", "police", "buttons")
        for how in ("frozen", "deaf", "slow", "refused", "cut")
    },
    "police_500": _police(Behaviour(fail=500)),
    "police_410": _police(Behaviour(fail=410)),
    "police_429": _police(Behaviour(too_many=2)),
    "police_hang": _police(Behaviour(hang=True)),
    "police_slow_body": _police(Behaviour(slow_body=True)),
    "police_redirect": _police(Behaviour(redirect="http://127.0.0.1:9/")),
    "police_acknowledge": _police(Behaviour(acknowledge_in_response=True)),
    "police_refuse": _police(Behaviour(reject="no car")),
    "police_gigabyte": _glutton,
    "police_tls": _tls,
    "secret_rotated": _secret_rotated,
    "reassigned": _reassigned,
    "store_edited": _store_edited,
    "sent_again_by_hand": _sent_again_by_hand,
}
"""Every fault by its name."""

NEEDS_ITS_OWN_DISK = {"disk_full"}

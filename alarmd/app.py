"""The only wiring: what there is, what is handed to whom, and in which order it starts and stops.

A press travels from session to intake to dispatcher to informer; they are named in that order here.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from alarmd.console.pages import Console
from alarmd.core import canary as canaries
from alarmd.core.alert import Alert, Links
from alarmd.core.delivery import Endpoint, Outcome
from alarmd.core.dialects.chosen import ALL, Chosen, choose
from alarmd.core.dialects.custom import Mapping
from alarmd.core.dialects.native import SUBSCRIPTIONS, press_topic
from alarmd.core.errors import UnavailableError
from alarmd.core.signal import Rejected
from alarmd.db import condition, first_start
from alarmd.db.accept import Accepted, Rules
from alarmd.db.changes import Feed
from alarmd.db.pool import UNAVAILABLE, Pools, make_pools
from alarmd.db.time import DatabaseClock
from alarmd.edge import tables
from alarmd.edge.canary import CanaryWebhook
from alarmd.edge.deadman import Watcher
from alarmd.edge.mqtt import Session
from alarmd.edge.webhook import WebhookSender
from alarmd.flow.accept import Intake
from alarmd.flow.access import AccessLog
from alarmd.flow.canary import Canary, Remains
from alarmd.flow.deadman import DeadMansSwitch
from alarmd.flow.deliver import Dispatcher
from alarmd.flow.enrol import Enrolment
from alarmd.flow.escalate import Escalation
from alarmd.flow.hear import Hearing
from alarmd.flow.inform import Informer
from alarmd.flow.map import Mappings
from alarmd.flow.retain import Retention
from alarmd.flow.sessions import Sessions
from alarmd.flow.sight import Sightings
from alarmd.flow.supervise import Supervision, Vitals
from alarmd.flow.sweep import Sweep
from alarmd.memory import kept
from alarmd.metrics import Metrics
from alarmd.settings import Settings
from alarmd.steps import Steps
from alarmd.web.app import create_app
from alarmd.web.context import Context, Readiness
from alarmd.web.readiness import readiness
from alarmd.web.server import HttpServer

if TYPE_CHECKING:
    from alarmd.edge.provider import Provider

_STOP_WITHIN_S = 10.0  # all steps together
_RETRY_START_S = 1.0

_log = structlog.get_logger()


class Role(StrEnum):
    """What a process of the service does."""

    LISTENER = "listener"
    DISPATCHER = "dispatcher"
    API = "api"
    SUPERVISOR = "supervisor"


async def serve(
    settings: Settings, roles: frozenset[Role], stopping: asyncio.Event, announce: Callable[[str], None]
) -> None:
    """Run one process of the service until `stopping` is set.

    A database or broker that is away at the start is waited for. `announce` is told the base URL of the HTTP server
    once it listens.

    Raises:
        AlarmdError: it cannot run: the address is taken, the database is newer than this version, or there is no such
            dialect.
    """
    chosen = choose(settings.dialects, settings.dialect_prefixes)
    async with AsyncExitStack() as stack:
        pools = await stack.enter_async_context(make_pools(settings.database_url.get_secret_value()))
        service = Service(settings, chosen, roles, pools, stopping)
        stack.push_async_callback(service.close)
        await service.run(announce)


class Service:
    """The steps of the flow that the roles of this process ask for, wired together."""

    def __init__(
        self, settings: Settings, chosen: Chosen, roles: frozenset[Role], pools: Pools, stopping: asyncio.Event
    ) -> None:
        name = settings.mqtt_client_id
        self._settings = settings
        self._roles = roles
        self._pools = pools
        self._stopping = stopping
        self._metrics = Metrics()
        self._vitals = Vitals(pools.other)
        self._sightings = Sightings(pools.other)
        rules = Rules(settings.coalesce_s, settings.stale_after_s, name if Role.DISPATCHER in roles else None)
        self._hearing = Hearing(
            pools.hear,
            rules,
            self._metrics,
            chosen=chosen,
            client_id=name,
            put_aside=lambda rejected, message: self._intake.put_aside(rejected, message),  # noqa: PLW0108 (made below)
            on_accepted=self._on_accepted,
            on_vitals=self._vitals.note,
            on_sighted=self._sightings.note,
        )
        self._intake = Intake(
            pools.intake,
            rules,
            self._metrics,
            on_accepted=self._on_accepted,
            on_vitals=self._vitals.note,
            on_quarantined=self._on_quarantined,
            on_canary=self._hear_canary,
            hear=self._hearing.take,
        )
        self._sessions = [self._session(url.get_secret_value()) for url in settings.mqtt_urls]
        self._presence = Sessions(
            pools.other,
            client_id=name,
            brokers=lambda: {session.broker: session.connected for session in self._sessions},
            others_ask=lambda: bool(self._hearing.chosen.filters()),
        )
        self._mappings = Mappings(pools.other, on_changed=self._listen_to)
        self._clock = DatabaseClock(pools.other)
        links = Links(settings.public_url, settings.map_url_template)
        self._canary_webhook = CanaryWebhook(links)
        self._webhook = WebhookSender(links, allow_private=settings.webhook_allow_private, now=self._clock.now)
        self._provider = _make_provider(settings, self._clock)
        self._feed = Feed(settings.database_url.get_secret_value(), pools.follow)
        self._escalation = Escalation(pools.other, on_escalated=self._wake)
        self._dispatcher = Dispatcher(
            pools.dispatch,
            self._send,
            self._metrics,
            claimant=name,
            jitter=random.random,
            now=self._clock.now,
            on_settled=self._feed.wake,
            on_held=self._escalation.look,
        )
        self._informer = Informer(pools.follow, self._publish)
        self._access = AccessLog(pools.other)
        self._retention = Retention(pools.other, days=settings.retention_days)
        self._sweep = Sweep(pools.other, on_routed=self._wake)
        self._enrolment = Enrolment(pools.other, on_enrolled=self._sweep.look, on_changed=self._feed.wake)
        self._supervision = Supervision(pools.other, on_changed=self._feed.wake)
        self._canary = self._make_canary()
        self._remains = Remains(pools.other)
        self._watcher = Watcher(settings.deadman_url.get_secret_value()) if settings.deadman_url else None
        self._deadman = (
            DeadMansSwitch(pools.other, self._watcher.call, by_canary=self._canary is not None)
            if self._watcher and Role.SUPERVISOR in roles
            else None
        )

    async def close(self) -> None:
        """Close what was opened here."""
        for opened in (self._webhook, self._canary_webhook, self._watcher, self._provider):
            if opened:
                await opened.close()

    async def run(self, announce: Callable[[str], None]) -> None:
        """Start from the end of the path, stop from its beginning: what is taken in is always seen through.

        The HTTP side is there from the first moment, and says that nothing is ready while the database is away.

        Raises:
            UnavailableError: the HTTP address is taken.
            ConflictError: the database is newer than this version.
        """
        server = self._server(announce) if Role.API in self._roles else None
        steps = Steps(self._stopping)
        if server:
            steps.start("web", server.run())
        try:
            if await self._prepared():
                self._start(steps, answers=server is not None)
                with kept():
                    await steps.until_stopped()
        finally:
            await self._stop(steps, server)

    def _start(self, steps: Steps, *, answers: bool) -> None:
        """Start the steps that the roles ask for; `answers` is whether there is an HTTP side."""
        steps.start("clock", self._clock.run())
        steps.start("feed", self._feed.run())
        steps.start("vitals", self._vitals.run())
        steps.start("sightings", self._sightings.run())
        if answers:
            steps.start("access", self._access.run())
        if Role.LISTENER in self._roles:
            steps.start("informer", self._informer.run(self._feed.subscribe()))
        if Role.DISPATCHER in self._roles:
            steps.start("dispatcher", self._dispatcher.run())
        if Role.SUPERVISOR in self._roles:
            steps.start_in_turn("escalation", self._escalation.run())
            steps.start_in_turn("sweep", self._sweep.run())
            steps.start_in_turn("supervision", self._supervision.run())
            steps.start_in_turn("enrolment", self._enrolment.run())
            steps.start("remains", self._remains.run())
            steps.start("retention", self._retention.run())
        steps.start("intake", self._intake.run())
        steps.start("hearing", self._hearing.run())
        if Role.LISTENER in self._roles:
            steps.start_in_turn("mappings", self._mappings.run())
            steps.start_in_turn("presence", self._presence.run())
            for session in self._sessions:
                steps.start("sessions", self._listen(session))
        if self._deadman:
            steps.start("deadman", self._deadman.run())
        if self._canary:
            steps.start_in_turn("canary", self._canary.run())

    async def _stop(self, steps: Steps, server: HttpServer | None) -> None:
        """Stop what brings presses in first, and what sees them through last."""
        deadline = time.monotonic() + _STOP_WITHIN_S
        for stop, names in (
            (self._canary.stop if self._canary else None, ["canary"]),
            (self._deadman.stop if self._deadman else None, ["deadman"]),
            (self._remains.stop, ["remains"]),
            (self._retention.stop, ["retention"]),
            (self._presence.stop, ["presence"]),
            (self._stop_sessions, ["sessions"]),
            (self._feed.stop if server else None, []),
            (server.stop if server else None, ["web"]),
            (self._access.stop, ["access"]),
            (self._mappings.stop, ["mappings"]),
            (self._hearing.close, ["hearing"]),
            (self._intake.close, ["intake"]),
            (self._sightings.stop, ["sightings"]),
            (self._enrolment.stop, ["enrolment"]),
            (self._escalation.stop, ["escalation"]),
            (self._sweep.stop, ["sweep"]),
            (self._supervision.stop, ["supervision"]),
            (self._dispatcher.stop, ["dispatcher"]),
            (self._feed.stop, ["feed", "informer"]),
            (self._vitals.stop, ["vitals"]),
            (self._clock.stop, ["clock"]),
        ):
            if stop:
                stop()
            await steps.end(*names, deadline=deadline)

    async def _prepared(self) -> bool:
        """Wait for the database, and say so; False if told to stop meanwhile."""
        while not self._stopping.is_set():
            try:
                await first_start.prepare(self._pools.other, self._settings)
                await self._mappings.begin()
                await self._feed.begin()
            except (UnavailableError, *UNAVAILABLE) as error:
                _log.warning("database_unreachable", error=str(error), retry_in_s=_RETRY_START_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _RETRY_START_S)
            else:
                return True
        return False

    def _session(self, url: str) -> Session:
        def connected(present: bool) -> None:  # noqa: FBT001 (the broker's one word)
            self._hearing.connected(session.broker, session_present=present)
            self._presence.connected(session.broker, session_present=present)

        session = Session(
            url,
            client_id=self._settings.mqtt_client_id,
            subscriptions=self._own_topics(),
            also=self._hearing.chosen.filters(),
            not_now=(*SUBSCRIPTIONS, *choose([ALL]).filters()),
            handle=self._intake.take,
            room=self._room,
            on_connected=connected,
        )
        return session

    def _own_topics(self) -> tuple[str, ...]:
        """The native ones; where nobody listens to native buttons the canary's alone, since it is one."""
        if self._hearing.chosen.native:
            return SUBSCRIPTIONS
        if self._settings.canary_interval_s:
            return (press_topic(canaries.button_id(self._settings.mqtt_client_id)),)
        return ()

    def _listen_to(self, own: tuple[Mapping, ...]) -> None:
        """Operators have changed their mappings."""
        self._hearing.chosen = replace(self._hearing.chosen, own=own)
        for session in self._sessions:
            session.listen_to(self._hearing.chosen.filters())

    async def _room(self) -> None:
        await self._intake.room()
        await self._hearing.room()

    async def _listen(self, session: Session) -> None:
        gauge = self._metrics.listener_connected.labels(session.broker)
        gauge.set_function(lambda: float(session.connected))
        await session.run()

    def _make_canary(self) -> Canary | None:
        """The canary, where this process can send it and notice that it does not arrive."""
        interval_s = self._settings.canary_interval_s
        if not (interval_s and self._sessions and {Role.LISTENER, Role.SUPERVISOR} <= self._roles):
            self._metrics.canary_age.set(math.nan)
            return None
        made = Canary(
            self._pools.other,
            client_id=self._settings.mqtt_client_id,
            interval_s=interval_s,
            brokers=lambda: [session.publish for session in self._sessions if session.connected],
            on_arrived=self._on_canary_arrived,
        )
        self._metrics.canary_age.set_function(lambda: made.age_s)
        return made

    def _hear_canary(self, press_id: str) -> None:
        if self._canary:
            self._canary.hear(press_id)

    def _on_canary_arrived(self) -> None:
        self._feed.wake()
        if self._deadman:
            self._deadman.feed()

    async def _send(self, alert: Alert, endpoint: Endpoint) -> Outcome:
        webhook = self._canary_webhook if alert.alarm.kind == "canary" else self._webhook
        return await webhook.send(alert, endpoint)

    def _stop_sessions(self) -> None:
        for session in self._sessions:
            session.stop()

    def _publish(self, topic: str, payload: dict[str, object]) -> None:
        for session in self._sessions:
            session.publish(topic, payload)

    def _server(self, announce: Callable[[str], None]) -> HttpServer:
        context = Context(
            settings=self._settings,
            pool=self._pools.other,
            metrics=self._metrics,
            feed=self._feed,
            accept=self._intake.accept,
            practise=self._intake.practise,
            reject=self._intake.reject,
            wake=self._wake,
            locate=self._sweep.route,
            remap=self._mappings.look,
            try_endpoint=self._webhook.test,
            read_table=tables.read_table,
            write_csv=tables.write_csv,
            ready=self._ready,
            now=self._clock.now,
            seen=self._access.note,
            stopping=self._stopping,
        )
        console = Console(self._pools.other, self._settings, self._provider)
        server = HttpServer(create_app(context, console.router), self._settings.http_host, self._settings.http_port)
        announce(f"http://{self._settings.http_host}:{server.port}")
        return server

    def _on_accepted(self, accepted: Accepted) -> None:
        if accepted.deliveries:
            self._dispatcher.hand_over(accepted.deliveries, accepted.endpoints_changed_at)
        if accepted.due:
            self._dispatcher.wake()
        if accepted.unlocated:
            _log.warning("alarm_without_store", buttons=accepted.unlocated)
            self._sweep.look()
        self._feed.wake()

    def _on_quarantined(self, rejected: Rejected) -> None:
        _log.warning("quarantined", reason=rejected.reason, detail=rejected.detail, button=rejected.wire_id)

    def _wake(self) -> None:
        self._dispatcher.wake()
        self._feed.wake()

    async def _ready(self) -> Readiness:
        sessions = self._sessions if Role.LISTENER in self._roles else []
        return readiness(
            await condition.outbox(self._pools.other),
            {session.broker: session.connected for session in sessions},
            (self._canary.age_s, self._canary.late) if self._canary else None,
        )


def _make_provider(settings: Settings, clock: DatabaseClock) -> "Provider | None":
    """What people log in through, if anything: only then is cryptography loaded, some 10 MB of it."""
    if settings.oidc_issuer is None:
        return None
    from alarmd.edge.provider import make_provider

    return make_provider(settings, now=clock.now)

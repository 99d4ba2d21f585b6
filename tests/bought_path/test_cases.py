"""Every real message goes through a real broker to the running service, and each story opens at most one alarm."""

from collections.abc import Iterator

from alarmd.core.dialects.device import registered
from alarmd.db.pool import Pool
from tests.bought import Bridge, a_bridge, let_pass, settled, start_again
from tests.core.dialects.cases import CASES, Case, groups, message
from tests.service import Service

_LIVE = [case for case in CASES if not case["retain"]]
_KEPT = [case for case in CASES if case["retain"]]
_SHOWN = {"press": "panic", "test": "test"}


def stories() -> Iterator[tuple[str, list[Case]]]:
    """The groups, and every other case by itself, each where its first message stands in the files."""
    told = groups()
    for case in _LIVE:
        name = case.get("group", case["id"])
        if name == case["id"] or name in told:
            yield name, [one for one in told.pop(name, [case]) if not one["retain"]]


async def enrol_all(pool: Pool) -> None:
    """Enrol whoever presses: broadcast radio calls nobody otherwise."""
    ids = {registered(case["expect"]["button_id"]) for case in CASES if case["expect"]["kind"] in _SHOWN}
    await pool.execute(
        """
        INSERT INTO buttons (id, store_id)
        SELECT id, (SELECT id FROM stores WHERE code = 'S-000001')
        FROM unnest($1::text[]) AS id
        """,
        sorted(ids),
    )


async def tell(bridge: Bridge, pool: Pool, story: list[Case]) -> None:
    now = 0.0
    for case in story:
        then = case.get("t_ms", 0) / 1000
        if then - now > 1:
            await settled(bridge, pool)
            await let_pass(pool, then - now)
        now = then
        await bridge.says(case["topic"], message(case).payload)
    await settled(bridge, pool)


async def test_every_story_is_one_press_or_none(service: Service, bridge: Bridge, pool: Pool) -> None:
    await enrol_all(pool)
    wrong = {}
    for name, story in stories():
        before = await pool.fetchval("SELECT count(*) FROM presses")
        await tell(bridge, pool, story)
        kinds = [row["kind"] for row in await pool.fetch("SELECT kind FROM presses ORDER BY id OFFSET $1", before)]
        expected = sorted({_SHOWN[case["expect"]["kind"]] for case in story if case["expect"]["kind"] in _SHOWN})
        if kinds != expected:
            wrong[name] = (kinds, expected)
        await let_pass(pool, 7200)
    assert wrong == {}
    alarms, presses = await pool.fetchval("SELECT (count(*), (SELECT count(*) FROM presses)) FROM alarms")
    assert alarms == presses  # each story's press opened an alarm of its own


async def test_what_the_broker_kept_opens_nothing(service: Service, broker: str, pool: Pool) -> None:
    await enrol_all(pool)
    waiting = list(_KEPT)
    while waiting:
        by_topic = {case["topic"]: case for case in reversed(waiting)}
        waiting = [case for case in waiting if by_topic[case["topic"]] is not case]
        await service.stop()
        async with a_bridge(broker) as bridge:
            for case in by_topic.values():
                await bridge.says(case["topic"], message(case).payload, retain=True, qos=0)
            await start_again(service)
            await settled(bridge, pool)
    assert await pool.fetchval("SELECT count(*) FROM presses") == 0
    assert await pool.fetchval("SELECT count(*) FROM quarantine WHERE reason = 'retained'") > 0
    assert await pool.fetchval("SELECT count(*) FROM quarantine WHERE reason <> 'retained'") == 0
    assert await pool.fetchval("SELECT count(*) FROM button_health WHERE button_id NOT LIKE 'mark-%'") == 0

"""Only what is switched on is listened to, also by a session that remembers more."""

from alarmd.db.pool import Pool
from simulators.buttons import Button
from simulators.police import Police
from tests.bought import a_bridge, until_heard
from tests.service import Service
from tests.tap import Tap


async def test_what_was_switched_off_is_not_even_sent_to_us(
    registry: Pool, database: str, broker: str, police: Police, secret: str
) -> None:
    tap = Tap(broker)
    url = await tap.start()
    service = Service(database, url, police.url, secret, dialects="native,zigbee2mqtt,tasmota")
    await service.start()
    await service.stop()
    service = Service(database, url, police.url, secret, dialects="tasmota", dialect_prefixes="tasmota=shop/stat")
    await service.start()
    async with a_bridge(broker) as bridge:
        before = len(tap.published)
        await bridge.says("zigbee2mqtt/b", {"action": "single"})
        await bridge.says("stat/b/BUTTON", "10")
        await bridge.says("alarmd/v1/buttons/button-1/press", "{}")
        await bridge.says("shop/stat/b/BUTTON", "10")
        await until_heard(registry, "EXISTS (SELECT FROM alarms)")
    assert len(tap.published) - before == 1
    assert await registry.fetchval("SELECT button_id FROM alarms") == "b"
    await service.stop()
    await tap.stop()


async def test_by_default_native_buttons_alone_are_heard(service: Service, police: Police, pool: Pool) -> None:
    """The settings of this directory's service, but for what it listens to."""
    only = Service("", "", "", "")
    only.settings = {name: value for name, value in service.settings.items() if name != "dialects"}
    await service.stop()
    await only.start()
    async with a_bridge(str(service.settings["mqtt_urls"])) as bridge:
        await bridge.says("zigbee2mqtt/b", {"action": "single"})
    button = Button("button-1", str(service.settings["mqtt_urls"]))
    await button.start()
    await button.receipt(await button.press(), "recorded")
    assert await pool.fetchval("SELECT array_agg(button_id) FROM alarms") == ["button-1"]
    await button.stop()
    await only.stop()

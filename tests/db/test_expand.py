"""Replicas of two versions run side by side while the schema changes: it only grows, and presses go on."""

import asyncio
import re

import pytest

from alarmd.db.migrate import Migration, apply, shipped
from alarmd.db.pool import Pool
from simulators.buttons import Fleet
from simulators.police import Police
from tests.service import Service, furnish, until

FIRST_RELEASE = 4
# What the code of the version before would stumble over; a file that may do it says so in its name.
BREAKING = re.compile(
    r"""\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|TYPE|SCHEMA|SEQUENCE)\b
      | \bRENAME\b
      | \bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b
      | \bSET\s+NOT\s+NULL\b
      | \bADD\s+COLUMN\s+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def breaks(sql: str) -> bool:
    return BREAKING.search(re.sub(r"--.*", "", sql)) is not None


@pytest.mark.parametrize("migration", shipped()[FIRST_RELEASE:], ids=lambda migration: migration.name)
def test_a_migration_only_adds_unless_its_name_says_contract(migration: Migration) -> None:
    assert not breaks(migration.sql) or "_contract" in migration.name


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE stores DROP COLUMN chain",
        "ALTER TABLE stores RENAME COLUMN chain TO brand",
        "ALTER TABLE stores ALTER COLUMN chain TYPE varchar",
        "ALTER TABLE stores ALTER chain SET NOT NULL",
        "ALTER TABLE stores ADD COLUMN floor integer NOT NULL",
        "DROP TABLE stores",
    ],
)
def test_what_breaks_the_version_before_is_seen(sql: str) -> None:
    assert breaks(sql)
    assert not breaks(f"-- {sql}\nALTER TABLE stores ADD COLUMN floor integer NOT NULL DEFAULT 1")


LATER = """
ALTER TABLE presses ADD COLUMN later text;
ALTER TABLE alarms ADD COLUMN later integer NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN later text;
ALTER TABLE deliveries ADD COLUMN later boolean NOT NULL DEFAULT false;
ALTER TABLE endpoints ADD COLUMN later text;
ALTER TABLE timeline ADD COLUMN later text;
ALTER TABLE stores ADD COLUMN later text;
CREATE TABLE later (id uuid PRIMARY KEY REFERENCES alarms (id));
CREATE INDEX alarms_later ON alarms (later)
"""


async def test_presses_go_on_while_a_later_version_adds_to_every_table(
    service: Service, police: Police, pool: Pool
) -> None:
    await pool.execute("DELETE FROM buttons")
    await pool.execute("DELETE FROM stores")
    await furnish(pool, 200)
    ids = [row["id"] for row in await pool.fetch("SELECT id FROM buttons ORDER BY id")]
    fleet = Fleet(str(service.settings["mqtt_urls"]), ids, retry_after=30)
    await fleet.start()
    pressing = asyncio.create_task(fleet.press(rate=200, presses=len(ids)))
    await until(pool, "(SELECT count(*) FROM alarms) >= 40")
    async with pool.acquire() as connection:
        await apply(connection, Migration(9999, "9999_later.sql", LATER))
    assert await pool.fetchval("SELECT count(*) FROM alarms") < len(ids)
    await pressing
    assert await fleet.all_recorded(within=20)
    assert len({alert.alarm["id"] for alert in await police.count(len(ids), within=20)}) == len(ids)
    assert fleet.summary()["resent"] == 0
    await fleet.stop()

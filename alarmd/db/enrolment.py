"""Enrols many buttons at once."""

from collections.abc import Sequence

from alarmd.db.pool import Connection


async def enrol(connection: Connection, button_ids: Sequence[str], places: Sequence[tuple[str, str, str]]) -> None:
    """Enrol a button in each store; a place is (name, district code, address). Known buttons stay as they are."""
    await connection.execute(
        """
        INSERT INTO buttons (id, label, store_id)
        SELECT lower(t.button_id), s.name, s.id
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t (button_id, name, district_code, address)
        JOIN stores s ON s.name = t.name
                     AND s.district_code = t.district_code
                     AND coalesce(s.road_address, s.jibun_address) = t.address
        ON CONFLICT (id) DO NOTHING
        """,
        button_ids,
        [name for name, _, _ in places],
        [district_code for _, district_code, _ in places],
        [address for _, _, address in places],
    )


async def part_from_earlier_alarms(connection: Connection) -> None:
    """Let the next presses open alarms of their own, whatever was pressed a moment ago."""
    await connection.execute("DELETE FROM joinable_alarms")

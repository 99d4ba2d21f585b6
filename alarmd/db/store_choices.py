"""What the stores of the registry may be chosen by: the districts and chains that there are."""

from dataclasses import dataclass

from alarmd.db.pool import Connection


@dataclass(frozen=True, slots=True)
class District:
    """A district that has stores: its legal code, its name, and its province as far as a store tells it."""

    code: str
    name: str
    province: str | None


async def districts(connection: Connection) -> list[District]:
    """Those of all stores, by their codes. From one to the next in the index: there are few, of very many stores."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE found AS (
            (SELECT district_code, district, province FROM stores ORDER BY district_code, id LIMIT 1)
            UNION ALL
            SELECT n.district_code, n.district, n.province
            FROM found f
            CROSS JOIN LATERAL (
                SELECT district_code, district, province
                FROM stores
                WHERE district_code > f.district_code
                ORDER BY district_code, id
                LIMIT 1
            ) n
        )
        SELECT district_code, district, province
        FROM found
        ORDER BY district_code
        """
    )
    return [District(row["district_code"], row["district"], row["province"]) for row in rows]


async def chains(connection: Connection) -> list[str]:
    """Those of all stores, by name."""
    rows = await connection.fetch(
        """
        WITH RECURSIVE found AS (
            (SELECT chain FROM stores WHERE chain IS NOT NULL ORDER BY chain, id LIMIT 1)
            UNION ALL
            SELECT n.chain
            FROM found f
            CROSS JOIN LATERAL (SELECT chain FROM stores WHERE chain > f.chain ORDER BY chain, id LIMIT 1) n
        )
        SELECT chain
        FROM found
        ORDER BY chain
        """
    )
    return [row["chain"] for row in rows]

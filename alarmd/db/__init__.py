"""All SQL of alarmd, and the only room that speaks asyncpg."""

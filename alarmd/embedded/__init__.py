"""Postgres and a broker for one machine that has neither."""

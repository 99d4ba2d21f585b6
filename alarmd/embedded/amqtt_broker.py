"""Runs amqtt in a process of its own: python -m alarmd.embedded.amqtt_broker HOST:PORT USER PASSWORD_FILE."""

import asyncio
import logging
import sys
from pathlib import Path

from pwdlib.hashers.argon2 import Argon2Hasher

from alarmd.embedded.amqtt_redelivery import mended_broker

_TWO_DAYS_S = 2 * 24 * 3600


def _write_users(user: str, password_file: Path) -> Path:
    # The cheapest argon2 there is, since the password is 192 random bits: the usual one takes 40 ms and 64 MB for each
    # connection, and 656 buttons connect at once.
    hasher = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    users = password_file.with_name("users")
    users.touch(mode=0o600)
    users.write_text(f"{user}:{hasher.hash(password_file.read_text(encoding='ascii').strip())}\n", encoding="ascii")
    return users


async def _serve(address: str, users: Path) -> None:
    broker = mended_broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": address}},
            "session_expiry_interval": _TWO_DAYS_S,
            "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(users)}},
        }
    )
    await broker.start()
    await asyncio.Event().wait()  # until a signal ends the process: there is nothing to write down


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_serve(sys.argv[1], _write_users(sys.argv[2], Path(sys.argv[3]))))

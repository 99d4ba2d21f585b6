"""A process whose event loop is stuck ends; one that was only stopped for a while goes on."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process

from alarmd.watchdog import STUCK

PROGRAM = """
import asyncio, sys, time
from alarmd.watchdog import watching

async def main():
    with watching(asyncio.get_running_loop(), bound_s=2):
        print("watched", flush=True)
        if sys.argv[1] == "block":
            time.sleep(60)
        elif sys.argv[1] == "turn":
            await asyncio.to_thread(sys.stdin.readline)
            await asyncio.sleep(1.5)
    if sys.argv[1] == "after":
        time.sleep(3)

asyncio.run(main())
"""


async def run(what: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, what), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()) == b"watched\n"
    return process


async def test_a_process_whose_loop_is_blocked_ends_and_says_where_it_hung() -> None:
    process = await run("block")
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == STUCK == 70
    assert b"the event loop has not turned for 2 s" in said
    assert b'File "<string>", line 9 in main' in said


async def test_a_process_that_was_stopped_for_longer_than_the_bound_goes_on() -> None:
    process = await run("turn")
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(3)
    process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(30):
        _, said = await process.communicate(b"go on\n")
    assert (process.returncode, said) == (0, b"")


async def test_a_loop_that_has_ended_in_order_is_watched_no_more() -> None:
    process = await run("after")
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")

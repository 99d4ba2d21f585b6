"""Runs a command as a root to whom the kernel refuses user namespaces: no_namespaces.py COMMAND [ARGUMENT ...].

It does so from within a user namespace that may hold no other.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000


def main() -> int:
    inner_ready, outer_ready = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None).unshare(CLONE_NEWUSER) == 0:
            os.write(inner_ready[1], b"x")
            os.read(outer_ready[0], 1)
            Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")
        os.execv(sys.argv[1], sys.argv[1:])
    os.close(inner_ready[1])
    if os.read(inner_ready[0], 1):
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text("0 0 65536", encoding="ascii")
        os.write(outer_ready[1], b"x")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())

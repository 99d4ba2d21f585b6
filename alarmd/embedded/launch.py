"""Turns into a server that ends with its parent and is never root; run as a script, without the rest of alarmd.

    python -I -S launch.py PARENT_PID SIGNAL DIRECTORY PROGRAM [ARGUMENT ...]

Whatever comes before `exec` happens here and not in a `preexec_fn`, so that a parent with threads stays safe, and in an
order that counts: the kernel forgets the parent-death signal whenever a process changes its user.
"""

import contextlib
import ctypes
import os
import pwd
import resource
import sys

NOBODY = 65534
OPEN_FILES = 65_536

# From <sys/prctl.h>, <linux/sched.h> and <linux/capability.h>.
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CLONE_NEWUSER = 0x10000000
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _own(directory: str, uid: int) -> None:
    """Give a directory and all below it to a user, unless it is theirs already."""
    if os.stat(directory).st_uid == uid:  # noqa: PTH116 -- pathlib would double the time this script takes
        return
    for parent, folders, files in os.walk(directory):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, -1, follow_symlinks=False)  # noqa: PTH118 -- as above
    os.chown(directory, uid, -1)


def _enter_namespace() -> None:
    """Keep the files' owner but look like nobody, with no capability: Postgres refuses to run as user 0."""
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 -- as above
            file.write(content)


def _become_nobody() -> None:
    """Become nobody for good, with the one capability to pass closed directories such as root's home.

    That is no more than what the namespace leaves: there the process owns root's files.
    """
    _call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _call("capset", header, effective_permitted_inheritable)
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _leave_root(directory: str) -> None:
    """Stop being root (or a user without a name, whom Postgres refuses as well), as gently as the machine permits."""
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return
    if uid == 0:
        _own(directory, uid)
    try:
        _enter_namespace()
    except OSError:
        if uid != 0:
            return
        _own(directory, NOBODY)
        _become_nobody()


def _raise_open_files() -> None:
    """Each button holds a connection, and the usual soft limit is 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def main() -> None:
    """Change user, tie this process to its parent's life, and become the program."""
    parent, death_signal, directory, *program = sys.argv[1:]
    try:
        _leave_root(directory)
        _call("prctl", PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    except OSError as error:
        sys.exit(f"cannot leave root ({error}): run alarmd as an ordinary user")
    if os.getppid() != int(parent):
        sys.exit("the parent is gone already")
    _raise_open_files()
    os.execv(program[0], program)  # noqa: S606 -- the command line is our own


if __name__ == "__main__":
    main()

"""The file systems that a tree lies on, as Linux tells of them (proc_pid_mountinfo(5))."""

from __future__ import annotations

import os
import re
from pathlib import Path

PSEUDO = frozenset({"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs"})
PSEUDO |= {"devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue", "nsfs", "proc", "pstore"}
PSEUDO |= {"rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs"}
"""File systems whose files nobody wrote: the kernel makes up what is read."""


def mounted(root: Path | str) -> dict[str, str]:
    """{folder: its file system}, of a tree's root, which is empty, and of what is mounted below it.

    Folders are from the root and end in a slash. Empty where the system does not tell.
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return {}
    whole, around = os.fsencode(os.path.realpath(root)).rstrip(b"/") + b"/", b""
    kinds: dict[str, str] = {}
    for line in mounts:
        before, _, after = line.partition(b" - ")
        point = re.sub(rb"\\([0-7]{3})", _unescaped, before.split(b" ", 5)[4]).rstrip(b"/") + b"/"
        if whole.startswith(point) and len(point) >= len(around):
            around, below = point, ""
        elif point.startswith(whole):
            below = os.fsdecode(point.removeprefix(whole))
        else:
            continue
        kinds[below] = after.split(b" ", 1)[0].decode()
    return kinds


def _unescaped(octal: re.Match[bytes]) -> bytes:
    return bytes([int(octal[1], 8)])

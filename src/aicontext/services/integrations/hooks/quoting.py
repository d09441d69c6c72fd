"""Our program's path as the shells of each system read it as one word."""

from __future__ import annotations

import re
import shlex

from aicontext.domain.tools import System

_PLAIN = re.compile(r"[\w./:~+-]+")


def quoted(path: str, system: System) -> str:
    """On Windows with slashes, and in double quotes where it needs some: tools there call hooks by
    cmd, by PowerShell or by Git's bash, which all read that."""
    if system is not System.WINDOWS:
        return shlex.quote(path)
    path = path.replace("\\", "/")
    return path if _PLAIN.fullmatch(path) else f'"{path}"'

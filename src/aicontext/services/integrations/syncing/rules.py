"""Rules that people wrote for a tool, as the others can have them."""

from __future__ import annotations

import re

NAME = "aicontext-shared"
"""Of the section of another tool's rules file."""

_SECRET = re.compile(r"\b(?:sk|xox[bp]|gh[pousr]|glpat|AKIA|AIza)[-_A-Z0-9][\w-]{14,}")
_MARKS = re.compile(r"^<!-- (?:begin|end) [\w.-]+ -->", re.MULTILINE)
_IMPORT = re.compile(r"@\S+")


def text(content: bytes | None) -> str:
    """What a rules file says; "" where that is nothing, or where it only imports another."""
    said = (content or b"").decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if all(_IMPORT.fullmatch(line) for line in said.split()):
        return ""
    return said.replace("\r\n", "\n")


def unfit(said: str) -> str:
    """Why the text must not be copied; "" where it may."""
    if _SECRET.search(said):
        return "it holds what looks like a key"
    return "it holds sections of others" if _MARKS.search(said) else ""


def shared(said: str, name: str) -> str:
    """The text of a section. name: of the file where it stands."""
    return f"These rules stand in {name}, and are kept the same here.\n\n{said}"

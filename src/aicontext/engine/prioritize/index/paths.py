"""Paths as bytes."""

from __future__ import annotations

from collections.abc import Iterable


def joined(paths: Iterable[str]) -> bytes:
    """The paths as the system has them; none holds a NUL."""
    return "\0".join(paths).encode("utf-8", "surrogateescape")


def split(content: bytes | memoryview) -> list[str]:
    """What was `joined`."""
    return str(content, "utf-8", "surrogateescape").split("\0") if len(content) else []

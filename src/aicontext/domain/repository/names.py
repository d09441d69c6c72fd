"""Names of files in words: they may hold line ends, marks that steer a terminal, or no text at all.

Both forms are taken back where a file is named.
"""

from __future__ import annotations


def written(path: str) -> str:
    """The path on one line, with escapes (`\\n`, `\\udce9`) for what cannot be seen."""
    if path.isprintable():
        return path
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def sendable(path: str) -> str:
    """The path as it is where it is text; one that is not UTF-8 as it is `written`."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return written(path)
    return path


def ends(path: str, given: str) -> bool:
    """Whether a path, as it is or as it is `written`, is the given one or ends in its parts."""
    if path == given or path.endswith(f"/{given}"):
        return True
    return not path.isprintable() and f"/{written(path)}".endswith(f"/{given}")

"""What lies in a repository's `.git`, read without git: its head, its settings, what it tracks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

_ID = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_SECTION = r'\s*\[\s*([\w.-]+)\s*(?:"(.*)"\s*)?\]'
_SETTING = r"\s*(?:\[.*\]\s*)?([A-Za-z][\w-]*)\s*=\s*(.*)"
"""Patterns that are compiled where there is something to read."""

_LINKS = 5
"""References that may lead to one another."""

_MOST = 2**26
"""Bytes read of one of git's own files."""


class GitFolder:
    """The `.git` of one work tree, which may be a worktree or a submodule of another's."""

    def __init__(self, folder: Path, common: Path) -> None:
        """folder: what is the work tree's own. common: what all worktrees share."""
        self.folder = folder
        self._common = common

    @classmethod
    def of(cls, root: Path) -> GitFolder | None:
        """That of the work tree at `root`; None where it is none."""
        folder = root / ".git"
        if folder.is_file():
            named = content(folder).strip()
            if not named.startswith("gitdir: "):
                return None
            folder = root / named.removeprefix("gitdir: ")
        if not (folder / "HEAD").is_file():
            return None
        shared = content(folder / "commondir").strip()
        return cls(folder, folder / shared if shared else folder)

    def head(self) -> str:
        """The id of the commit that is checked out; empty where there is none yet."""
        name = "HEAD"
        for _ in range(_LINKS):
            text = content(self.folder / name) or content(self._common / name)
            target = text.strip()
            if not target.startswith("ref: "):
                return target if re.fullmatch(_ID, target) else self._packed(name)
            name = target.removeprefix("ref: ")
        return ""

    def _packed(self, name: str) -> str:
        for line in content(self._common / "packed-refs").splitlines():
            if line.endswith(f" {name}"):
                return line.split(" ", 1)[0]
        return ""

    @property
    def config(self) -> Path:
        return self._common / "config"

    @property
    def exclude(self) -> Path:
        return self._common / "info" / "exclude"

    @cached_property
    def tracked(self) -> Tracked:
        wide = setting([self.config], "extensions.objectformat").lower() == "sha256"
        data = raw(self.folder / "index")
        return Tracked(_names(data, 32 if wide else 20))


class Tracked:
    """The paths that git tracks, whatever is ignored."""

    def __init__(self, names: Iterable[bytes]) -> None:
        self._names = list(names)

    def __contains__(self, path: str) -> bool:
        name = path.encode("utf-8", "surrogateescape")
        at = bisect_left(self._names, name)
        return at < len(self._names) and self._names[at] == name

    def below(self, folder: str) -> Iterator[str]:
        """Those in a folder, which ends in a slash."""
        start = folder.encode("utf-8", "surrogateescape")
        for at in range(bisect_left(self._names, start), len(self._names)):
            if not self._names[at].startswith(start):
                return
            yield self._names[at].decode("utf-8", "surrogateescape")


def _names(data: bytes, digest: int) -> Iterator[bytes]:
    """The paths in a git index of version 2 to 4, as gitformat-index(5) lays them out.

    digest: bytes of an object's id. A damaged or unknown file holds none.
    """
    version = int.from_bytes(data[4:8], "big")
    if data[:4] != b"DIRC" or version not in (2, 3, 4):
        return
    fixed = 40 + digest + 2
    at, name = 12, b""
    for _ in range(int.from_bytes(data[8:12], "big")):
        extended = data[at + fixed - 2] & 0x40 if at + fixed <= len(data) else 0
        start = at + fixed + (2 if extended else 0)
        if version == 4:
            cut, start = _varint(data, start)
            end = data.find(b"\0", start)
            name = name[: len(name) - cut] + data[start:end]
            at = end + 1
        else:
            end = data.find(b"\0", start)
            name = data[start:end]
            at += (end - at + 8) & ~7
        if end < 0:
            return
        yield name


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(a number in git's offset encoding, where it ends)."""
    value = data[at] & 0x7F if at < len(data) else 0
    while at < len(data) and data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F if at < len(data) else 0)
    return value, at + 1


def setting(files: Iterable[Path], name: str) -> str:
    """A setting of git's, by its name in small letters; the last file that has it decides."""
    found = ""
    for file in files:
        section = ""
        for line in content(file).splitlines():
            if match := re.match(_SECTION, line):
                section = match[1].lower() + (f".{match[2]}" if match[2] is not None else "")
            match = re.match(_SETTING, line)
            if match and f"{section}.{match[1].lower()}" == name:
                found = _value(match[2])
    return found


def submodules(root: Path) -> frozenset[str]:
    """The paths that .gitmodules gives to repositories which belong to this one."""
    found = (re.match(_SETTING, line) for line in content(root / ".gitmodules").splitlines())
    return frozenset(
        _value(match[2]).strip("/") for match in found if match and match[1].lower() == "path"
    )


def _value(text: str) -> str:
    text = text.strip()
    if text.startswith('"') and (end := text.find('"', 1)) > 0:
        return text[1:end].replace("\\\\", "\\")
    return re.split(r"\s[#;]", text, maxsplit=1)[0].strip()


def content(path: Path) -> str:
    """A small file's text; empty where it cannot be read."""
    return raw(path).decode("utf-8", "surrogateescape")


def raw(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(_MOST)
    except (OSError, ValueError):
        return b""

"""Whether anything changed in a tree's folders, as the kernel tells it to who stays."""

from __future__ import annotations

import errno
import os
import time
from ctypes import CDLL, get_errno
from pathlib import Path
from weakref import finalize

from aicontext.adapters.trees.mounts import mounted

SECONDS = 60.0
"""That silence is believed: what is written through mapped memory is not told (inotify(7))."""

_MOST = 10_000
"""Folders; each costs the kernel about a kilobyte, of a number that all of a user's programs share.
"""

_LOCAL = frozenset({"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs"})
_LOCAL |= {"tmpfs", "xfs", "zfs"}
"""File systems that nobody writes to but this machine's kernel."""

_MODIFY, _ATTRIB, _CLOSE_WRITE, _MOVE, _CREATE, _DELETE = 0x2, 0x4, 0x8, 0xC0, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _ONLY_FOLDERS = 0x400, 0x800, 0x100_0000
_CHANGES = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVE | _CREATE | _DELETE
_MASK = _CHANGES | _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS
_EVENTS = 1 << 16
"""Bytes read at once."""

_GONE = frozenset({errno.EACCES, errno.ENOENT, errno.ENOTDIR})
"""A folder that cannot be entered, or no longer: its own folder tells when that changes."""

_YOUNG = 2_000_000_000
"""Nanoseconds in which a second write may leave a file's time as it is."""


class Watch:
    """Tells of folders by inotify(7), and of single files by how they look."""

    def __init__(self, root: Path) -> None:
        """root: where the folders lie. Where they cannot be watched nothing is ever quiet."""
        self._process = os.getpid()
        self._inotify = _Inotify.opened() if _is_local(root) else None
        self._folders: set[str] = set()
        self._files: dict[str, tuple[int, ...]] = {}
        self._since = 0.0

    def begin(self) -> None:
        """All is about to be looked at: forget what was told."""
        if inotify := self._working():
            while inotify.told():
                pass
            self._folders, self._files = set(), {}
            self._since = time.monotonic()

    def folder(self, path: str) -> None:
        """Tell of what changes in a folder from now on, but not of folders in it."""
        if path in self._folders or not (inotify := self._working()):
            return
        self._folders.add(path)
        if len(self._folders) > _MOST or not inotify.add(path):
            self._inotify = None

    def file(self, path: str | Path) -> None:
        """Tell of a file elsewhere, or of one that has a name elsewhere, from now on."""
        if self._working():
            self._files[str(path)] = _looks(path)

    def quiet(self) -> bool:
        """Whether nothing changed since `begin`."""
        if not (inotify := self._working()) or time.monotonic() - self._since > SECONDS:
            return False
        if any(_looks(path) != looked for path, looked in self._files.items()):
            return False
        return not inotify.told()

    def _working(self) -> _Inotify | None:
        """None in a child: it would take the events from its parent."""
        return self._inotify if self._process == os.getpid() else None


class _Inotify:
    """The system's calls; closed with the last reference."""

    def __init__(self, library: CDLL, file: int) -> None:
        self._library = library
        self._file = file
        finalize(self, os.close, file)

    @classmethod
    def opened(cls) -> _Inotify | None:
        library = CDLL(None, use_errno=True)
        file = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        return cls(library, file) if file >= 0 else None

    def add(self, folder: str) -> bool:
        """Whether it is told what changes in the folder, or when there is one."""
        added: int = self._library.inotify_add_watch(self._file, os.fsencode(folder), _MASK)
        return added >= 0 or get_errno() in _GONE

    def told(self) -> bool:
        """Whether something was, which is forgotten."""
        try:
            return bool(os.read(self._file, _EVENTS))
        except BlockingIOError:
            return False


def _is_local(root: Path) -> bool:
    """Whether all of a tree lies on file systems that are known to tell."""
    kinds = mounted(root)
    return bool(kinds) and _LOCAL.issuperset(kinds.values())


def _looks(path: str | Path) -> tuple[int, ...]:
    """Equal only for a file that is as it was."""
    try:
        seen = Path(path).stat()
    except (OSError, ValueError):
        return ()
    now = time.time_ns()
    young = now - max(seen.st_mtime_ns, seen.st_ctime_ns) < _YOUNG
    fixed = seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
    return (*fixed, now) if young else fixed

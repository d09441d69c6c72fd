"""Files on disk, as git lists them; also where there is no git.

Ignored is what .gitignore files, .git/info/exclude and the user's own excludes say, save for what
git tracks; .aicontextignore files have the last word. Links are not followed. Submodules belong
to the tree and have rules of their own; other repositories inside of it do not.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from aicontext.adapters.trees.mounts import PSEUDO, mounted
from aicontext.adapters.trees.walk import LARGEST, GitDefaults, Walk
from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.repository.trees import Listing, Skip, Text
from aicontext.engine.detect import files

if TYPE_CHECKING:
    from aicontext.adapters.trees.watch import Watch

_TRIES = 3
_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_OPEN = os.O_RDONLY | sum(getattr(os, name, 0) for name in _FLAGS)
_MEANINGS = {
    errno.EACCES: Skip.DENIED,
    errno.EPERM: Skip.DENIED,
    errno.ELOOP: Skip.LINK,
    errno.ENOENT: Skip.CHANGING,
    errno.ENXIO: Skip.SPECIAL,
}


class WorkingCopy:
    """The files below a folder. One that is asked again watches it; threads may share it."""

    def __init__(
        self, root: Path, defaults: GitDefaults | None = None, apart: Path | None = None
    ) -> None:
        """apart: a folder that is no part of it, such as our own data."""
        self._root = root
        self._defaults = defaults or GitDefaults()
        self._apart = apart
        self._looking = Lock()
        self._last: Listing | None = None
        self._watch: Watch | None = None

    def listing(self) -> Listing:
        with self._looking:
            if self._last and self._watch and self._watch.quiet():
                return self._last
            if self._last and not self._watch:
                from aicontext.adapters.trees.watch import Watch

                self._watch = Watch(self._root)
            self._last = None
            if self._watch:
                self._watch.begin()
            walk = Walk(self._root, self._defaults, self._apart, self._watch)
            self._last = walk.listing()
            return self._last

    def read(self, path: str) -> Text | Skip:
        for _ in range(_TRIES):
            try:
                data = _bytes(f"{self._root}/{path}")
            except (OSError, ValueError) as error:
                return _MEANINGS.get(getattr(error, "errno", 0), Skip.UNREADABLE)
            if isinstance(data, Skip):
                return data
            if data is not None:
                return _text(data)
        return Skip.CHANGING


def repository(path: Path, defaults: GitDefaults) -> tuple[Path, str]:
    """(the root of the repository that a path belongs to, the path from there).

    The second is empty for the root, and ends in a slash for a folder. A folder that is in no
    repository, or ignored by the one around it, stands for itself. Raises NotFound, InvalidInput.
    """
    try:
        whole = path.resolve(strict=True)
        folder = whole if whole.is_dir() else whole.parent
    except PermissionError:
        raise _shut(path) from None
    except (OSError, RuntimeError, ValueError):
        raise NotFound(f"There is no file or folder {path}.") from None
    if not os.access(folder, os.R_OK | os.X_OK):
        raise _shut(path)
    if all((folder / name).exists() for name in ("HEAD", "objects", "refs")):
        raise InvalidInput(f"{path} holds a history and no files.", hint="Name a checkout of it.")
    if (kind := mounted(folder).get("")) in PSEUDO:
        said = f"{path} lies on a pseudo file system ({kind}): nobody wrote what is read there."
        raise InvalidInput(said, hint="Name a folder of files.")
    root = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    if folder != root and Walk(root, defaults).leaves_out(f"{_below(folder, root)}/"):
        root = folder
    below = _below(whole, root)
    return root, f"{below}/" if below and whole == folder else below


def _shut(path: Path) -> InvalidInput:
    said = f"{path} lies in a folder, or is one, that may not be read."
    return InvalidInput(said, hint="Mend its permissions, or name another folder.")


def _below(path: Path, root: Path) -> str:
    return "" if path == root else path.relative_to(root).as_posix()


def _text(data: bytes) -> Text | Skip:
    from hashlib import sha256

    found = files.read(data)
    if isinstance(found, Skip):
        return found
    text, exact = found
    return Text(text, sha256(data).digest(), exact)


def _bytes(path: str) -> bytes | Skip | None:
    """What a plain file holds; None where it changed meanwhile."""
    file = os.open(path, _OPEN)
    try:
        before = os.fstat(file)
        if not stat.S_ISREG(before.st_mode):
            return Skip.SPECIAL
        if before.st_size > LARGEST:
            return Skip.LARGE
        # A byte more than there should be, which tells of a file that grows.
        data = os.read(file, before.st_size + 1)
        while len(data) < before.st_size and (piece := os.read(file, before.st_size - len(data))):
            data += piece
        after = os.fstat(file)
    finally:
        os.close(file)
    same = before.st_mtime_ns == after.st_mtime_ns and len(data) == after.st_size
    return data if same else None

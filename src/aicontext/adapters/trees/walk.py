"""One pass over a folder: what is in it and not ignored."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from aicontext.adapters.trees.git_folder import GitFolder, content, setting, submodules
from aicontext.adapters.trees.mounts import PSEUDO, mounted
from aicontext.adapters.trees.rules import Rule, Rules, ignoring, marking
from aicontext.domain.errors import NotFound
from aicontext.domain.repository.trees import Listing, Skip, Stamp
from aicontext.engine.detect import files

LARGEST = 4 * 2**20
"""Bytes of a file that is read; a larger one is data, whatever its name says."""

_FINE, _COARSE = 50_000_000, 2_000_000_000
"""Nanoseconds in which a second write may leave a file's time as it is, on file systems that count
finely and on those that count whole milliseconds or seconds."""

if TYPE_CHECKING:
    from aicontext.adapters.trees.watch import Watch

Found = TypeVar("Found")

_MARKS = (("linguist-generated", Skip.GENERATED), ("linguist-vendored", Skip.VENDORED))


class GitDefaults(NamedTuple):
    """Where git looks beside a repository's own files.

    config: the machine's and the user's settings. excludes: the user's ignore rules where no
    setting names others. home: what `~` stands for in a setting.
    """

    config: tuple[Path, ...] = ()
    excludes: Path | None = None
    home: Path | None = None


class _Scope(NamedTuple):
    """What holds in a folder; of rules the nearest come first.

    base: where the repository begins. own: rules of .aicontextignore files. rules: git's. marks:
    those of .gitattributes and what they tell. modules: folders of submodules.
    """

    base: str
    git: GitFolder | None
    own: tuple[Rules, ...]
    rules: tuple[Rules, ...]
    marks: tuple[tuple[Rules, Skip], ...]
    modules: frozenset[str]
    caseless: bool


class Walk:
    """Paths of folders end in a slash here; that of the root is empty."""

    def __init__(
        self,
        root: Path,
        defaults: GitDefaults,
        apart: Path | None = None,
        watch: Watch | None = None,
    ) -> None:
        """apart: a folder that is left out even where it lies below the root. watch: is to tell of
        changes in what the listing depends on."""
        self._root = str(root)
        self._defaults = defaults
        below = apart is not None and apart.is_relative_to(root)
        self._apart = apart.relative_to(root).as_posix() if apart and below else ""
        self._watch = watch
        self._pseudo = {folder for folder, kind in mounted(root).items() if kind in PSEUDO}
        self._files: dict[str, Stamp] = {}
        self._skipped: dict[str, Skip] = {}
        self._now = time.time_ns()

    def listing(self) -> Listing:
        """Raises NotFound where the root cannot be read."""
        self._enters("")
        self._depends_on(self._root)
        waiting = [("", self._scope("", ()))]
        while waiting:
            waiting += self._folder(*waiting.pop())
        return Listing(_sorted(self._files), _sorted(self._skipped))

    def leaves_out(self, folder: str) -> bool:
        """Whether a folder below the root is ignored, or one above it is."""
        scope, here = self._scope("", ()), ""
        for path in _folders(folder):
            scope = self._narrowed(scope, here, set(os.listdir(f"{self._root}/{here}")))
            if _ignored(path[:-1], path[:-1].rpartition("/")[2], scope, folder=True):
                return True
            here = path
        return False

    def _scope(self, base: str, own: tuple[Rules, ...]) -> _Scope:
        """What holds where a repository begins, or a folder that is none."""
        root = Path(self._root, base)
        self._depends_on(root / ".git" / "HEAD")
        git = GitFolder.of(root)
        config = [*self._defaults.config, *([git.config] if git else [])]
        self._depends_on(*config, *([git.folder / "index"] if git else []))
        caseless = setting(config, "core.ignorecase").lower() == "true"
        sources = [git.exclude] if git else []
        if named := setting(config, "core.excludesfile"):
            away = named.startswith("~/") and self._defaults.home
            sources.append(away / named[2:] if away else root / named)
        elif self._defaults.excludes:
            sources.append(self._defaults.excludes)
        self._depends_on(*sources)
        rules = (Rules(ignoring(content(f)), base, caseless=caseless) for f in sources)
        modules = frozenset(f"{base}{path}/" for path in submodules(root))
        return _Scope(base, git, own, tuple(filter(None, rules)), (), modules, caseless)

    def _folder(self, folder: str, scope: _Scope) -> list[tuple[str, _Scope]]:
        """Take up the files of a folder, and return the folders in it that are to be entered."""
        if folder in self._pseudo:
            self._skipped[folder] = Skip.PSEUDO
            return []
        self._enters(folder)
        try:
            with os.scandir(f"{self._root}/{folder}") as found:
                entries = list(found)
        except OSError as error:
            if not folder:
                raise NotFound(f"{self._root} cannot be read: {error.strerror}.") from None
            denied = isinstance(error, PermissionError)
            self._skipped[folder] = Skip.DENIED if denied else Skip.UNREADABLE
            return []
        names = frozenset([entry.name for entry in entries])
        if folder and not files.FOREIGN_SIGNS.isdisjoint(names):
            self._skipped[folder] = Skip.VENDORED
            return []
        if folder and ".git" in names:
            self._depends_on(Path(self._root, folder, ".git", "HEAD"))
            if GitFolder.of(Path(self._root, folder)):
                if folder not in scope.modules:
                    self._skipped[folder] = Skip.REPOSITORY
                    return []
                scope = self._scope(folder, scope.own)
        return self._entries(folder, entries, self._narrowed(scope, folder, names))

    def _narrowed(self, scope: _Scope, folder: str, names: Collection[str]) -> _Scope:
        """The scope with the rules that lie in the folder itself."""
        if ".gitignore" in names:
            rules = Rules(self._ignoring(folder, ".gitignore"), folder, caseless=scope.caseless)
            scope = scope._replace(rules=(rules, *scope.rules))
        if ".aicontextignore" in names:
            own = Rules(self._ignoring(folder, ".aicontextignore"), folder, caseless=scope.caseless)
            scope = scope._replace(own=(own, *scope.own))
        if ".gitattributes" in names:
            text = content(Path(self._root, folder, ".gitattributes"))
            marks = [(Rules(marking(text, name), folder), skip) for name, skip in _MARKS]
            scope = scope._replace(marks=(*filter(itemgetter(0), marks), *scope.marks))
        return scope

    def _ignoring(self, folder: str, name: str) -> Iterator[Rule]:
        return ignoring(content(Path(self._root, folder, name)))

    def _entries(
        self, folder: str, entries: list[os.DirEntry[str]], scope: _Scope
    ) -> list[tuple[str, _Scope]]:
        inner = []
        ruled = scope.own or scope.rules
        for entry in entries:
            name, path = entry.name, folder + entry.name
            if name == ".git" or path == self._apart:
                continue
            if not entry.is_dir(follow_symlinks=False):
                if not (ruled and _ignored(path, name, scope, folder=False)):
                    self._file(path, entry, scope)
            elif ruled and _ignored(path, name, scope, folder=True):
                self._tracked(f"{path}/", scope)
            elif name in files.FOREIGN:
                self._skipped[f"{path}/"] = Skip.VENDORED
            else:
                inner.append((f"{path}/", scope))
        return inner

    def _tracked(self, folder: str, scope: _Scope) -> None:
        """Take up what git tracks in a folder that it ignores."""
        if scope.git is None or _said(scope.own, folder[:-1], folder=True):
            return
        self._enters(folder)
        for tracked in scope.git.tracked.below(folder[len(scope.base) :]):
            path = scope.base + tracked
            outer = [one for one in _folders(path) if len(one) > len(folder)]
            for one in outer:
                self._enters(one)
            if any(_said(scope.own, one[:-1], folder=True) for one in outer):
                continue
            if not _said(scope.own, path, folder=False):
                self._file(path, Path(self._root, path), scope)

    def _file(self, path: str, entry: os.DirEntry[str] | Path, scope: _Scope) -> None:
        if entry.is_symlink():
            self._skipped[path] = Skip.LINK
            return
        if found := files.by_path(path) or (scope.marks and _marked(path, entry.name, scope)):
            self._skipped[path] = found
            return
        try:
            seen = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError:
            self._skipped[path] = Skip.UNREADABLE
            return
        if not stat.S_ISREG(seen.st_mode):
            self._skipped[path] = Skip.SPECIAL
        elif seen.st_size > LARGEST:
            self._skipped[path] = Skip.LARGE
        else:
            self._files[path] = self._stamp(seen)
            if seen.st_nlink > 1:
                self._depends_on(f"{self._root}/{path}")

    def _enters(self, folder: str) -> None:
        if self._watch:
            self._watch.folder(f"{self._root}/{folder}")

    def _depends_on(self, *paths: str | Path) -> None:
        """Before these are read: what happens to them is not told where the folders are."""
        if self._watch:
            for path in paths:
                self._watch.file(path)

    def _stamp(self, seen: os.stat_result) -> Stamp:
        written, changed = seen.st_mtime_ns, seen.st_ctime_ns
        latest = written if written > changed else changed
        if (age := self._now - latest) >= _COARSE or (age >= _FINE and latest % 1_000_000):
            return seen.st_size, written, changed
        return seen.st_size, -self._now, changed


def _sorted(found: Mapping[str, Found]) -> dict[str, Found]:
    return {path: found[path] for path in sorted(found)}


def _ignored(path: str, name: str, scope: _Scope, *, folder: bool) -> bool:
    said = _said(scope.own, path, name, folder=folder)
    if said is None:
        said = _said(scope.rules, path, name, folder=folder)
        if said and not folder and scope.git:
            return path[len(scope.base) :] not in scope.git.tracked
    return bool(said)


def _said(rules: Iterable[Rules], path: str, name: str = "", *, folder: bool) -> bool | None:
    """What the first rules say that say anything."""
    for one in rules:
        said = one.says(path, name or path.rpartition("/")[2], folder=folder)
        if said is not None:
            return said
    return None


def _marked(path: str, name: str, scope: _Scope) -> Skip | None:
    decided = set()
    for rules, skip in scope.marks:
        if skip not in decided and (said := rules.says(path, name, folder=False)) is not None:
            if said:
                return skip
            decided.add(skip)
    return None


def _folders(path: str) -> Iterator[str]:
    """The folders on the way to a path, from the outside, itself too where it ends in a slash."""
    return accumulate(f"{part}/" for part in path.split("/")[:-1])

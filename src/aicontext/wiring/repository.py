"""Repositories: their files, their indexes and packs of them."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from aicontext.adapters.trees.walk import GitDefaults
    from aicontext.services.context.repository.indexing import Indexing
    from aicontext.services.context.repository.packing import Packing
    from aicontext.services.context.repository.service import RepositoryService
    from aicontext.services.context.repository.without_secrets import WithoutSecrets
    from aicontext.settings import Settings


_REMEMBERED = 4
"""Repositories whose indexes stay open in a process that is asked again."""


def open_index(path: str) -> Indexing:
    """The files and commits of the repository around a path, and the user's index of them.

    Raises NotFound, InvalidInput.
    """
    defaults = _git_defaults()
    return _indexing(_around(path, defaults)[0], defaults, environment.load().home)


def open_repository(
    path: str,
    settings: Settings | None = None,
    *,
    tell: Callable[[str], None] | None = None,
    apart: bool = False,
) -> RepositoryService:
    """The repository around a path; its verbs mean what lies below the path alone.

    tell: is called where the index was of no use and was made anew, with a sentence that says why.
    apart: whether files are parsed in another process, so that others whom this one serves need
    not wait. Raises NotFound, InvalidInput.
    """
    from aicontext.services.context.repository.service import RepositoryService

    defaults = _git_defaults()
    root, below = _around(path, defaults)
    settings = settings or environment.load()
    indexing = _indexing(root, defaults, settings.home)
    return RepositoryService(
        indexing,
        _without_secrets(indexing),
        _packing(apart),
        below=below,
        model=settings.model,
        tell=tell,
    )


def _around(path: str, defaults: GitDefaults) -> tuple[Path, str]:
    """(the root of the repository around a path, the path from there)."""
    from aicontext.adapters.trees.working_copy import repository

    return repository(Path(path), defaults)


def _git_defaults() -> GitDefaults:
    from aicontext.adapters.trees.walk import GitDefaults

    return GitDefaults(*environment.git_files())


@lru_cache(maxsize=_REMEMBERED)
def _indexing(root: Path, defaults: GitDefaults, home: Path) -> Indexing:
    from aicontext.adapters.index.files import FileIndex
    from aicontext.adapters.trees.history import GitHistory
    from aicontext.adapters.trees.working_copy import WorkingCopy
    from aicontext.services.context.repository.indexing import Indexing

    copy = WorkingCopy(root, defaults, home)
    return Indexing(copy, GitHistory(root), FileIndex(home / "repositories", root))


@lru_cache(maxsize=_REMEMBERED)
def _without_secrets(indexing: Indexing) -> WithoutSecrets:
    from aicontext.adapters.secrets.detect_secrets import DetectSecrets
    from aicontext.services.context.repository.without_secrets import WithoutSecrets

    return WithoutSecrets(indexing.tree, DetectSecrets())


@cache
def _packing(apart: bool) -> Packing:
    from aicontext.services.context.repository.packing import Packing

    if not apart:
        return Packing()
    from aicontext.adapters.machine.parser import ParserProcess

    return Packing(ParserProcess().outline)

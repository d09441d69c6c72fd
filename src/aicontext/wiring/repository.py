"""Repositories: their files, their indexes and packs of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from aicontext.services.context.repository.indexing import Indexing
    from aicontext.services.context.repository.service import RepositoryService
    from aicontext.settings import Settings


def open_index(path: str, settings: Settings | None = None) -> Indexing:
    """The files and commits of the repository around a path, and the user's index of them.

    Raises NotFound, InvalidInput.
    """
    root, _ = _around(path)
    return _indexing(root, settings or environment.load())


def open_repository(
    path: str, settings: Settings | None = None, *, tell: Callable[[str], None] | None = None
) -> RepositoryService:
    """The repository around a path; its verbs mean what lies below the path alone.

    tell: is called where the index was of no use and was made anew, with a sentence that says why.
    Raises NotFound, InvalidInput.
    """
    from aicontext.adapters.secrets.detect_secrets import DetectSecrets
    from aicontext.services.context.repository.packing import Packing
    from aicontext.services.context.repository.service import RepositoryService
    from aicontext.services.context.repository.shown import Shown

    root, below = _around(path)
    settings = settings or environment.load()
    indexing = _indexing(root, settings)
    shown = Shown(indexing.tree, DetectSecrets())
    return RepositoryService(
        indexing, shown, Packing(), below=below, model=settings.model, tell=tell
    )


def _around(path: str) -> tuple[Path, str]:
    """(the root of the repository around a path, the path from there)."""
    from aicontext.adapters.trees.walk import GitDefaults
    from aicontext.adapters.trees.working_copy import repository

    return repository(Path(path), GitDefaults(*environment.git_files()))


def _indexing(root: Path, settings: Settings) -> Indexing:
    from aicontext.adapters.index.files import FileIndex
    from aicontext.adapters.trees.history import GitHistory
    from aicontext.adapters.trees.walk import GitDefaults
    from aicontext.adapters.trees.working_copy import WorkingCopy
    from aicontext.services.context.repository.indexing import Indexing

    copy = WorkingCopy(root, GitDefaults(*environment.git_files()), settings.home)
    index = FileIndex(settings.home / "repositories", root)
    return Indexing(copy, GitHistory(root), index)

"""Repositories of a few files that are at hand."""

from collections.abc import Mapping

from aicontext.domain.repository.corpus import FileHistory
from aicontext.engine.prioritize.index.corpus import ScannedCorpus
from aicontext.engine.prioritize.index.scan import scan


def corpus_of(files: Mapping[str, str], history: FileHistory | None = None) -> ScannedCorpus:
    return ScannedCorpus({path: scan(path, text) for path, text in files.items()}, history)

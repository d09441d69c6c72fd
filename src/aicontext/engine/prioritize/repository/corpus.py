"""Stands at `domain.corpus`, which ports can import too."""

from aicontext.domain.corpus import Corpus, Defined, Field

__all__ = ["Corpus", "Defined", "Field"]

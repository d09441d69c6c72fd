"""What is installed by name only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aicontext.domain.errors import MissingExtra


@contextmanager
def needed(what: str, extra: str) -> Iterator[None]:
    """What is imported inside is in the extra. Raises MissingExtra. what: "The proxy", in words."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"{what} needs {(error.name or '').partition('.')[0]}.",
            hint=f"Run: pip install 'ai-context-platform[{extra}]'.",
        ) from None

"""The public functions of the package."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from inspect import signature
from numbers import Integral
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.optimization import Analysis, Optimization
from aicontext.domain.repository.indexed import Indexed
from aicontext.domain.repository.results import Format, Found, Pack, Ranking
from aicontext.domain.storage.similar import SimilarContext
from aicontext.domain.usage import Forecast, TokenCount
from aicontext.services.context.source import value_of, written
from aicontext.wiring.context import context_service
from aicontext.wiring.repository import open_repository
from aicontext.wiring.similar import similar as find_similar

Context = str | bytes | list[Any] | dict[str, Any] | PathLike[str]
"""A text or request body, a list of messages or a request as Python values, or a file's path."""

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def _is_texts(value: object) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return False
    return all(isinstance(one, str) for one in value)


_TYPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "str": (lambda value: isinstance(value, str), "a text"),
    "int": (lambda value: isinstance(value, Integral), "a whole number"),
    "int | None": (lambda value: isinstance(value, Integral | None), "a whole number or None"),
    "bool": (lambda value: isinstance(value, bool), "True or False"),
    "Sequence[str]": (_is_texts, "a list of texts"),
    "str | PathLike[str]": (lambda value: isinstance(value, str | PathLike), "a path"),
}
"""What arguments are, by how they are annotated: whether a value is one, and its name."""


def _checked(verb: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The verb; an argument that is not what it is annotated as is InvalidInput."""
    shape = signature(verb)

    @wraps(verb)
    def checked(*args: _Given.args, **named: _Given.kwargs) -> _Result:
        for name, value in shape.bind(*args, **named).arguments.items():
            fits, wanted = _TYPES.get(shape.parameters[name].annotation, (None, ""))
            if fits is not None and not fits(value):
                given = f"{type(value).__name__} {str(value)[:40]!r}"
                raise InvalidInput(f"{name} is {wanted}, not the {given}.")
        return verb(*args, **named)

    return checked


@_checked
def optimize(
    context: Context,
    *,
    model: str = "",
    query: str = "",
    budget: int | None = None,
    redact: bool = False,
) -> Optimization:
    """Make a context smaller without losing what is needed; `content` has the form that came in.

    Values that are no conversation are one JSON text; shortened, they come back as a text.
    budget: tokens the result may have at most; without it, only what is safe is done, and turns
    appended later never change what was made of the earlier ones. Originals go to the archive.
    Raises InvalidInput, BudgetTooSmall, MissingExtra.
    """
    result = context_service().optimize(
        (_source(context),), model, query=query, budget=budget, redact=redact
    )
    if isinstance(context, list | dict):
        return replace(result, content=value_of(str(result.content)))
    return result


@_checked
def analyze(context: Context, *, model: str = "", query: str = "") -> Analysis:
    """A context's blocks, their kinds and tokens, and how small each could safely be."""
    return context_service().analyze((_source(context),), model, query=query)


@_checked
def estimate(text: str, *, model: str = "") -> TokenCount:
    """Tokens of a text for a model: exact where its vocabulary is public, else with an interval."""
    return context_service().estimate(text, model)


@_checked
def predict(context: Context, *, model: str = "", query: str = "") -> Forecast:
    """Tokens, cost with cache reads and writes, and turns to overflow, each with an interval."""
    return context_service().predict((_source(context),), model, query=query)


@_checked
def compress(
    context: Context,
    budget: int,
    *,
    model: str = "",
    query: str = "",
    tool: str = "",
    reference: str = "",
    archive: bool = True,
    summary: bool = False,
) -> str:
    """One text of at most `budget` tokens: the most useful part of a text or of a whole session.

    A `str` is a text whatever it holds; pass messages or bytes for a session. tool: the name of
    the tool that made the text. reference: an earlier, successful output of the same command.
    archive: keep the original and end in the mark that fetches it. summary: let the model that
    the settings name say what the excerpts of a session cannot. What went wrong is a Python
    warning. Raises BudgetTooSmall where not one line fits.
    """
    source = replace(_source(context), plain=isinstance(context, str))
    result = context_service().compress(
        (source,),
        budget,
        model,
        ask=Ask(query=query, tool=tool, reference=reference),
        keep=archive,
        summary=summary,
    )
    for warning in result.warnings:
        warnings.warn(warning, stacklevel=3)
    return str(result.content)


@_checked
def retrieve(handle: str, *, lines: str = "", path: str = "", query: str = "") -> str:
    """An archived original: whole, its lines "10-40", a JSON path, or the hits of a query."""
    return context_service().retrieve(handle, lines=lines, path=path, query=query)


@_checked
def similar(context: Context, *, limit: int = 10, keep: bool = False) -> Sequence[SimilarContext]:
    """Contexts that were kept and are like this one, the best first, but not itself.

    keep: keep this one too, its text in the archive. Raises InvalidInput, MissingExtra,
    Unavailable.
    """
    return find_similar((_source(context),), limit, keep=keep)[0]


class Repository:
    """The code around a path: what a task needs of it, under a budget.

    Every method first reads what changed since the last time. A folder or file inside of a
    repository stands for what lies below it. Raises NotFound, InvalidInput.
    """

    @_checked
    def __init__(self, path: str | PathLike[str] = ".") -> None:
        self._service = open_repository(fspath(path))

    def index(self) -> Indexed:
        """Read what changed; how much there is, and what is named and not shown. Raises
        Unavailable."""
        return self._service.index()

    @_checked
    def search(self, task: str, *, limit: int = 10) -> Ranking:
        """The files and definitions that a task in words concerns, at most so many of each."""
        return self._service.search(task, limit)

    @_checked
    def pack(
        self,
        task: str,
        *,
        budget: int = 8_000,
        model: str = "",
        focus: Sequence[str] = (),
        format: str = "markdown",  # noqa: A002  # The command line's word for it.
    ) -> Pack:
        """The code that a task needs: whole definitions, at most `budget` tokens of the model.

        focus: files that matter more than their rank says. format: markdown, xml, json or plain.
        Raises BudgetTooSmall, NotFound, InvalidInput.
        """
        if format not in list(Format):
            raise InvalidInput(
                f"There is no format {format[:40]!r}.", hint=f"Take one of {', '.join(Format)}."
            )
        return self._service.pack(task, budget, model, form=Format(format), focus=focus)

    @_checked
    def map(self, *, budget: int = 2_000, model: str = "") -> Pack:
        """The signatures that the repository leans on most, at most `budget` tokens of the model.

        Raises BudgetTooSmall.
        """
        return self._service.map(budget, model)

    @_checked
    def show(self, symbol: str, *, model: str = "") -> Found:
        """The definition that a symbol names, whole, or the places that it can be.

        symbol: a name, Class.name, path:name or path:line. Raises NotFound.
        """
        return self._service.show(symbol, model)


def _source(context: Context) -> Source:
    if isinstance(context, bytes):
        return Source(context)
    if isinstance(context, PathLike):
        return _file(context)
    return written(context)


def _file(path: PathLike[str]) -> Source:
    try:
        return Source(Path(path).read_bytes(), str(path))
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.") from None

"""The verbs over one repository; each brings the index up to date first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from aicontext.domain.errors import NotFound
from aicontext.domain.repository.corpus import Corpus
from aicontext.domain.repository.indexed import Indexed
from aicontext.domain.repository.names import ends, written
from aicontext.domain.repository.results import Format, Found, Pack, Place, Ranking
from aicontext.domain.repository.trees import Skip, Text
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.repository.overview import SMALLEST, Outlined, overview
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter
from aicontext.engine.prioritize.repository.central import central
from aicontext.engine.prioritize.repository.rank import MOST_DEFINITIONS, MOST_FILES, rank
from aicontext.engine.prioritize.repository.symbols import find
from aicontext.services.context.repository import sendable
from aicontext.services.context.repository.indexing import Indexing, Progress
from aicontext.services.context.repository.packing import Packing
from aicontext.services.context.repository.showing import show
from aicontext.services.context.repository.without_secrets import WithoutSecrets
from aicontext.services.context.target import unknown


class RepositoryService:
    """One repository, or what lies below a part of it."""

    def __init__(
        self,
        indexing: Indexing,
        files: WithoutSecrets,
        packing: Packing,
        *,
        below: str = "",
        model: str = "",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """below: a file's path, or a folder's, which ends in a slash; empty for everything.
        model: whose tokens are counted where a verb is given none. tell: is called where the index
        could not be used and was made anew, with a sentence that says why."""
        self._indexing = indexing
        self._files = files
        self._packing = packing
        self._below = below
        self._model = model
        self._tell = tell

    def index(self, progress: Progress | None = None) -> Indexed:
        """Read what changed. Raises NotFound, Unavailable."""
        return self._indexing.bring_up_to_date(progress)

    def search(self, task: str, limit: int, progress: Progress | None = None) -> Ranking:
        """The files and definitions that a task in words concerns, at most so many of each."""
        found = self._ranked(task, self._corpus(progress)[0], limit, limit)
        return sendable.ranking(Ranking(found.files[:limit], found.definitions[:limit]))

    def pack(
        self,
        task: str,
        budget: int,
        model_name: str,
        *,
        form: Format = Format.MARKDOWN,
        focus: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Pack:
        """The code that a task needs, as one text of at most `budget` tokens of the model.

        focus: files that matter more than their rank says; a path may leave out its first folders.
        A file that the task names and that holds a secret is said to be held back. Raises
        BudgetTooSmall, NotFound.
        """
        corpus, indexed = self._corpus(progress)
        ranking = self._ranked(task, corpus, MOST_FILES, MOST_DEFINITIONS)
        paths = tuple(_focused(path, corpus, indexed) for path in focus)
        found = self._packing.pack(
            task,
            ranking,
            self._files.read,
            budget=budget,
            model_name=model_name or self._model,
            form=form,
            focus=paths,
            secret=tuple(filter(self._meant, indexed.skipped.get(Skip.SECRET, ()))),
        )
        return sendable.pack(found)

    def show(self, symbol: str, model_name: str, progress: Progress | None = None) -> Found:
        """The definition that a symbol names, whole, or the places that it can be. Raises NotFound.

        symbol: as `symbols.find` takes it. Tokens are the model's.
        """
        corpus, indexed = self._corpus(progress)
        places = find(symbol, corpus) or tuple(self._units_at(symbol, corpus))
        meant = [place for place in places if self._meant(place.path)]
        if not meant:
            _refuse_skipped(indexed, symbol, symbol.rpartition(":")[0])
        target = model(model_name or self._model)
        found = show(symbol, meant, self._files.read, counter(target.id))
        return sendable.definition(replace(found, warnings=unknown(target)))

    def _units_at(self, symbol: str, corpus: Corpus) -> Iterator[Place]:
        """What `path:line` can mean in files that define nothing there."""
        path, _, line = symbol.rpartition(":")
        wanted = _ending(path, corpus.paths) if path and line.isdecimal() else ()
        for one in wanted:
            text = self._files.read(one)
            file = self._packing.outlined(one, text) if isinstance(text, Text) else None
            if file and (at := file.at(int(line[:9]))) is not None:
                yield Place(one, *file.units[at].span, file.units[at].symbol)

    def map(self, budget: int, model_name: str, progress: Progress | None = None) -> Pack:
        """The signatures that the repository leans on most, in at most `budget` tokens.

        Raises BudgetTooSmall.
        """
        found = central(self._corpus(progress)[0], self._below).definitions
        every = [one for one in found if self._meant(one.place.path)]
        ranked = every[: max(1, budget // SMALLEST)]
        target = model(model_name or self._model)
        files = self._outlined(one.place.path for one in ranked)
        drawn = overview(ranked, files, budget, counter(target.id))
        empty = () if drawn.slices else ("Nothing is defined here: the map is empty.",)
        left_out = (*drawn.left_out, *every[len(ranked) :])
        warnings = (*unknown(target), *empty)
        return sendable.pack(replace(drawn, left_out=left_out, model=target.id, warnings=warnings))

    def secret(self) -> bool:
        """Whether this is a file that is named and never shown, for it holds a secret."""
        return self._files.read(self._below) is Skip.SECRET

    def _corpus(self, progress: Progress | None) -> tuple[Corpus, Indexed]:
        """What is known of the files, and which of them are named only. Raises NotFound."""
        found = self.index(progress)
        if found.rebuilt and self._tell:
            self._tell(found.rebuilt)
        corpus = self._indexing.index.corpus()
        if corpus is None or not corpus.paths:
            raise NotFound("There is no text file here.", hint="Name a folder that holds some.")
        return corpus, found

    def _outlined(self, paths: Iterable[str]) -> dict[str, Outlined]:
        found = ((path, self._files.read(path)) for path in dict.fromkeys(paths))
        return {path: _outline(path, text) for path, text in found if isinstance(text, Text)}

    def _ranked(self, task: str, corpus: Corpus, files: int, definitions: int) -> Ranking:
        if not self._below:
            return rank(task, corpus, files=files, definitions=definitions)
        found = rank(task, corpus, files=len(corpus.paths), definitions=_EVERY, below=self._below)
        meant = (one for one in found.files if self._meant(one.path))
        inside = (one for one in found.definitions if self._meant(one.place.path))
        return Ranking(tuple(islice(meant, files)), tuple(islice(inside, definitions)))

    def _meant(self, path: str) -> bool:
        below = self._below
        return path.startswith(below) if below.endswith("/") else not below or path == below


_EVERY = 1_000_000
"""More definitions than any search finds."""


def _focused(path: str, corpus: Corpus, indexed: Indexed) -> str:
    """The file that is meant. Raises NotFound."""
    found = _ending(path, corpus.paths)
    if path in found:
        return path
    if len(found) != 1:
        _refuse_skipped(indexed, path)
        said = f"{len(found):,} files are" if found else "No file is"
        raise NotFound(f"{said} called {path[:200]!r} here.", hint="Give a path from the root.")
    return found[0]


def _refuse_skipped(indexed: Indexed, *paths: str) -> None:
    """Raises NotFound where one of the paths is of a file that is named and not shown."""
    for why, skipped in indexed.skipped.items():
        for path in filter(None, paths):
            if found := _ending(path, skipped):
                raise NotFound(f"{written(found[0])} is named and not shown: {why}.")


def _ending(path: str, known: Iterable[str]) -> list[str]:
    """The known paths that end in the given one."""
    plain = "/".join(part for part in path.replace("\\", "/").split("/") if part != ".")
    return [one for one in known if ends(one, path) or ends(one, plain)]


def _outline(path: str, text: Text) -> Outlined:
    definitions = outline(text.text, language_of(text.text, path))
    return Outlined(text.text.split("\n"), definitions)

"""Reads and outlines what a ranking picks, and packs it under a budget.

Parsing holds the interpreter's lock: a server gives an `outlines` that asks another process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from aicontext.domain.repository.names import written
from aicontext.domain.repository.results import Format, Pack, Ranking
from aicontext.domain.repository.trees import Skip, Text
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.outline import language_of, outline
from aicontext.engine.condense.repository.packing import Order, Wanted, pack
from aicontext.engine.condense.repository.sections import language_by_sections, sections
from aicontext.engine.condense.repository.units import Outlined
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter
from aicontext.kit.recent import Recent
from aicontext.services.context.target import unknown

KEPT = 32_000_000
"""Characters of the outlined files that are remembered, by their digests."""

NAMED = 5
"""Files that are withheld, by name."""

_NAMED = r"(?<![\w/.-]){}(?![\w-])"
"""Finds a path that no other one holds."""

Outlines = Callable[[str, str], tuple[Definition, ...]]
"""The definitions of a text in a language; as `outline`."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Packs for one process; threads may share it."""

    outlines: Outlines = outline
    _known: Recent[tuple[bytes, str], Outlined | None] = field(default_factory=lambda: Recent(KEPT))

    def pack(
        self,
        task: str,
        ranking: Ranking,
        read: Callable[[str], Text | Skip],
        *,
        budget: int,
        model_name: str,
        form: Format = Format.MARKDOWN,
        focus: tuple[str, ...] = (),
        secret: tuple[str, ...] = (),
    ) -> Pack:
        """What matters of the ranked files, as one text of at most `budget` tokens of the model.

        read: gives what may be shown of a path; what it skips is not shown. focus: paths that
        matter more than their rank says. secret: those that hold secrets. Raises BudgetTooSmall.
        """
        target = model(model_name)
        order = Order(task, budget, counter(target.id), target.id, form, focus)
        wanted = Wanted.of(order, ranking)
        texts = {path: read(path) for path in wanted.paths}
        files = {
            path: self.outlined(path, text)
            for path, text in texts.items()
            if isinstance(text, Text)
        }
        held = [path for path, text in texts.items() if text is Skip.SECRET]
        order = replace(order, note=_withheld([*_said(task, secret), *held]))
        done = pack(order, ranking, wanted, files)
        said = [order.note] if order.note else []
        return replace(done, warnings=(*unknown(target), *said, *done.warnings))

    def outlined(self, path: str, text: Text) -> Outlined:
        """The units that a file is shown in: of its definitions, else its sections."""
        by_sections = language_by_sections(path)
        language = language_of(text.text, path) if by_sections is None else by_sections
        known = self._known.get((text.digest, language), None)
        if known is None:
            found = self.outlines(text.text, language) if by_sections is None else ()
            known = Outlined.of(text.text, found or sections(text.text, language), language)
            self._known.put((text.digest, language), known, 1 + len(text.text))
        return known


def _said(task: str, paths: Iterable[str]) -> Iterator[str]:
    """Those of the paths that a task names, by what is no word: it has a dot or a slash."""
    for path in paths:
        names = [one for one in (path, path.rpartition("/")[2]) if "." in one or "/" in one]
        if any(one in task and re.search(_NAMED.format(re.escape(one)), task) for one in names):
            yield path


def _withheld(paths: Iterable[str]) -> str:
    """Names what would have been shown, were there no secret in it; empty for nothing."""
    named = list(dict.fromkeys(map(written, paths)))
    if not named:
        return ""
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f"Held back, for secrets are in them: {', '.join(named[:NAMED])}{more}."

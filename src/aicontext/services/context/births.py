"""A tool's output made smaller as it is born, before a model has seen it."""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.errors import Unavailable
from aicontext.domain.messages import Message, Role
from aicontext.domain.requests import Change
from aicontext.engine.compress.session import Emission, Renderer, compress_session
from aicontext.engine.estimate.counter import counter
from aicontext.ports.stores.archive import Archive
from aicontext.services.context.options import Options
from aicontext.services.context.view import change, chooser


@dataclass(frozen=True, slots=True)
class Birth:
    """A text as the tool is given it. tokens: as it was born. change: None where it stays so."""

    text: str
    tokens: int
    change: Change | None = None


class BirthService:
    """Shows texts as a request's newest result is shown; what stands before it is not known."""

    def __init__(self, archive: Archive, model: str, options: Options) -> None:
        """model: whose tokens are counted."""
        self._archive = archive
        self._model = model
        self._options = options

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return counter(self._model)(text)

    def born(self, text: str, tool: str, arguments: str) -> Birth:
        """The text in fewer tokens, its original kept first; else as it came.

        tool, arguments: of the call that it answers, the arguments as JSON.
        """
        as_it_came = Birth(text, self.count(text))
        if tool in self._options.skipped_tools:
            return as_it_came
        try:
            fetch = "aicontext retrieve " if self._options.command else self._archive.expose()
            emission = self._shown(text, tool, arguments, fetch)
            if emission is None:
                return as_it_came
            made = change(emission, text)
            if made.handle:
                keep = self._archive.put if self._options.command else self._archive.expose
                keep(text)
        except Unavailable:
            return as_it_came
        return Birth(emission.rendition.text, as_it_came.tokens, made)

    def _shown(self, text: str, tool: str, arguments: str, fetch: str) -> Emission | None:
        count = counter(self._model)
        choose = chooser(count, fetch=fetch, skipped=self._options.skipped_kinds)
        call = Message(Role.TOOL_CALL, arguments, tool, "0")
        result = Message(Role.TOOL_RESULT, text, tool, "0")
        shown = compress_session((call, result), {1}, Renderer(choose, count), referring=0)
        return next(iter(shown), None)

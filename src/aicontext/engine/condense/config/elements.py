"""XML as indented names with their attributes and text, without closing tags."""

from __future__ import annotations

from html import unescape

from aicontext.engine.condense.config.markup import Token, tokens

_DEEPEST = 60
INDENT = "  "


def elements(text: str) -> str:
    """A line an element: `name attr="value": text`; comments, long text and CDATA below it."""
    writer = _Writer()
    for token in tokens(text, raw=False):
        writer.take(token)
    return "\n".join(writer.rows)


class _Writer:
    def __init__(self) -> None:
        self.rows: list[str] = []
        self.depth = 0
        self.fresh = False  # the last row is an element that has neither text nor children yet

    def take(self, token: Token) -> None:
        if token.closing:
            self.depth = max(0, self.depth - 1)
            self.fresh = False
        elif token.name:
            inner = token.text[1:].removesuffix(">").removesuffix("/").strip()
            self._row(" ".join(inner.split()))
            self.depth += not token.empty
            self.fresh = not token.empty
        elif token.comment:
            self._row(token.text)
            self.fresh = False
        elif said := token.text.strip():
            self._text(unescape(said))

    def _text(self, said: str) -> None:
        if self.fresh and "\n" not in said:
            self.rows[-1] += f": {said}"
        else:
            for line in said.split("\n"):
                self._row(line.strip())
        self.fresh = False

    def _row(self, said: str) -> None:
        self.rows.append(INDENT * min(self.depth, _DEEPEST) + said)

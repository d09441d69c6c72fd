"""What a reader of an HTML page sees: headings, text, links, lists, tables."""

from __future__ import annotations

import re
from html import unescape

from aicontext.engine.condense.config.markup import Token, tokens

_BLOCK = re.compile(
    r"(?:p|div|section|article|header|footer|main|nav|aside|ul|ol|li|table|tr|h[1-6]|br|hr|pre|body"
    r"|html|head|title|blockquote|dl|dt|dd|form|fieldset|figure|figcaption|option)\Z"
)
_HEADING = re.compile(r"h([1-6])\Z")
_BLANKS = re.compile(r"[ \t\r\f\v\n]+")


def page(text: str) -> str:
    """The page's text, a block a line: `# heading`, `- item`, `[words](address)`, `cell | cell`."""
    reader = _Reader()
    for token in tokens(text, raw=True):
        if token.name:
            reader.tag(token)
        elif not token.comment:
            reader.words(token.text)
    reader.end_line()
    return "\n".join(reader.lines)


class _Reader:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.parts: list[str] = []
        self.prefix = ""
        self.kept = 0  # how deep in <pre>
        self.link: tuple[str, int] | None = None  # address, first part; links do not nest

    def words(self, text: str) -> None:
        shown = unescape(text)
        if self.kept:
            first, *rest = shown.split("\n")
            self.parts.append(first)
            for line in rest:
                self.end_line()
                self.parts.append(line)
        else:
            self.parts.append(_BLANKS.sub(" ", shown))

    def tag(self, token: Token) -> None:
        name = token.name.lower()
        if _BLOCK.match(name):
            self.end_line()
        if name == "pre":
            self.kept = max(0, self.kept + (-1 if token.closing else 1))
        elif name == "a":
            self._link(token)
        elif name in ("td", "th") and not token.closing and "".join(self.parts).strip():
            self.parts.append(" | ")
        elif name == "img" and (said := token.attributes().get("alt")):
            self.parts.append(f"[{said}]")
        if not token.closing:
            if heading := _HEADING.match(name):
                self.prefix = "#" * int(heading[1]) + " "
            elif name == "li":
                self.prefix = "- "

    def _link(self, token: Token) -> None:
        if not token.closing:
            self.link = (token.attributes().get("href", ""), len(self.parts))
        elif self.link:
            address, start = self.link
            said = "".join(self.parts[start:]).strip()
            if address and said and not address.startswith(("#", "javascript:")):
                self.parts[start:] = [f"[{said}]({address})"]
            self.link = None

    def end_line(self) -> None:
        shown = "".join(self.parts)
        shown = shown.rstrip() if self.kept else shown.strip()
        if shown.strip():
            self.lines.append(self.prefix + shown)
            self.prefix = ""
        self.parts.clear()
        self.link = (self.link[0], 0) if self.link else None

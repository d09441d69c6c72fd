"""Cuts HTML and XML into tags and text, in linear time whatever is malformed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"</?([A-Za-z][\w:.-]{0,80})")
_ATTRIBUTE = re.compile(r"([\w:.-]{1,80})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_RAW_END = {
    name: re.compile(rf"</{name}\b", re.I) for name in ("script", "style", "svg", "template")
}


@dataclass(frozen=True, slots=True)
class Token:
    """A tag, a comment or a stretch of text. name: of a tag, as written; empty for others."""

    text: str
    name: str = ""
    closing: bool = False
    empty: bool = False
    comment: bool = False

    def attributes(self) -> dict[str, str]:
        """The quoted and plain attributes of a tag, names as written."""
        found = _ATTRIBUTE.findall(self.text)
        return {name: double or single or bare for name, double, single, bare in found}


def tokens(text: str, *, raw: bool) -> Iterator[Token]:
    """Tags, comments and text in order. raw: skip the insides of scripts, styles and drawings."""
    at = 0
    while at < len(text):
        opening = text.find("<", at)
        if opening < 0:
            yield Token(text[at:])
            return
        if opening > at:
            yield Token(text[at:opening])
        token, at = _tag(text, opening)
        yield token
        ending = _RAW_END.get(token.name.lower()) if raw and not token.closing else None
        if ending and not token.empty:
            found = ending.search(text, at)
            at = found.start() if found else len(text)


def _tag(text: str, at: int) -> tuple[Token, int]:
    if text.startswith("<!--", at):
        end = text.find("-->", at + 4)
        end = len(text) if end < 0 else end + 3
        return Token(text[at:end], comment=True), end
    if text.startswith("<![CDATA[", at):
        end = text.find("]]>", at)
        inner = text[at + 9 : end if end >= 0 else len(text)]
        return Token(inner), len(text) if end < 0 else end + 3
    name = _NAME.match(text, at)
    if name is None and not text.startswith(("<!", "<?"), at):
        return Token("<"), at + 1
    end = text.find(">", at)
    if end < 0:
        return Token(text[at:]), len(text)
    shown = text[at : end + 1]
    return (
        Token(
            shown,
            name[1] if name else "",
            closing=shown.startswith("</"),
            empty=shown.endswith("/>"),
            comment=name is None,
        ),
        end + 1,
    )

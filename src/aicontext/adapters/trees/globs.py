"""Git's patterns for paths as regular expressions that match in time linear in the path.

The meaning is that of gitignore(5) and of git's wildmatch.c. All stars but the last one of a
segment, and all `**` but the last one, take the first place that fits and never give it back:
what follows them can match anything later as well, so nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STAR, _SLASH = "*", "/"
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_NAMED = r"\[:(\w*):\]"


def regex(glob: str) -> str | None:
    """What matches a whole path, or a name, as the glob does; None where it can match nothing."""
    segments: list[list[str]] = [[]]
    for token in _tokens(glob):
        if not token:
            return None
        if token == _SLASH:
            segments.append([])
        else:
            segments[-1].append(token)
    if not all(segments):
        return None
    groups: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) > 1 and set(segment) == {_STAR}:
            if len(groups) == 1 or groups[-1]:
                groups.append([])
        else:
            groups[-1].append(_segment(segment))
    return _joined(["/".join(group) for group in groups])


def _joined(groups: list[str]) -> str:
    """groups: what stands between two `**`; only the first and the last may be empty."""
    if len(groups) == 1:
        return groups[0]
    first, *middle, last = groups
    head = f"{first}/" if first else ""
    body = "".join(f"(?>(?:[^/]*/)*?{group}/)" for group in middle)
    return head + body + (f"(?:.*/)?{last}" if last else ".*")


def _segment(tokens: list[str]) -> str:
    pieces = [""]
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token != _STAR:
            pieces[-1] += token
        elif before != _STAR:
            pieces.append("")
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + f"[^/]*{last}"


def _tokens(glob: str) -> Iterator[str]:
    """A star, a slash, or a regular expression for one character; "" where the glob is broken."""
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character in (_STAR, _SLASH):
            yield character
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            token, at = _bracket(glob, at)
            yield token
        elif character == "\\":
            yield (
                re.escape(glob[at]) if at < len(glob) and glob[at] != _SLASH else glob[at : at + 1]
            )
            at += 1
        else:
            # A lone star would be taken for the wildcard.
            yield re.escape(character)


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """(the set that opened before `at`, where it ends); "" where it has no end or a bad class."""
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    start, held = at, ""
    while at < len(glob) and (glob[at] != "]" or at == start):
        if named := re.match(_NAMED, glob[at:]):
            if named[1] not in _CLASSES:
                return "", at
            held += _CLASSES[named[1]]
            at += named.end()
            continue
        low, at = _member(glob, at)
        if glob[at : at + 1] == "-" and glob[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(glob, at + 1)
            held += f"{_quoted(low)}-{_quoted(high)}" if low <= high else ""
        else:
            held += _quoted(low)
    if at >= len(glob):
        return "", at
    if not held:
        return ("[^/]" if negated else "(?!)"), at + 1
    return f"(?!/)[{'^' * negated}{held}]", at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    """(a character of a set, what comes after it); a backslash stands for the next one."""
    if glob[at] == "\\" and at + 1 < len(glob):
        at += 1
    return glob[at], at + 1


def _quoted(character: str) -> str:
    return "\\" + character if character in "\\]^-[&~|" else character

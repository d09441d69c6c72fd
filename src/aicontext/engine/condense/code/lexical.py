"""Definitions by keywords and indentation: for texts that no grammar can or should parse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aicontext.engine.condense.code.definition import Definition

_KINDS = {
    "def": "function",
    "function": "function",
    "fn": "function",
    "func": "function",
    "fun": "function",
    "sub": "function",
    "defp": "function",
    "class": "class",
    "object": "class",
    "impl": "class",
    "extension": "class",
    "record": "class",
    "interface": "interface",
    "protocol": "interface",
    "trait": "interface",
    "struct": "struct",
    "union": "struct",
    "enum": "enum",
    "type": "type",
    "module": "module",
    "namespace": "module",
    "mod": "module",
}
KEYWORDS = frozenset(_KINDS)
"""Words that introduce a definition in some language."""
_KEYWORD = re.compile(
    r"\s*(?:[a-z]{2,12}(?:\([a-z]{1,12}\))? +){0,5}?"
    rf"(?P<kind>{'|'.join(_KINDS)})\b\*? *(?:\([^()]{{0,80}}\) *|<[^<>]{{0,80}}> *)?"
    r"(?P<name>[A-Za-z_$][\w$]{0,79}(?:(?:::|\.)[\w$]{1,79}){0,6})(?P<rest>.*)"
)
_FIRM = re.compile(
    r"\n[ \t]*+(?:[a-z]{2,12}+(?:\([a-z]{1,12}\))?+ ++){0,5}?"
    r"(?:(?:def|fn|func|fun|function) ++(?:\([^()\n]{0,80}\) *+)?[A-Za-z_$][\w$]{0,79}+ *+[(<\[]"
    r"|(?:class|struct|interface|enum|trait|(?:record|object|protocol)(?! +[\w$]+ *;))"
    r" ++[A-Za-z_$][\w$]{0,79}+ *+(?:[({:<;]|(?![^\n])|extends\b|implements\b|where\b|for\b))"
)
"""Lines on which a keyword defines. Little is tried twice: it is fast."""
_ARROW = re.compile(
    r"\s*(?:export +)?(?:default +)?(?:const|let|var) +(?P<name>[\w$]{1,120})[^=]{0,200}= *"
    r"(?:async\b *)?(?:function\b|\([^()]{0,300}\)[^=]{0,80}=>|[\w$]{1,80} *=>|[\w.$]{1,80}\(\(?$)"
)
_TYPED = re.compile(
    r"\s*(?:[\w<>\[\],.?*&:~]{1,80} +){0,8}[*&]{0,2}"
    r"(?P<name>~?[A-Za-z_$][\w$:]{0,119}) ?\((?P<rest>.*)"
)
_STATEMENT_WORDS = (
    "if for while switch catch return else do try with match when unless until foreach using lock "
    "synchronized new await yield throw assert elif except raise print delete typeof"
)
_STATEMENTS = frozenset(_STATEMENT_WORDS.split())
_ENDS = ("{", ":", "(", ",", ")", "=", "[", ";", ">", "}")
_CLOSERS = re.compile(r"\s*(?:[}\])]|end\b|fi\b|done\b|esac\b|\{)")
LONGEST_LINE = 400
"""Characters of a line that are looked at."""


def lexical_outline(text: str) -> tuple[Definition, ...]:
    """Definitions in the text's order; a definition ends where the indentation returns to its."""
    lines = text.split("\n")
    found: list[Definition] = []
    open_: list[tuple[int, int]] = []
    filled = 0
    for row, raw in enumerate(lines):
        line = raw[:LONGEST_LINE].rstrip()
        if not line:
            continue
        indent = _width(line)
        closer = _CLOSERS.match(line) is not None
        while open_ and (indent < open_[-1][0] or (indent == open_[-1][0] and not closer)):
            _close(found, open_.pop()[1], filled)
        if named := _definition(line):
            found.append(Definition(*named, row + 1, row + 1, row + 1, len(open_)))
            open_.append((indent, len(found) - 1))
        filled = row + 1
    while open_:
        _close(found, open_.pop()[1], filled)
    return tuple(found)


def introducing(code: str) -> Iterator[int]:
    """Rows where a keyword defines a function or a type."""
    text = f"\n{code}"
    row = at = 0
    for found in _FIRM.finditer(text):
        row += text.count("\n", at, found.start())
        at = found.start()
        yield row


def _close(found: list[Definition], index: int, last: int) -> None:
    found[index] = found[index]._replace(last=max(last, found[index].first))


def _width(line: str) -> int:
    return len((line[: len(line) - len(line.lstrip())]).expandtabs(4))


def _definition(line: str) -> tuple[str, str] | None:
    """(name, kind) of the definition that starts on this line."""
    if (match := _KEYWORD.match(line)) and (line.endswith(_ENDS) or not match["rest"].strip()):
        return match["name"], _KINDS[match["kind"]]
    if match := _ARROW.match(line):
        return match["name"], "function"
    if not line.endswith(("{", "(", ",")) or (match := _TYPED.match(line)) is None:
        return None
    words = line[: match.start("rest")].replace("(", " ").split()
    if words[0] in _STATEMENTS or words[-1] in _STATEMENTS or "=" in words or "." in words[0]:
        return None
    if line.endswith("{") or len(words) > 1:
        return match["name"], "function"
    return None

"""How each language introduces a definition: one regular expression a language, for whole files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

_STATEMENTS = (
    "if|for|while|switch|catch|return|else|do|try|with|case|new|throw|await|yield|using|lock|"
    "foreach|assert|delete|typeof|goto|function|super|in|of|match|when|unless|until|elsif|elif"
)
_DEEPEST = 80
_NOT_A_STATEMENT = rf"(?!(?:{_STATEMENTS})\b)"
# Possessive and bounded: a call that is no definition costs one look at its arguments. Most hold
# no brackets, and a run of characters is matched in a tenth of the time of one after the other.
_ARGUMENTS = r"\((?>[^(){};]{0,600}+\)|(?:[^(){};]|\{[^{}]{0,300}+\}|\([^()]{0,300}+\)){0,600}+\))"
_WORDS = r"(?:(?:public|private|protected|internal|static|final|abstract|sealed|partial|export"
_WORDS += r"|default|declare|async|override|readonly|const|get|set|open|data|inline|unsafe) ++)*+"
_TYPE_WORD = r"(?:[\w<>\[\],.?&*~]|::)++"
_CLOSING = "end|fi|done|esac|rescue|ensure"
MACRO = "macro"
"""A kind of heads: a function to the reader, in the scope of nothing."""
LOGICAL_LINE = -1
"""For an indent: what is defined ends with its line, or with the lines that continue it."""

Search = Callable[[str, int, int], "re.Match[str] | None"]
"""Searches a text between two places."""


class Grammar(NamedTuple):
    """head: from a line break over the indent (group 1) to a name, a group for each of `kinds`.

    comments: how lines start that belong to the definition below them. hidden: regular expression
    of lines at the indent of a definition, or left of it, that do not end it. closing: words that
    start the last line of a definition, or one before its last part.
    """

    head: str
    kinds: tuple[str, ...]
    comments: tuple[str, ...]
    hidden: str = ""
    closing: str = ""

    def heads(self, text: str) -> Iterator[tuple[int, int, int, str, str]]:
        """(start of its line, end of its name, indent, kind, name) of definitions, in order.

        `text` starts with a line break.
        """
        for match in _compiled(self.head).finditer(text):
            group = match.lastindex or 2
            yield (
                match.start() + 1,
                match.end(group),
                len(match[1]),
                self.kinds[group - 2],
                match[group],
            )

    def ending(self, indent: int) -> Search:
        """Finds the line break before the first line that is outside of what is indented so."""
        return _ending(indent, self.hidden, self.closing)


@lru_cache(maxsize=64)
def _compiled(head: str) -> re.Pattern[str]:
    """Compiled on first use: all of them take longer than to find that no file changed."""
    return re.compile(head)


@lru_cache(maxsize=512)
def _ending(indent: int, hidden: str, closing: str) -> Search:
    if indent == LOGICAL_LINE:
        return re.compile(r"(?<!\\)\n").search
    shown = rf"(?!{hidden})" if hidden else ""
    same = r"(?=[^\s)}\]{])"
    if closing:
        same += rf"(?!(?:{closing})\b)"
    if not indent:
        return re.compile(rf"\n{shown}{same}").search
    # Most lines are indented deeper: they are done with at the first look.
    near = rf"(?=[ \t]{{0,{indent}}}+[^\s]){shown}"
    return re.compile(rf"\n{near}(?:[ \t]{{0,{indent - 1}}}+[^\s]|[ \t]{{{indent}}}{same})").search


def _grammar(
    heads: tuple[tuple[str, str], ...],
    starts: str = "",
    comments: tuple[str, ...] = ("//", "/*", "*", "@"),
    hidden: str = "",
    closing: str = "",
) -> Grammar:
    alternatives = "|".join(pattern for _, pattern in heads)
    look = f"(?=[{starts}])" if starts else r"(?=[\w#@$~*<(])"
    head = rf"\n([ \t]{{0,{_DEEPEST}}}+){look}(?:{alternatives})"
    return Grammar(head, tuple(kind for kind, _ in heads), comments, hidden, closing)


_ARROW = r"(?:async\b *)?(?:function\b|(?:<[^\n]{1,120}?>)?\([^()]{0,300}+\)[^=\n]{0,80}+=>"
_ARROW += r"|[\w$]{1,80}+ *+=>)"
# Up to the equals sign of a declaration, whose type may hold arrows.
_DECLARED = r"(?>[^=\n]{0,200}+(?==[^>])|(?=[^=\n]{0,199}+=>)(?:[^=\n]|=>){0,200}+)"
_SCRIPT = _grammar(
    (
        ("function", rf"{_WORDS}function\b *\*? *([\w$]+)"),
        ("class", rf"{_WORDS}class +([\w$]+)"),
        ("interface", rf"{_WORDS}interface +([\w$]+)"),
        ("enum", rf"{_WORDS}enum +([\w$]+)"),
        ("type", rf"{_WORDS}type +([\w$]+) *[=<]"),
        ("module", rf"{_WORDS}(?:namespace|module) +([\w$.]+) *\{{"),
        (
            "function",
            rf"(?:export +)?(?:const|let|var) +([\w$]++){_DECLARED}= *+"
            rf"(?:{_ARROW}|[\w.$]{{1,80}}+(?:<[^<>\n]{{1,80}}+>)?\((?:\(?\n|{_ARROW})|\(\n)",
        ),
        ("function", rf"([\w$]++(?:\.[\w$]++){{0,4}}+) *+[:=] *+{_ARROW}"),
        (
            "function",
            rf"{_WORDS}\*? *+{_NOT_A_STATEMENT}(#?[\w$]++)(?:<[^<>\n]{{0,100}}+>)?"
            rf" *+{_ARGUMENTS}(?:: *[^;{{}}\n]{{1,120}}+)?\s*+\{{",
        ),
    )
)
_TYPED_METHOD = (
    rf"{_NOT_A_STATEMENT}(?:@\w+(?:\([^()\n]{{0,80}}\))? +)?(?:{_TYPE_WORD} ++){{0,8}}+"
    rf"{_NOT_A_STATEMENT}(\w+){_ARGUMENTS}[^;{{}}()=]{{0,200}}(?:\{{|=>)"
)
_DECLARED_METHOD = (
    rf"{_NOT_A_STATEMENT}(?:{_TYPE_WORD} ++){{1,8}}+"
    rf"{_NOT_A_STATEMENT}(\w+){_ARGUMENTS}[^;{{}}()=]{{0,200}};"
)
_MANAGED = _grammar(
    (
        ("class", rf"{_WORDS}(?:static +)?(?:class|record)(?: +struct)? +(\w+)"),
        ("interface", rf"{_WORDS}@?interface +(\w+)"),
        ("enum", rf"{_WORDS}enum +(\w+)"),
        ("struct", rf"{_WORDS}(?:ref +)?struct +(\w+)"),
        ("module", r"namespace +([\w.]+)"),
        ("function", _TYPED_METHOD),
        ("function", _DECLARED_METHOD),
    ),
    comments=("//", "/*", "*", "@", "["),
)
_NATIVE = _grammar(
    (
        ("struct", r"(?:typedef +)?(?:struct|union) +(\w+)[^;(){}=]{0,200}\{"),
        ("enum", r"(?:typedef +)?enum +(?:class +)?(\w+)[^;(){}=]{0,200}\{"),
        ("class", r"class +(?:[A-Z_]+ +)?(\w+)[^;(){}=]{0,400}\{"),
        ("module", r"namespace +([\w:]+)"),
        (MACRO, r"#[ \t]*define +(\w+)\("),
        (
            "function",
            rf"{_NOT_A_STATEMENT}(?:{_TYPE_WORD}[ \n]++(?:[*&]++ *+)?(?!\()){{0,8}}+"
            rf"{_NOT_A_STATEMENT}([\w:~]+(?:<[^<>\n]{{0,80}}>::[\w~]+)?) ?{_ARGUMENTS}"
            r"(?:[^;{}()=]|\([^()]{0,300}+\)){0,300}\{",
        ),
    ),
    comments=("//", "/*", "*", "template"),
    hidden=r"[ \t]*(?:#|\w+:[ \t]*\n)",
)
_FN_WORDS = r'(?:(?:pub(?:\([\w: ]+\))?|default|const|async|unsafe|extern(?: +"[^"\n]*")?) ++)*+'
_RUST = _grammar(
    (
        ("function", rf"{_FN_WORDS}fn +(\w+)"),
        ("struct", rf"{_FN_WORDS}(?:struct|union) +(\w+)"),
        ("enum", rf"{_FN_WORDS}enum +(\w+)"),
        ("interface", rf"{_FN_WORDS}(?:auto +)?trait +(\w+)"),
        ("type", rf"{_FN_WORDS}type +(\w+)"),
        ("module", rf"{_FN_WORDS}mod +(\w+) *\{{"),
        ("function", r"macro_rules! *(\w+)"),
        ("class", rf"{_FN_WORDS}impl\b([^{{;]{{1,400}})"),
    ),
    "pdcauefsetmi",
    ("//", "/*", "*", "#["),
    r"[ \t]*where\b",
)
_GO = _grammar(
    (
        ("function", r"func +((?:\([^()\n]{0,120}\) *)?\w+)"),
        ("struct", r"(?:type +)?(\w+)(?:\[[^\]\n]*\])? +struct *\{"),
        ("interface", r"(?:type +)?(\w+)(?:\[[^\]\n]*\])? +interface *\{"),
        ("type", r"type +(\w+)"),
    ),
    comments=("//", "/*", "*"),
)
_PYTHON = _grammar(
    (("function", r"(?:async +)?def +(\w+)"), ("class", r"class +(\w+)")), "adc", ("@", "#")
)
_RUBY = _grammar(
    (
        ("function", r"(?:private +|protected +)?def +((?:self\.)?[\w?!=]+)"),
        ("class", r"class +([\w:]+)"),
        ("module", r"module +([\w:]+)"),
    ),
    "pdcm",
    ("#",),
    closing=_CLOSING,
)
_PHP_WORDS = r"(?:(?:public|private|protected|static|final|abstract|readonly) ++)*+"
_PHP = _grammar(
    (
        ("function", rf"{_PHP_WORDS}function +&?(\w+)"),
        ("class", rf"{_PHP_WORDS}(?:class|trait) +(\w+)"),
        ("interface", r"interface +(\w+)"),
        ("enum", r"enum +(\w+)"),
    ),
    comments=("//", "/*", "*", "#"),
)
_MODIFIERS = r"(?:@?[A-Za-z]{2,12}(?:\([\w. ]{1,40}\))? ++){0,6}?"
_KEYWORDS = {
    "function": "def|defp|function|fn|func|fun|sub|proc",
    "class": "class|object|extension|record|actor|impl",
    "interface": "interface|protocol|trait",
    "struct": "struct|union|message",
    "enum": "enum",
    "type": "type|typealias",
    "module": "module|defmodule|namespace|mod",
}
_GENERIC = _grammar(
    (
        *(
            (
                kind,
                rf"{_MODIFIERS}(?:{keywords})\b\*? *"
                r"(?:<[^<>\n]{0,80}> *)?(?:[\w<>?]{1,80}\.(?=[\w$]+ *\())?"
                r"([A-Za-z_$][\w$]*+|`[^`\n]{1,120}`)(?=[^\n]{0,200}[{:(,)=\[;>}]|[ \t]*\n)",
            )
            for kind, keywords in _KEYWORDS.items()
        ),
        ("function", rf"{_MODIFIERS}(init|deinit)\??(?= *[({{<])"),
    ),
    "A-Za-z@",
    ("//", "/*", "*", "@", "--", "#"),
    closing=_CLOSING,
)
_SHELL = _grammar(
    (("function", r"function +([\w:.-]+)"), ("function", r"([\w:.-]+) *\(\)")),
    comments=("#",),
    closing=_CLOSING,
)
_BY_LANGUAGE = {
    "python": _PYTHON,
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "vue": _SCRIPT,
    "svelte": _SCRIPT,
    "go": _GO,
    "rust": _RUST,
    "java": _MANAGED,
    "csharp": _MANAGED,
    "c": _NATIVE,
    "cpp": _NATIVE,
    "ruby": _RUBY,
    "php": _PHP,
    "bash": _SHELL,
}
UNDEFINED = frozenset(("", "css", "sql", "make", "docker", "cmake"))
"""Languages whose files define nothing that can be found by its name."""


def grammar(language: str) -> Grammar | None:
    """The grammar of a language as `detect.language` names it; None for what defines nothing."""
    return None if language in UNDEFINED else _BY_LANGUAGE.get(language, _GENERIC)

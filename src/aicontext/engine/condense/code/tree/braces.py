"""Bodies of functions in braces, found by how they are indented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_DEEPEST = 40
"""Blanks before the head of a function that is looked at; bounds how often a line is read."""
_LONGEST = 24
"""Lines by which a head goes on."""
_PLAIN = bytes(set(range(256)) - {*b'()[]{}\\*#`"'})
"""All but what may go on over the end of a line."""
_QUOTED = re.compile(
    rb"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`[^`]*+`|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/"
)
"""Texts and comments, of which what they hold is no code."""


@dataclass(frozen=True, slots=True)
class Braces:
    """How functions look in a language with braces.

    head: a function's first lines up to the brace, and its body down to the brace that closes it.
    opens: the lines before the brace of a function. defines: what a definition in a body has,
    each with the word that it begins with, for which a text is searched the fastest.
    """

    head: re.Pattern[bytes]
    opens: re.Pattern[bytes]
    defines: tuple[tuple[bytes, re.Pattern[bytes]], ...]

    @classmethod
    def of(cls, begins: str, *defines: str, opens: str = ".*") -> Braces:
        head = (
            rf"\n(?P<outer>[ \t]{{0,{_DEEPEST}}}+)(?P<head>{begins}[^\r\n]*+"
            rf"(?:(?<![;{{}}])\r?\n(?P=outer)(?=[ \t)\]{{>:-]|where\b)[^\r\n]*+){{0,{_LONGEST}}}+)"
            r"(?<=\{)\r?\n(?P<body>(?:(?P=outer)[ \t]++[^\n]*+\n|[ \t\r]*+\n|#[^\n]*+\n"
            r"|[ \t]*+\w++:\r?\n)*+)(?P=outer)\}"
        )
        return cls(
            re.compile(head.encode()),
            re.compile(opens.encode(), re.DOTALL),
            tuple((_first_word(piece), re.compile(piece.encode())) for piece in defines),
        )

    def bodies(self, source: bytes) -> Iterator[tuple[int, int]]:
        """(start of the first line, end of the last) of each that defines nothing, in order."""
        at = 0
        while head := self.head.search(source, at):
            start, end = head.span("body")
            at = start - 1
            opens = self.opens.fullmatch(head["head"][:-1].rstrip())
            piece = source[start - 1 : end]
            if not opens or self._defines(piece):
                continue
            if _is_closed(piece) or _is_closed(_QUOTED.sub(b"", piece)):
                yield start, end
                at = end - 1

    def _defines(self, piece: bytes) -> bool:
        # Not `in`: bytes first try whether it is a number, and make an error of it.
        found = (defines for word, defines in self.defines if piece.find(word) >= 0)
        return any(defines.search(piece) for defines in found)


def _first_word(pattern: str) -> bytes:
    found = re.match(r"\w*", pattern)
    return found[0].encode() if found else b""


def is_balanced(piece: bytes) -> bool:
    """Whether as many brackets are closed as opened."""
    count = piece.translate(None, _PLAIN).count
    return count(b"(") == count(b")") and count(b"[") == count(b"]") and count(b"{") == count(b"}")


def _is_closed(piece: bytes) -> bool:
    """Whether no bracket, comment, text or branch of a preprocessor seems to go on over the end."""
    signs = piece.translate(None, _PLAIN)
    return (
        is_balanced(signs)
        and signs.count(b"`") % 2 == 0
        and signs.count(b'"') % 2 == (piece.count(b'\\"') % 2 if signs.find(b"\\") >= 0 else 0)
        and (signs.find(b"*") < 0 or _has_whole_comments(piece))
        and (signs.find(b"#") < 0 or piece.count(b"#if") == piece.count(b"#endif"))
    )


def _has_whole_comments(piece: bytes) -> bool:
    return piece.count(b"/*") == piece.count(b"*/") and piece.find(b"/*") <= piece.find(b"*/")


def _words(words: str) -> tuple[str, ...]:
    """Words, each of them whole."""
    return tuple(rf"{word}(?<!\w{word})\b" for word in words.split())


_TYPED = r"[\w@~\[<][^\r\n(;={}]*+(?<=\S)\("
"""How a function without a keyword begins."""
_OPENS = (
    r"(?!.*\b(?:class|interface|enum|record|namespace|concept|new|typedef)\b)"
    r"(?!(?:@[\w.]++(?:\([^()\r\n]*+\))? )+\w+ ?\()"
    r".*\)(?:\s*+(?:const|override|final|noexcept|throws[\s\w.,]++|where.*+))*+"
)
_TYPES = ("struct", "union", "enum", "class")
_STRUCTS = tuple(rf"{word}(?<!\w{word})\b[^;(){{}}=]{{0,400}}+\{{" for word in _TYPES)
_CONTROL = "if|for|while|switch|catch|return|await|yield|throw|new|else|case|goto|var|using|lock"
_BRANCH = r"(?:if|for|while|switch|with|else)\b"

BRACES: Mapping[str, Braces] = {
    "go": Braces.of(r"func\b", r"type(?<![\w(]type)\b"),
    "rust": Braces.of(
        r"(?:pub(?:\([^)\n]*\))? |async |const |unsafe |default |extern \"C\" )*+fn\b",
        *_words("fn struct enum trait macro_rules impl mod"),
        *(rf"{word}(?<!\w{word})[ \t]+\w+[ \t]*[=<:{{]" for word in ("type", "union")),
    ),
    "java": Braces.of(
        rf"(?![\w@.]+ ?\(){_TYPED}",
        *(rf"{word}(?<![.\w]{word})[ \t]" for word in ("class", "interface", "enum", "record")),
        r"new\b[^;{}n]*+(?:n(?!ew\b)[^;{}n]*+)*+(?:(?<=\))|(?<=\)\s))\{(?!\})",
        opens=_OPENS,
    ),
    "c": Braces.of(_TYPED, *_STRUCTS, *_words("typedef"), opens=_OPENS),
    "cpp": Braces.of(_TYPED, *_STRUCTS, *_words("typedef"), r"using[ \t]+\w+[ \t]*=", opens=_OPENS),
    "csharp": Braces.of(
        _TYPED,
        *_words("class struct interface enum record delegate"),
        rf"\n[ \t]*+(?!(?:{_CONTROL})\b)(?:(?:static|async|unsafe|extern) )*+[\w<>\[\],.?()]++"
        r"(?:, ?[\w<>\[\],.?()]++)*+ +\w++(?:<[^>\n]*+>)?+ *\(",
        opens=rf"(?!.*\bstruct\b){_OPENS}",
    ),
    "javascript": Braces.of(
        rf"(?!{_BRANCH}|(?:return|throw|await|class|catch)\b)[\w$*#][^\r\n=(:]*+[=(:]",
        r"=>",
        r"function\b",
        r"class\b",
        rf"\n(?P<at>[ \t]*+)(?!{_BRANCH})[*#\w$\[\"'][^\n(]*+"
        rf"\((?:[^\n]*\)|[{{\[]?+\r?\n(?:(?P=at)[ \t][^\n]*+\n){{0,{_LONGEST}}}+(?P=at)[}}\]]?\))"
        r" ?\{",
        opens=r"(?:(?:export |default |async )*+function\b\*? *[\w$]"
        r"|(?:(?:export )?+(?:const|let|var) )?+[\w$.]++(?: =|:) (?:async )?+"
        r"(?:function\b|\([^()\r\n]*+\) =>|[\w$]++ =>)"
        r"|(?:(?:static|async|get|set) )*+(?!function\b)[*#]?[\w$]++\((?!.*(?:=>|\bfunction\b))).*",
    ),
    "php": Braces.of(
        r"(?:(?:abstract|final|public|protected|private|static) )*+function\b",
        r"function[ \t]+&?\w",
        r"class(?<![\w:]class)\b",
        *_words("trait interface enum const"),
        r"<<<",
    ),
    "kotlin": Braces.of(
        r"(?:@?\w+ )*?fun\b(?! interface)",
        r"class(?<![\w:]class)\b",
        *_words("fun object interface typealias"),
    ),
    "swift": Braces.of(
        r"(?:[\w@()]+ )*?(?:func|init)\b",
        *_words("func class struct enum actor protocol typealias"),
    ),
    "scala": Braces.of(
        r"(?:[\w\[\]]+ )*?def\b", *_words("def class object trait enum type given extension")
    ),
}

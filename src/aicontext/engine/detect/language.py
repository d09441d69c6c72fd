"""Which language source text is in: by file name, by shebang, by its own lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from aicontext.engine.detect.shapes import alternatives

_PATH = re.compile(
    r"(?<![\w*?])[\w@+-][\w./@+-]{0,200}\.[A-Za-z]\w{0,10}(?![\w*])|(?i:makefile|dockerfile)"
)


def paths_in(command: str) -> list[str]:
    """Names of files in a shell command or in a tool's arguments (its first 2,000 characters)."""
    return _PATH.findall(command[:2_000])


_INTERPRETERS = {"python": "python", "node": "javascript", "bash": "bash", "sh": "bash"}
_INTERPRETERS |= {"zsh": "bash", "ruby": "ruby", "php": "php", "perl": "perl", "deno": "typescript"}

_BRACED = "javascript typescript tsx java c cpp csharp php kotlin swift scala"
_ENDED = "javascript typescript tsx java c cpp csharp php rust"
_OPEN = "python go kotlin swift ruby javascript typescript tsx rust scala"
"""Languages with blocks in braces; whose statements end in a semicolon; in none."""

# Each line is an alternative; the first group that matches a line without its indent wins, and
# votes for all languages it names.
_CUE, _SPEAKS_FOR = alternatives(
    (
        ("c cpp", r"#include\s*[<\"]|#(?:ifdef|ifndef|define|endif|pragma)\b"),
        (
            "php",
            r"""
            <\?php
            \$\w+(?:->\w+|\s*=[^=]).*;$
            use [A-Z]\w*\\[\w\\]+;
            namespace [\w\\]+\\\w+;
            """,
        ),
        (
            "python",
            r"""
            (?:async )?def \w+\(.*(?::|\($|,$)
            (?:if|elif|for|with|while|try|else|except|finally)\b[^{]*:$
            class \w+(?:\(.*\))?:$
            from \.*[\w.]+ import[ ]
            self\.\w+|return self\b|\"\"\"|raise \w+|assert[ ]
            pass$|yield[ ]|import \w+(?:\.\w+)?(?:, \w+)*(?: as \w+)?$
            """,
        ),
        (
            "kotlin",
            r"""
            (?:(?:public|private|internal|protected|override|abstract|open|inline|suspend) )*fun[ ]
            (?:data|sealed) (?:class|interface)[ ]|(?:private |override |internal )*lateinit var[ ]
            when(?: \(.*\))? \{$|companion object
            """,
        ),
        ("kotlin scala", r"package [a-z]\w*(?:\.\w+)+$|(?:private |override )*val \w+(?:: \w| = )"),
        ("kotlin scala python", r"import [a-z]\w*(?:\.[\w*`]+){2,}(?: as \w+)?$"),
        (
            "javascript typescript tsx",
            r"""
            import (?:type )?(?:\{|\*|\w+[ ,]).*(?:from ['\"]|\{$)
            \} from ['\"]|import ['\"]|['\"]use strict['\"]
            """,
        ),
        (
            "typescript tsx",
            r"""
            export (?:type|interface|enum|abstract|declare)[ ]
            interface \w+(?:<.*>)? (?:extends .*)?\{
            type \w+(?:<.*>)? =[ ]
            (?:public |private |protected |readonly )?\w+\??: (?:string|number|boolean|Promise<)
            (?:public |private |protected |readonly )?\w+\??: (?:void|unknown|any)\b
            """,
        ),
        (
            "javascript typescript tsx",
            r"""
            export (?:default|const|function|class|async|\{)
            const (?:[\w$]+(?:: [^=]+)?|[{\[][^=]*[}\]]) = ?.*[;{(\[]$
            (?:let|var) [{\[][^=]*[}\]] ?=
            (?:async )?function\*? ?\w*\(|.*\bfunction ?\w*\(.*\{$
            (?:async |static |get |set )*[\w$#]+\([^;]*\) \{$
            module\.exports|require\(['\"]|console\.\w+\(|(?:describe|it|test|expect)\(
            \}\);?$|\}, \[[^\]]*\]\);?$
            """,
        ),
        (
            "tsx javascript",
            r"""
            </?[A-Z]\w*[ />]
            </?(?:div|span|button|p|a|ul|li|h\d)\b.*className=
            className=
            """,
        ),
        (
            "go",
            r"""
            package \w+$
            func (?:\(\w+ \*?\w+(?:\[[^\]]*\])?\) )?\w+\(
            type \w+ (?:struct|interface|func)\b
            \w+(?:, \w+)* :=[ ]|(?:if|for|switch) .* := .*\{$|go func\(
            if err != nil|defer |(?:import|const|var|type) \($|import \"|return nil\b
            (?:[\w.]+ )?\"[\w.~-]+(?:/[\w.~-]+)*\"$|\w+ +[\w.*\[\]]+ +`\w+:
            var \w+ [*\[\]\w.]+
            """,
        ),
        (
            "rust",
            r"""
            (?:pub(?:\(\w+\))? )?(?:async |const |unsafe )*fn \w+[(<]
            (?:pub(?:\(\w+\))? )?(?:impl|trait|mod|enum|struct)\b.*[{;(<]
            use (?:\w+::)+|let mut |#!?\[\w|\w+!\(|(?:Ok|Err|Some)\(
            (?:pub(?:\(\w+\))? )?(?:use|mod) [\w:]+;|(?:match|while let|if let) .*\{$
            """,
        ),
        ("csharp", r"using (?:static )?[A-Z][\w.]*;|namespace [A-Z][\w.]+(?: \{|;)?$"),
        ("java", r"import (?:static )?[a-z]\w*(?:\.\w+)+(?:\.\*)?;|package [\w.]+;|@Override\b"),
        (
            "java csharp",
            r"(?:public|private|protected|internal)(?: (?:static|final|abstract|override|async))*"
            r" [\w<>\[\],.? ]+[ (]",
        ),
        (
            "cpp",
            r"""
            std::|template ?<|using namespace |namespace \w* ?(?:\{|$)|(?:\w+ )?\w+::~?\w+\(
            (?:public|private|protected):$|(?:virtual|explicit|friend|typename)[ ]
            """,
        ),
        (
            "c cpp",
            r"""
            (?:static |const |inline |extern |unsigned )*struct \w+ \*{0,2}\w+ ?[(=;\[]
            (?:static |const |inline |extern |unsigned )*[a-z]\w*_t \*{0,2}\w+ ?[(=;\[]
            (?:static |const |inline )*(?:int|void|char|double|float|bool) \*{0,2}\w+ ?[(=;\[,]
            \w+->\w+|typedef |extern |#(?:if|else|elif|undef|error)\b|(?:un)?signed[ ]
            """,
        ),
        (
            "scala",
            r"""
            (?:case class|object|trait|implicit) \w+
            def \w+(?:\[[^\]]*\])?(?:\(.*\))?(?:: [\w\[\], ]+)? =[ ]
            case .* =>
            """,
        ),
        (
            "swift",
            r"""
            import (?:UIKit|Foundation|SwiftUI|Combine)
            guard (?:let|var)[ ]
            (?:\w+ ){0,4}func \w+(?:<.*>)?\(.*(?:->|\{)
            (?:public |private )?(?:struct|extension|protocol) \w+(?:: .*)? \{
            @\w+ var[ ]
            """,
        ),
        (
            "ruby",
            r"""
            require(?:_relative)? ['\"]
            def (?:self\.)?\w+[?!]?(?:\(.*\))?$
            end$|module [A-Z]\w*$|class [A-Z]\w*(?: < .*)?$|attr_\w+ :
            .{0,150} do(?: \|[^|]*\|)?$
            """,
        ),
        (
            "bash",
            r"""
            if \[\[? |fi$|done$|esac$|then$|echo [\"'$]|export \w+=|local \w+|set -[eux]
            \w+=(?:\$\(|\"\$)
            .*; (?:then|do)$
            """,
        ),
        (
            "sql",
            r"""
            (?i:select .* from|select$|insert into|alter table|drop table|(?:left |inner )?join \w+)
            (?i:create (?:or replace )?(?:table|view|index|function))
            (?i:from \w+(?: \w+)?$)
            """,
        ),
        ("javascript typescript tsx go kotlin swift csharp", r"(?:const|var) \w+(?:: .+)? ?= ?."),
        ("javascript typescript tsx rust swift", r"let [\w(].* = ?."),
        ("javascript typescript tsx csharp scala rust", r".*\)? => ?(?:\{|\(|\w.*)?$"),
        ("go rust swift", r"(?:\} )?(?:else )?(?:if|for|switch|select|while|loop)\b[^(]*\{$"),
        (
            _BRACED,
            r"(?:\} ?)?(?:else )?(?:if|for|foreach|while|switch|catch) ?\(.*[{(&|)]$|\} ?else",
        ),
        ("go java c cpp csharp javascript typescript tsx php swift", r"case .+:$|default:$"),
        (_ENDED, r"(?:return|throw|break|continue)\b.*;$|[\w$.>\[\]-]+(?: [+*/|-]?= |\().*;$"),
        (_OPEN, r"(?:return|break|continue)\b[^;]*$|(?:[\w.]+ = )?(?:await )?[\w.]+\(.*[(){]$"),
        (
            "css",
            r"(?!if\b|for\b|while\b|switch\b|else\b|class\b)"
            r"[.#@]?\w[\w .:>()#,-]{0,100} \{$|[a-z-]+: [^:]+;$",
        ),
    )
)  # fmt: skip
_ENDS = ("{", "}", ";", "(", ");", "):", "[", "],", "},", "})", "=>", "*/", "/>", ")", "]")
_STARTS = ("//", "/*", "* ", "}", ")", "@", "#[", "return ", "import ", "</", "if (", "for (")


def by_shebang(line: str) -> str:
    """The language a first line `#!...` names; empty when it names none."""
    if not line.startswith("#!"):
        return ""
    names = re.findall(r"[a-z]+", line[2:200])
    return next((_INTERPRETERS[name] for name in reversed(names) if name in _INTERPRETERS), "")


def by_lines(lines: Sequence[str]) -> tuple[str, float, float]:
    """(likely language, share of lines that speak for it, share of lines that look like code)."""
    votes: Counter[str] = Counter()
    cues = coded = 0
    for raw in lines:
        line = raw.strip()
        match = _CUE.match(line)
        if match is not None:
            cues += 1
            for language in _SPEAKS_FOR[int((match.lastgroup or "g0")[1:])].split():
                votes[language] += 1
        coded += match is not None or line.endswith(_ENDS) or line.startswith(_STARTS)
    if not votes:
        return "", 0.0, coded / max(len(lines), 1)
    # Elements are written in scripts with and without types; a parser of both reads either.
    elements = votes["tsx"] > votes["typescript"]
    language, most = max(votes.items(), key=lambda vote: (vote[1], elements and vote[0] == "tsx"))
    return language, most / len(lines), coded / len(lines)

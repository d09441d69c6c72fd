"""Which language or format a file is in, by the end of its name."""

from __future__ import annotations

LANGUAGES = {
    "python": "py pyi pyw pyx",
    "javascript": "js mjs cjs jsx",
    "typescript": "ts mts cts",
    "tsx": "tsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx cu ino",
    "csharp": "cs",
    "ruby": "rb rake gemspec",
    "php": "php phtml",
    "kotlin": "kt kts",
    "swift": "swift",
    "scala": "scala sc sbt",
    "bash": "sh bash zsh ksh bats",
    "sql": "sql",
    "css": "css scss sass less",
    "lua": "lua",
    "perl": "pl pm",
    "r": "r",
    "julia": "jl",
    "haskell": "hs",
    "elixir": "ex exs",
    "erlang": "erl hrl",
    "clojure": "clj cljs cljc",
    "dart": "dart",
    "vue": "vue",
    "svelte": "svelte",
    "proto": "proto",
    "graphql": "graphql gql",
    "terraform": "tf hcl",
    "zig": "zig",
    "make": "mk",
    "powershell": "ps1 psm1",
}
"""Extensions by language, for kinds read as code."""
FORMATS = {
    "yaml": "yaml yml",
    "toml": "toml",
    "ini": "ini cfg conf properties env",
    "xml": "xml xsd xsl svg plist csproj pom xaml",
    "html": "html htm xhtml",
}
PROSE = {"markdown": "md mdx markdown", "rst": "rst", "asciidoc": "adoc"}
DATA = {"json": "json json5 jsonc ipynb webmanifest", "jsonl": "jsonl ndjson"}
TABLES = {"csv": "csv", "tsv": "tsv"}


def _by_extension(families: dict[str, str]) -> dict[str, str]:
    return {ext: name for name, exts in families.items() for ext in exts.split()}


CODE_OF = _by_extension(LANGUAGES)
CONFIG_OF = _by_extension(FORMATS)
PROSE_OF = _by_extension(PROSE)
JSON_OF = _by_extension(DATA)
TABLE_OF = _by_extension(TABLES)
_NAMES = {"makefile": "make", "dockerfile": "docker", "rakefile": "ruby", "gemfile": "ruby"}
_NAMES |= {"jenkinsfile": "java", "build": "python", "cmakelists.txt": "cmake"}


def extension(path: str) -> str:
    """The lower-case extension without its dot, or a whole lower-case name without one."""
    name = path.rsplit("/", 1)[-1].rsplit("\\", 1)[-1].lower()
    if name in _NAMES:
        return name
    return name.rsplit(".", 1)[-1] if "." in name else ""


def code_language(extension: str) -> str:
    """The language that files of this extension (or name) are in; empty when it is none."""
    return CODE_OF.get(extension) or _NAMES.get(extension, "")

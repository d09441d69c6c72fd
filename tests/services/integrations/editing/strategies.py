"""Generated documents, as people and programs write them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from aicontext.domain.tools import Format

KEYS = st.sampled_from(["a", "b", "env", "mcpServers", "with space", "x.y", "ünï", "#k", "1"])
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "a # b",
        "// c",
        "it's",
        'say "x"',
        "tab\there",
        "two\nlines",
        "日本 🎉",
        "C:\\x",
        "[x]",
        "true",
    ]
)
SCALARS = TEXTS | st.booleans() | st.integers(-9, 10**12) | st.floats(-1e9, 1e9)


def tables(values, least=0):
    return st.dictionaries(KEYS, values, min_size=least, max_size=4)


DATA = tables(
    st.recursive(SCALARS, lambda inner: tables(inner) | st.lists(inner, max_size=3), max_leaves=8)
)


@st.composite
def jsons(draw, data, comments=False):
    """JSON on one line or in lines, by any indentation; with comments and commas if wanted."""
    unit = draw(st.sampled_from(["", "  ", "    ", "\t"]))
    spaced = draw(st.booleans()) or bool(unit)
    comma = comments and draw(st.booleans())

    def note(start):
        if not comments or draw(st.integers(0, 3)):
            return ""
        return " // note, { [" if start and unit else " /* a, } */"

    def shown(value, depth):
        if not isinstance(value, dict | list) or not value:
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        lead = "\n" + unit * (depth + 1) if unit else ""
        parts = []
        for one in value:
            key = f"{json.dumps(one)}:{' ' if spaced else ''}" if opening == "{" else ""
            parts.append(key + shown(value[one] if key else one, depth + 1))
        body = ""
        for at, part in enumerate(parts):
            last = at == len(parts) - 1
            separator = "," if not last or comma else ""
            blank = " " if spaced and not unit and not last else ""
            body += f"{lead}{part}{note(False)}{separator}{note(True)}{blank}"
        return opening + body + ("\n" + unit * depth if unit else "") + closing

    return note(True).strip() + ("\n" if comments and unit else "") * 1 + shown(data, 0)


def _toml_key(name):
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _toml_inline(draw, value):
    def inline(one):
        return _toml_inline(draw, one)

    if isinstance(value, dict):
        pairs = ", ".join(f"{_toml_key(k)} = {inline(v)}" for k, v in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        if value and draw(st.booleans()):
            return "[\n" + "".join(f"  {inline(v)}, # one ]\n" for v in value) + "]"
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, str) and "'" not in value and "\\" not in value and draw(st.booleans()):
        return f"'{value}'" if "\n" not in value else f"'''{value}'''"
    return json.dumps(value, ensure_ascii=False)


def _toml_table(draw, path, value):
    """The lines of a table: first its keys, then those of its values that have a header."""
    sections = []
    for name, one in value.items():
        rows = isinstance(one, list) and one and all(isinstance(x, dict) for x in one)
        if (isinstance(one, dict) or rows) and draw(st.booleans()):
            sections.append((name, one if rows else [one], bool(rows)))
        elif isinstance(one, dict) and one and not path and draw(st.booleans()):
            for k, v in one.items():
                yield f"{_toml_key(name)}.{_toml_key(k)} = {_toml_inline(draw, v)}"
        else:
            note = " # why" * draw(st.integers(0, 1))
            yield f"{_toml_key(name)} = {_toml_inline(draw, one)}{note}"
    for name, elements, rows in sections:
        header = ".".join(map(_toml_key, (*path, name)))
        for element in elements:
            yield from draw(st.sampled_from([[], ["# about"], ["", "# about"], [""]]))
            yield f"[[{header}]]" if rows else f"[{header}]"
            yield from _toml_table(draw, (*path, name), element)


@st.composite
def tomls(draw, data):
    """TOML with keys, sections, dotted keys, inline tables, arrays of tables and comments."""
    lines = ["# first"] * draw(st.integers(0, 1))
    return "\n".join([*lines, *_toml_table(draw, (), data)])


@st.composite
def yamls(draw, data):
    """YAML in blocks and brackets, with comments, and lists at two depths."""
    unit = draw(st.sampled_from(["  ", "    ", "   "]))
    flush = draw(st.booleans())

    def scalar(value):
        if isinstance(value, str) and value.isalnum() and value not in ("true", "1"):
            return draw(
                st.sampled_from([value, f"'{value}'", json.dumps(value, ensure_ascii=False)])
            )
        return json.dumps(value, ensure_ascii=False)

    def key(name):
        return name if name.isalpha() else json.dumps(name, ensure_ascii=False)

    def block(value, indent):
        note = " # note: x" if draw(st.integers(0, 3)) == 0 else ""
        if isinstance(value, str) and "\n" in value and draw(st.booleans()):
            inner = "".join(f"\n{indent}{line}" for line in value.split("\n"))
            return f" |-{inner}"
        if not isinstance(value, dict | list) or not value:
            return f" {scalar(value)}{note}"
        if draw(st.integers(0, 4)) == 0:
            return f" {json.dumps(value, ensure_ascii=False)}{note}"
        if isinstance(value, dict):
            rows = "".join(
                f"\n{indent}{key(k)}:{block(v, indent + (unit if deeper(v) else ''))}"
                for k, v in value.items()
            )
        else:
            rows = "".join(f"\n{indent}-{element(v, indent)}" for v in value)
        return f"{note}{rows}"

    def deeper(value):
        return not (isinstance(value, list) and flush)

    def element(value, indent):
        if isinstance(value, dict) and value and draw(st.booleans()):
            inner = block(value, indent + "  ")
            head, _, rest = inner.partition("\n")
            return f" {rest.lstrip()}" if not head.strip() else inner
        return block(value, indent + "  ")

    body = block(data, "") if data else ""
    return ("# first\n" * draw(st.integers(0, 1)) + body.lstrip(" \n")) if data else "# none"


@st.composite
def inis(draw, data):
    lines = []
    for name, value in data.items():
        lines.append(f"[{name}]" + " ; note" * draw(st.integers(0, 1)))
        for key, one in value.items():
            lines.append(f"{key}{draw(st.sampled_from(['=', ' = ', ': ']))}{one}")
            lines.extend(["", "# comment"][: draw(st.integers(0, 2))])
    return "\n".join(lines)


@st.composite
def envs(draw, data):
    lines = []
    for key, one in data.items():
        mark = draw(st.sampled_from(["", "export "]))
        quote = (
            draw(st.sampled_from(["'", '"'])) if " " in one else draw(st.sampled_from(["", "'"]))
        )
        lines.append(f"{mark}{key}={quote}{one}{quote}" + " # note" * draw(st.integers(0, 1)))
        lines.extend(["", "# X=1"][: draw(st.integers(0, 2))])
    return "\n".join(lines)


WORDS = st.sampled_from(["x", "http://127.0.0.1:1/v1", "a b", "1"])
NAMES = st.sampled_from(["A", "OPENAI_BASE_URL", "b_c"])


@st.composite
def documents(draw):
    """(format, data, text), with line ends and a last line's end of either kind."""
    kind = draw(st.sampled_from([one for one in Format if one is not Format.TEXT]))
    if kind is Format.MARKDOWN:
        text = draw(st.sampled_from(["", "# Rules", "# Rules\n\nDo.\n", "---\na: b\n---\n"]))
        data = {}
    elif kind is Format.INI:
        data = draw(st.dictionaries(NAMES, st.dictionaries(NAMES, WORDS, max_size=3), max_size=3))
        text = draw(inis(data))
    elif kind is Format.ENV:
        data = draw(st.dictionaries(NAMES, WORDS, max_size=3))
        text = draw(envs(data))
    else:
        data = draw(DATA)
        text = draw(_RENDERED[kind](data))
    text = text.rstrip("\n") + draw(st.sampled_from(["", "\n"])) if text else text
    return kind, data, text.replace("\n", "\r\n") if draw(st.booleans()) else text


_RENDERED = {
    Format.JSON: jsons,
    Format.JSONC: lambda data: jsons(data, comments=True),
    Format.TOML: tomls,
    Format.YAML: yamls,
}

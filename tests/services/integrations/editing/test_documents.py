from __future__ import annotations

import pytest

from aicontext.domain.errors import InvalidInput, Malformed
from aicontext.domain.tools import Format
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.editing.tree import Entry

SERVER = {"command": "aicontext", "args": ["mcp"]}
NAMED = Entry("name", "aicontext")

PUT = {
    "json: into a table": (
        Format.JSON,
        '{\n  "mcpServers": {\n    "other": {"command": "x"} // theirs\n  }\n}\n',
        ("mcpServers", "aicontext"),
        SERVER,
        '{\n  "mcpServers": {\n    "other": {"command": "x"}, // theirs\n    "aicontext": {\n'
        '      "command": "aicontext",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}\n',
    ),
    "json: trailing comma, tabs, CRLF": (
        Format.JSONC,
        '{\r\n\t"a": 1,\r\n}\r\n',
        ("env", "X"),
        "y",
        '{\r\n\t"a": 1,\r\n\t"env": {\r\n\t\t"X": "y"\r\n\t},\r\n}\r\n',
    ),
    "json: one line": (
        Format.JSON,
        '{"a":1,"b":{"c":[1,2]}}',
        ("b", "d"),
        {"e": 1},
        '{"a":1,"b":{"c":[1,2],"d":{"e":1}}}',
    ),
    "json: empty": (Format.JSON, "{}", ("a",), 1, '{\n  "a": 1\n}'),
    "json: no text": (Format.JSON, "", ("a", "b"), 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'),
    "json: comment in an empty table": (
        Format.JSONC,
        "{ // none yet\n}\n",
        ("a",),
        1,
        '{ // none yet\n  "a": 1\n}\n',
    ),
    "json: a list": (
        Format.JSON,
        '[\n  {"name": "x"}\n]\n',
        (NAMED,),
        {"name": "aicontext"},
        '[\n  {"name": "x"},\n  {\n    "name": "aicontext"\n  }\n]\n',
    ),
    "toml: before the tables": (
        Format.TOML,
        '# mine\nmodel = "x" # why\n\n[a]\nb = 1\n',
        ("openai_base_url",),
        "u",
        '# mine\nmodel = "x" # why\nopenai_base_url = "u"\n\n[a]\nb = 1\n',
    ),
    "toml: no key before the tables": (
        Format.TOML,
        "[a]\nb = 1\n",
        ("u",),
        "x",
        'u = "x"\n\n[a]\nb = 1\n',
    ),
    "toml: a section": (
        Format.TOML,
        "[mcp_servers.other]\ncommand = 'x'",
        ("mcp_servers", "aicontext"),
        SERVER,
        "[mcp_servers.other]\ncommand = 'x'\n\n[mcp_servers.aicontext]\n"
        'command = "aicontext"\nargs = ["mcp"]',
    ),
    "toml: a key of a section": (
        Format.TOML,
        "[env]\nA = 1 # one\n\n[z]\n",
        ("env", "B"),
        "x",
        '[env]\nA = 1 # one\nB = "x"\n\n[z]\n',
    ),
    "toml: an element": (
        Format.TOML,
        "[[mcp_servers]]\nname = 'x'\n",
        ("mcp_servers", NAMED),
        {"name": "aicontext", "args": ["mcp"]},
        '[[mcp_servers]]\nname = \'x\'\n\n[[mcp_servers]]\nname = "aicontext"\nargs = ["mcp"]\n',
    ),
    "toml: inline": (
        Format.TOML,
        "mcp = { a = 1 }\nl = [\n  1, # one\n]\n",
        ("mcp", "b"),
        {"c": 2},
        "mcp = { a = 1, b = { c = 2 } }\nl = [\n  1, # one\n]\n",
    ),
    "toml: dotted": (
        Format.TOML,
        "env.A = 1\nx = 2\n",
        ("env", "B"),
        3,
        "env.A = 1\nenv.B = 3\nx = 2\n",
    ),
    "yaml: a block": (
        Format.YAML,
        "extensions:\n    other:\n        cmd: x # theirs\n# end\n",
        ("extensions", "aicontext"),
        {"cmd": "aicontext", "args": ["mcp"], "timeout": 300, "on": True},
        "extensions:\n    other:\n        cmd: x # theirs\n    aicontext:\n        cmd: aicontext\n"
        '        args:\n            - mcp\n        timeout: 300\n        "on": true\n# end\n',
    ),
    "yaml: an element": (
        Format.YAML,
        "mcpServers:\n- name: x\n  args: [a]\nz: 1\n",
        ("mcpServers", NAMED),
        {"name": "aicontext", "command": "c"},
        "mcpServers:\n- name: x\n  args: [a]\n- name: aicontext\n  command: c\nz: 1\n",
    ),
    "yaml: nothing yet": (
        Format.YAML,
        "mcp: # servers\nz: 1",
        ("mcp", "a"),
        {"b": "1"},
        'mcp: # servers\n  a:\n    b: "1"\nz: 1',
    ),
    "yaml: brackets": (Format.YAML, "mcp: {}\n", ("mcp", "a"), "x", "mcp: {a: x}\n"),
    "yaml: behind a text of lines": (
        Format.YAML,
        "a: |\n  x\n  y\n\nb: 1\n",
        ("a2",),
        "u",
        "a: |\n  x\n  y\n\nb: 1\na2: u\n",
    ),
    "yaml: empty": (Format.YAML, "# nothing\n", ("a", "b"), "c", "# nothing\na:\n  b: c\n"),
    "ini": (
        Format.INI,
        "[a]\nx = 1\n\n[b]\ny: 2 ; two\n",
        ("a", "z"),
        "u",
        "[a]\nx = 1\nz = u\n\n[b]\ny: 2 ; two\n",
    ),
    "ini: a section": (Format.INI, "[a]\nx=1\n", ("b", "z"), "u", "[a]\nx=1\n\n[b]\nz = u\n"),
    "env": (
        Format.ENV,
        "# k\nexport A='x y' # c",
        ("B",),
        "u v",
        "# k\nexport A='x y' # c\nexport B='u v'",
    ),
    "markdown": (
        Format.MARKDOWN,
        "# Mine\r\n",
        ("aicontext",),
        "One.\nTwo.\n",
        "# Mine\r\n\r\n<!-- begin aicontext -->\r\nOne.\r\nTwo.\r\n<!-- end aicontext -->\r\n",
    ),
}


@pytest.mark.parametrize(("kind", "before", "path", "value", "after"), PUT.values(), ids=PUT)
def test_a_value_is_put_in_the_documents_own_style(kind, before, path, value, after):
    changed = documents.put(kind, before, path, value)
    assert changed == after
    assert documents.put(kind, changed, path, value) == changed


REPLACED = {
    "json": (Format.JSON, '{"a": 1e5 /*x*/, "b": 2}', ("a",), "u", '{"a": "u" /*x*/, "b": 2}'),
    "json: null": (Format.JSON, '{"a": null}', ("a", "b"), 1, '{"a": {"b": 1}}'),
    "toml": (Format.TOML, "a = '''x''' # y\nb=0x10\n", ("a",), "u", 'a = "u" # y\nb=0x10\n'),
    "yaml": (Format.YAML, "a:   'x'  # y\nb: 2\n", ("a",), "u", "a:   u  # y\nb: 2\n"),
    "ini": (Format.INI, "[s]\na=x\n  y\nb=1\n", ("s", "a"), "u", "[s]\na=u\nb=1\n"),
    "env": (Format.ENV, 'A = "x # y" # z\n', ("A",), "u", "A = u # z\n"),
    "markdown": (
        Format.MARKDOWN,
        "x\n<!-- begin a -->\nold\n<!-- end a -->\ny\n",
        ("a",),
        "new",
        "x\n<!-- begin a -->\nnew\n<!-- end a -->\ny\n",
    ),
}


@pytest.mark.parametrize(
    ("kind", "before", "path", "value", "after"), REPLACED.values(), ids=REPLACED
)
def test_a_value_that_stands_there_is_replaced_alone(kind, before, path, value, after):
    assert documents.put(kind, before, path, value) == after


TAKEN = {
    "json: first": (Format.JSON, '{"a": 1, "b": 2}', ("a",), '{"b": 2}'),
    "json: last": (
        Format.JSON,
        '{\n  "a": 1, // one\n  "b": 2\n}',
        ("b",),
        '{\n  "a": 1 // one\n}',
    ),
    "json: only": (Format.JSON, '{"a": 1,}', ("a",), "{}"),
    "json: in lines": (
        Format.JSON,
        '{\n "a": 1,\n "b": 2,\n "c": 3\n}',
        ("b",),
        '{\n "a": 1,\n "c": 3\n}',
    ),
    "toml: a section between": (
        Format.TOML,
        "a = 1\n\n[b]\nc = 1\n[b.d]\ne = 1\n\n# of f\n[f]\n",
        ("b",),
        "a = 1\n\n# of f\n[f]\n",
    ),
    "toml: an element": (
        Format.TOML,
        "[[m]]\nname='x'\n\n[[m]]\nname='aicontext'\n[m.env]\nA=1\n\n[[m]]\nname='y'\n",
        ("m", NAMED),
        "[[m]]\nname='x'\n\n[[m]]\nname='y'\n",
    ),
    "toml: dotted": (Format.TOML, "a.b = 1\nc = 2\n", ("a", "b"), "c = 2\n"),
    "toml: inline": (Format.TOML, "m = { a = 1, b = 2 }\n", ("m", "b"), "m = { a = 1 }\n"),
    "yaml: first of an element": (
        Format.YAML,
        "- a: 1\n  b: 2\n",
        (Entry("a", "1"), "a"),
        "- b: 2\n",
    ),
    "yaml: last": (Format.YAML, "a: 1\nb:\n  c: |\n    x\n", ("b",), "a: 1\n"),
    "yaml: an element": (
        Format.YAML,
        "m:\n  - name: aicontext\n    x: 1\n  - y\n",
        ("m", NAMED),
        "m:\n  - y\n",
    ),
    "ini: a section": (Format.INI, "[a]\nx=1\n[b]\ny=2\n", ("b",), "[a]\nx=1\n"),
    "env": (Format.ENV, "A=1\nB=2\nA=3\n", ("A",), "B=2\n"),
    "markdown": (
        Format.MARKDOWN,
        "x\n\n<!-- begin a -->\no\n<!-- end a -->\ny\n",
        ("a",),
        "x\ny\n",
    ),
}


@pytest.mark.parametrize(("kind", "before", "path", "after"), TAKEN.values(), ids=TAKEN)
def test_a_value_is_taken_with_what_it_alone_needed(kind, before, path, after):
    assert documents.take(kind, before, path) == after
    assert documents.take(kind, after, path) == after


MALFORMED = {
    "json": (Format.JSON, '{\n  "a": 1\n  "b": 2\n}', 3, 3),
    "json: cut": (Format.JSON, '{"a": [1, 2', 1, 12),
    "json: more": (Format.JSONC, "{}\n// c\n{}", 3, 1),
    "json: twice": (Format.JSON, '{"a": 1,\n "a": 3}', 2, 2),
    "json: a control character": (Format.JSON, '{"a": "\t"}', 1, 7),
    "toml": (Format.TOML, "a = 1\nb = = 2\n", 2, 5),
    "toml: cut": (Format.TOML, "a = [1,", 1, 8),
    "yaml": (Format.YAML, "a: 1\nb: [1\n", 3, 1),
    "yaml: a tab": (Format.YAML, "a:\n\tb: 1\n", 2, 1),
    "yaml: a control character": (Format.YAML, "a: \x07\n", 1, 4),
    "ini": (Format.INI, "[a]\n= 1\n", 2, 1),
    "env": (Format.ENV, "A=1\nB 2\n", 2, 1),
    "markdown": (Format.MARKDOWN, "x\n<!-- begin a -->\n", 2, 1),
}


@pytest.mark.parametrize(("kind", "text", "line", "column"), MALFORMED.values(), ids=MALFORMED)
def test_what_does_not_parse_is_left_and_its_place_told(kind, text, line, column):
    with pytest.raises(Malformed) as caught:
        documents.put(kind, text, ("a",), 2)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"settings:{line}:{column}: " in str(caught.value.of("settings"))


@pytest.mark.parametrize(
    ("kind", "text", "path", "why"),
    [
        (Format.JSON, '{"a": 1}', ("a", "b"), "a is no group of settings"),
        (Format.JSON, '{"a": {}}', ("a", NAMED), "a is no list"),
        (Format.YAML, "a: &x {c: 1}\nb: *x\n", ("b", "d"), "b.d stands in a way"),
        (Format.INI, "[a]\n", ("a", "b", "c"), "a.b.c leads deeper"),
        (Format.ENV, "", ("A", "b"), "A.b is no name of a variable"),
    ],
)
def test_what_would_touch_more_is_refused(kind, text, path, why):
    with pytest.raises(InvalidInput, match=why):
        documents.put(kind, text, path, "v")


def test_json_is_read_a_hundred_levels_deep():
    kept, deeper = ('{"a": ' * n + "1" + "}" * n for n in (100, 101))
    assert documents.put(Format.JSON, kept, ("b",), 1)
    with pytest.raises(InvalidInput, match="too deep"):
        documents.put(Format.JSON, deeper, ("b",), 1)


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Format.JSON, '{"a": ' + "[" * 5000 + "]" * 5000 + "}"),
        (Format.TOML, "a = " + "[" * 5000 + "]" * 5000),
        (Format.YAML, "a: " + "[" * 5000 + "]" * 5000),
        (Format.YAML, "a: &a [*a]\n"),
        (Format.YAML, BOMB),
    ],
    ids=["json", "toml", "yaml", "yaml: in itself", "yaml: aliases"],
)
def test_what_has_no_end_is_refused(kind, text):
    with pytest.raises(InvalidInput):
        documents.put(kind, text, ("z",), 1)

import re
import subprocess
import sys

import pytest
from counts import words_and_marks as words
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.code.skeleton import condense
from aicontext.engine.condense.marks import Marks


def shop(names: list[str]) -> str:
    methods = [
        f'    def {name}(self, order):\n        """Handles {name}."""\n'
        + "".join(f"        step_{i} = order.next({i})\n" for i in range(8))
        + f"        return self.total_{name}(order)\n"
        for name in names
    ]
    return "import json\n\nLIMIT = 10\n\n\nclass Shop:\n" + "\n".join(methods)


NAMES = ["price", "refund", "ship", "cancel", "audit", "notify", "restock", "label"]


def test_every_signature_has_its_span_and_the_asked_body_is_whole() -> None:
    found = condense(shop(NAMES), Ask(query="how is a refund done?", path="shop.py"), words)
    assert found is not None
    assert found.level is Level.SKELETON
    assert found.why == "10 definitions with line spans; bodies: 1 shown, 0 in part, 7 left out"
    lines = found.text.split("\n")
    assert "19-29     def refund(self, order):" in lines
    assert "        return self.total_refund(order)" in lines
    assert "3 LIMIT = 10" in lines
    assert [line for line in lines if "total_" in line] == [
        "        return self.total_refund(order)"
    ]


def test_a_numbered_read_keeps_the_files_own_numbers() -> None:
    code = shop(NAMES).split("\n")
    text = "\n".join(f"{200 + i:>6}\t{line}" for i, line in enumerate(code))
    found = condense(text, Ask(path="shop.py"), words)
    assert found is not None
    assert "218-228     def refund(self, order):" in found.text.split("\n")


def test_a_long_body_shows_its_matching_lines() -> None:
    body = "".join(f"    step_{i} = run({i})\n" for i in range(30))
    other = "".join(f"def other_{i}(a):\n    b = a\n    return b + {i}\n\n" for i in range(12))
    text = f"{other}def build(x):\n{body}    width = measure(x)\n{body}    return x\n"
    found = condense(text, Ask(query="measure the width", path="a.py"), words)
    assert found is not None
    assert "80     width = measure(x)" in found.text.split("\n")


def test_a_small_function_that_is_asked_for_is_whole_before_lines_of_long_ones() -> None:
    steps = "".join(f"    parcel_{i} = weigh(parcel_{i})\n" for i in range(200))
    small = "def weigh_parcel(box):\n" + "".join(f"    box.turn({i})\n" for i in range(20))
    text = f"def ship(x):\n{steps}    return x\n\n\n{small}    return box.weight\n"
    text += "".join(f"\n\ndef other_{i}(a):\n    b = a\n    return b\n" for i in range(4))
    found = condense(text, Ask(query="how is a parcel weighed?", path="a.py"), words)
    assert found is not None
    assert small in found.text


HEADER = [
    "struct Point {",
    "  int x;",
    "  int y;",
    "};",
    *(line for i in range(24) for line in (f"int area_{i}(const Point& low,", "    int scale);")),
]


def test_declarations_in_a_row_are_told_by_name() -> None:
    found = condense("\n".join(HEADER), Ask(path="shapes.hpp"), words)
    assert found is not None
    lines = found.text.split("\n")
    assert lines[1:3] == ["1-4 struct Point {", "5-6 int area_0(const Point& low,"]
    names = ", ".join(f"area_{i}" for i in range(1, 24))
    assert lines[3:] == [f"[… 23 declarations: 7-52 {names}]"]


def test_a_long_type_shows_how_it_begins() -> None:
    cases = "".join(f"  | {{ kind: 'k{i}'; value: number }}\n" for i in range(20))
    body = "".join(f"  step({i});\n" for i in range(80))
    text = f"export type Event =\n{cases}\nexport function run(e: Event) {{\n{body}}}\n"
    found = condense(text, Ask(path="a.ts"), words)
    assert found is not None
    assert found.text.split("\n")[1:] == [
        "1-21 export type Event =",
        "  | { kind: 'k0'; value: number }",
        "  | { kind: 'k1'; value: number }",
        "23-104 export function run(e: Event) {",
    ]


def test_definitions_in_texts_and_forward_ones_are_shown() -> None:
    made = "".join(f"def f{i}():\n    a = {i}\n    return a + 1\n\n" for i in range(9))
    text = f"{made}TEMPLATE = '''\nclass Kept extends Other {{\nobject unseen;\n'''\n"
    found = condense(text, Ask(path="a.py"), words)
    assert found is not None
    assert "class Kept" in found.text
    assert "unseen" not in found.text


@pytest.mark.parametrize("text", ["", "x = 1\n", "Just some prose.\n" * 20, "\x00" * 5_000])
def test_nothing_to_outline_is_none(text: str) -> None:
    assert condense(text, Ask(), words) is None


def test_importing_the_package_loads_no_grammar() -> None:
    program = "import sys, aicontext.engine.condense.code; sys.exit('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


PIECES = """\
def f(a):
    return a
class K:
    def m(self):
        x = f(1)

}
  {
function g() {
[… 3 lines]
12-40 def q():
/*
import os
"""
LINES = st.sampled_from([*PIECES.split("\n"), "\ud800"])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(LINES, max_size=60).map("\n".join),
    st.sampled_from(["a.py", "a.ts", "a.go", ""]),
    st.sampled_from(["", "f", "class K"]),
)
def test_lines_are_the_texts_own_and_never_more_tokens(text: str, path: str, query: str) -> None:
    found = condense(text, Ask(query=query, path=path), words)
    if found is None:
        return
    assert words(found.text) < words(text)
    source = text.split("\n")
    number = 0
    for line in found.text.split("\n")[1:]:
        if line.startswith(Marks.of(text).opening):
            assert re.search(r" declarations?: \d+-\d+ [\w, ]+\]$", line)
            continue
        label = re.match(r"(\d+)(-\d+)? ", line)
        if label and line[label.end() :] == source[int(label[1]) - 1]:
            number = int(label[1])
        else:
            number += 1
            assert line == source[number - 1]

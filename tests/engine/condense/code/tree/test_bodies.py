import sysconfig
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.condense.code.tree import definitions
from aicontext.engine.condense.code.tree.bodies import emptied
from aicontext.engine.condense.code.tree.definitions import tree_outline

LIBRARY = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-f]*.py"))


def cut(text: str) -> list[str]:
    return emptied(dedent(text).encode(), "python").decode().split("\n")


def test_rows_stay_and_bodies_go() -> None:
    source = '''
    class Shop:
        LIMIT = 3

        def sell(
            self, it
        ) -> None:
            """Sells.

            Always."""
            total = (it +
                     1)
            return [
                total,
            ]
            # Done.

        def log(self):
            def inner():
                return 100000000000
            return inner
    '''
    shown = cut(source)
    assert len(shown) == len(dedent(source).split("\n"))
    assert "    LIMIT = 3" in shown
    assert not any("total" in line or "Sells" in line for line in shown)
    assert [line for line in shown if line.strip() == "0"] == ["        0", "            0"]
    assert "        return inner" in shown


@pytest.mark.parametrize(
    "body",
    [
        *("    x = '''\nends below'''\n", "    x = (1,\n2)\n"),
        *("    x = 1 + \\\n1\n", "    'a'\n    #'''\n"),
    ],
    ids=["quote", "bracket", "line", "comment"],
)
def test_what_goes_on_below_its_indent_stays(body: str) -> None:
    source = f"\ndef one():\n    y = 100_000_000\n{body}\nTWO = 2\n".encode()
    assert b"TWO = 2\n" in emptied(source, "python")
    assert tree_outline(source.decode(), "python") == whole(source.decode())


def whole(text: str) -> object:
    """The outline of all that stands there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "emptied", lambda source, language: source)
        return tree_outline(text, "python")


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_real_files_have_the_outline_of_the_whole(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(emptied(text.encode(), "python")) <= len(text.encode())
    assert tree_outline(text, "python") == whole(text)


PIECES = st.sampled_from(
    (
        *("\ndef f():", "\n    def g(a,", "\n        b):", "\nclass A:", "\n    x = 1", ")", "\t"),
        *("\n        y = (2", '"""', "'", "#", "\n", "\\", "    ", "async ", "return", ":"),
        "\n    else:",
    )
)


@given(st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=200, deadline=None)
def test_rows_of_any_text_stay(text: str) -> None:
    assert emptied(text.encode(), "python").count(b"\n") == text.count("\n")
    tree_outline(text, "python")


@pytest.mark.parametrize(
    ("language", "source", "shown"),
    [
        ("rust", '\n/// It\'s "a".\n//! b\nfn a() {}\n', "\n\n\nfn a() {}\n"),
        ("java", "\n  /** a\n   * b */\n  int c;\n", "\n\n\n  int c;\n"),
        ("typescript", "\nlet a = 1; // b\n// c\n", "\nlet a = 1; // b\n\n"),
    ],
    ids=["lines", "stars", "below code"],
)
def test_lines_that_are_but_comments_go(language: str, source: str, shown: str) -> None:
    assert emptied(source.encode(), language) == shown.encode()


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("typescript", "\nconst a = () =>\n  // b\n  c;\n"),
        ("rust", "\n#[a]\n// b\n// c\nstruct D;\n"),
        ("java", "\n/* a\nb\n// c */\nint d;\n"),
        ("java", "\n/*\n/* a\n/* b\n */\nint c;\n"),
        ("c", "\n#define A 1 + \\\n// b \\\n  2\n"),
        ("csharp", '\nvar a = @"\n// b";\n'),
        ("go", "\na := `\n/*\nb\n`\n"),
        ("scala", "\n// a\ndef b = 1\n"),
    ],
    ids=[
        "arrow",
        "attribute",
        "end of a comment",
        "comment in a comment",
        "macro",
        "end of a text",
        "start",
        "indents",
    ],
)
def test_comments_that_may_be_part_of_code_stay(language: str, source: str) -> None:
    assert emptied(source.encode(), language) == source.encode()


@pytest.mark.parametrize("line", ["/* a\n", "/*\n* a\n", "// a\n"], ids=["open", "stars", "lines"])
def test_comments_that_never_close_are_read_once(line: str) -> None:
    source = "\n" + line * 100_000
    assert emptied(source.encode(), "java").count(b"\n") == source.count("\n")

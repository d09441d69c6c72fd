from collections.abc import Sequence

import pytest
from counts import words_and_marks as words
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Level
from aicontext.engine.condense.code.reads import Style, ends, plain, sparse
from aicontext.engine.condense.marks import Marks

STYLES = ["{:>6}\t", "{:>5}→", "{}\t", "{}: ", "{:>4} | ", "{}→"]


def read(code: Sequence[str], style: str, start: int = 1) -> str:
    return "\n".join(style.format(start + i) + line for i, line in enumerate(code))


def rebuilt(text: str, end: str) -> str:
    """The original of a sparse read, by the rules in the module's docstring."""
    lines, shown = text.split("\n"), []
    style, number = None, 0
    for i, line in enumerate(lines):
        if style is None:
            style = Style.of(line)
        if style is None:
            shown.append(line)
        elif line == end:
            return "\n".join([*shown, *lines[i + 1 :]])
        elif (parts := style.split(line)) is not None:
            number = parts[0]
            shown.append(line)
        elif line.isspace() or (not line and i == len(lines) - 1):
            shown.append(line)
        else:
            number += 1
            shown.append(style.prefix(number) + line)
    return "\n".join(shown)


CODE = [f"    value_{i} = compute({i})" for i in range(40)]


@pytest.mark.parametrize("style", STYLES)
def test_keeps_the_first_and_every_tenth_number(style: str) -> None:
    text = read(CODE, style, start=95)
    found = sparse(text, words)
    assert found is not None
    assert found.level is Level.LOSSLESS
    numbered = [line for line in found.text.split("\n") if not line.startswith("    value")]
    assert len(numbered) == 6
    assert rebuilt(found.text, ends(Marks.of(text))) == text


def test_gaps_tails_and_lines_that_look_numbered_come_back() -> None:
    tail = "\n\n<reminder>\nnot part of the file\n</reminder>"
    code = [*CODE[:7], "", "   ", "12\t13\t14", *CODE[7:]]
    text = "$ cat -n a.tsv\n" + read(code, "{:>6}\t") + "\n" + read(CODE, "{:>6}\t", 900) + tail
    found = sparse(text, words)
    assert found is not None
    assert rebuilt(found.text, ends(Marks.of(text))) == text


def test_nl_leaves_blank_lines_without_a_number() -> None:
    code = [*CODE[:5], None, *CODE[5:]]
    lines, number = [], 0
    for line in code:
        number += line is not None
        lines.append(f"{number:>6}\t{line}" if line is not None else " " * 7)
    text = "\n".join(lines) + "\n"
    found = sparse(text, words)
    assert found is not None
    assert rebuilt(found.text, ends(Marks.of(text))) == text


def test_plain_gives_the_file_and_its_numbers() -> None:
    found = plain("1→a\n2→\n3→  b\n\nend of file")
    assert found is not None
    assert found.lines == ("a", "", "  b")
    assert found.numbers == (1, 2, 3)
    assert found.contiguous
    assert found.after == ("", "end of file")


@pytest.mark.parametrize("text", ["", "\n", "plain text\nof two lines", "1. first\n2. second", "7"])
def test_other_text_is_not_a_read(text: str) -> None:
    assert plain(text) is None
    assert sparse(text, words) is None


CONTENT = st.lists(
    st.sampled_from(
        ["", " ", "x = 1", "3\tq", "5→", "\tif a:", "[… line numbers end]", "é\r", "9: b"]
    ),
    min_size=4,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(CONTENT, st.sampled_from(STYLES), st.integers(1, 1_200), CONTENT | st.just([]))
def test_sparse_reads_are_lossless(
    code: list[str], style: str, start: int, tail: list[str]
) -> None:
    text = "\n".join([read(code, style, start), *tail])
    found = sparse(text, words)
    if found is not None:
        assert words(found.text) < words(text)
        assert rebuilt(found.text, ends(Marks.of(text))) == text

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.condense.repository.sections import (
    FLAT,
    LONG,
    language_by_sections,
    sections,
)
from aicontext.engine.condense.repository.units import Outlined

PIPELINE = "name: ci\non: push\njobs:\n" + "".join(
    f"  job{n}:\n    runs-on: linux\n    steps:\n"
    + "".join(f"      - run: s{i}\n" for i in range(9))
    for n in range(4)
)
STYLES = (
    ".button {\n  color: white;\n  margin: 0;\n}\n\n.link:hover {\n  color: red;\n  top: 0;\n}\n"
)
GUIDE = (
    "Before.\n\n# Shop\n\nSells.\n\n## Install\n\n```sh\n# no heading\n```\n\n## Use\n\nRun it.\n"
)


def named(text: str, language: str = "") -> dict[str, str]:
    """{symbol: text} of the units of a file that is shown by its sections."""
    file = Outlined.of(text, sections(text, language), language)
    assert not file.units or file.sectioned
    return {unit.symbol: file.text(unit.span) for unit in file.units}


@pytest.mark.parametrize(
    ("path", "language"),
    [
        *[("a/Dockerfile", "docker"), ("ci.yml", "yaml"), ("x.sql", "sql"), ("a.css", "css")],
        *[("README.md", "markdown"), ("notes.txt", "text"), ("LICENSE", "text"), ("t.csv", "csv")],
        *[("main.py", None), ("main.unheard", None), ("a.tsx", None)],
    ],
)
def test_which_files_are_shown_by_sections(path: str, language: str | None) -> None:
    assert language_by_sections(path) == language


def test_documents_are_cut_at_their_headings() -> None:
    found = named(GUIDE, "markdown")
    assert list(found) == ["Before", "Shop", "Shop.Install", "Shop.Use"]
    assert "# no heading" in found["Shop.Install"]
    assert list(named("Title\n=====\n\ntext\n\nUse\n---\n\ntext\n", "rst")) == ["Title", "Use"]


def test_settings_are_cut_at_their_tables_and_keys() -> None:
    tables = named("top = 1\n\n[tool.lint]\nwidth = 99\n\n[[tool.rule]]\nx = 1\n", "toml")
    assert list(tables) == ["top", "tool.lint", "tool.rule"]
    assert list(named(STYLES, "css")) == [".button", ".link"]


def test_a_long_section_is_cut_by_the_next_indentation_and_short_neighbours_are_one() -> None:
    found = named(PIPELINE, "yaml")
    assert list(found) == ["name", "jobs", *(f"jobs.job{n}" for n in range(4))]
    assert found["name"] == "name: ci\non: push"
    assert found["jobs"] == "jobs:"
    assert found["jobs.job2"].startswith("  job2:\n")
    assert len(PIPELINE.split("\n")) > LONG > FLAT


def test_comments_belong_to_what_stands_below_them() -> None:
    text = "a:\n  1\n  2\n  3\n# of b\n# too\nb:\n  4\n  5\n  6\n"
    assert named(text) == {"a": "a:\n  1\n  2\n  3", "b": "# of b\n# too\nb:\n  4\n  5\n  6"}


def test_names_that_begin_like_a_comment_or_an_end_are_names() -> None:
    text = "".join(f"{name} {{\n  a: 1;\n  b: 2;\n  c: 3;\n}}\n" for name in ("#top", "endpoint"))
    assert list(named(text, "css")) == ["#top", "endpoint"]


def test_a_table_is_one_section_and_a_dump_of_data_none() -> None:
    assert list(named("id,name\n1,a\n2,b\n", "csv")) == ["id,name"]
    assert sections("x: 1\n" * 30_000) == ()
    assert sections("\n \n") == ()


LINES = st.sampled_from(
    ["", "a:", "# h", "## i", "  b: 1", "    - c", "}", "[t]", "```", "x = {", "-----", "</p>"]
)


@given(lines=st.lists(LINES, max_size=130), language=st.sampled_from(["", "markdown", "css"]))
def test_every_line_is_in_one_unit_and_units_are_apart(lines: list[str], language: str) -> None:
    file = Outlined.of("\n".join(lines), sections("\n".join(lines), language), language)
    rows = [row for unit in file.units for row in range(unit.span[0], unit.span[1] + 1)]
    assert rows == sorted(set(rows))
    assert set(rows) >= {n for n, line in enumerate(lines, 1) if line.strip()}

"""The reference is what the program says of itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("reference", ROOT / "tools/build_reference.py")
assert _SPEC
assert _SPEC.loader
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)
PAGES = reference.pages()
FIGURES = reference.with_figures()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "out of date: run `make docs`"


def test_no_other_page_stands_there() -> None:
    assert {path.name for path in (ROOT / "docs" / "reference").iterdir()} == set(PAGES)


@pytest.mark.parametrize("path", FIGURES)
def test_a_page_holds_the_benchmarks_figures(path: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert written == FIGURES[path], "out of date: run `make docs`"
    assert "<!-- figures -->\n|" in written

"""The documentation line of a definition."""

from __future__ import annotations

import pytest

from aicontext.engine.condense.code.definition import doc_line


@pytest.mark.parametrize(
    ("text", "first", "head", "doc"),
    [
        pytest.param(
            'class Shop:\n    """Sells.\n\n    All day.\n    """', 1, 1, "Sells.", id="docstring"
        ),
        pytest.param("/// Sells.\n/// All day.\nfn shop() {}", 3, 3, "Sells.", id="above"),
        pytest.param("x = 1\n\ndef shop():\n    pass", 3, 3, "", id="none"),
    ],
)
def test_documentation_is_its_first_line(text: str, first: int, head: int, doc: str) -> None:
    assert doc_line(text.split("\n"), first, head) == doc

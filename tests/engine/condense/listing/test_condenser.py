"""Every name stays; columns that go are said."""

from __future__ import annotations

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.listing.condenser import CONDENSER
from aicontext.engine.condense.listing.folding import unfold

PATHS = "".join(
    f"./packages/{name}/src/{kind}/{kind}_{i}.ts\n"
    for name in ("core", "web")
    for kind in ("loader", "view")
    for i in (3, 5, 6, 7, 8, 11)
)
LS = """\
total 48
drwxr-xr-x  7 ada staff  224 Mar  1 10:00 .
drwxr-xr-x 12 ada staff  384 Mar  1 09:00 ..
drwxr-xr-x  5 ada staff  160 Mar  1 10:00 docs
-rw-r--r--  1 ada staff 1204 Mar  1 10:01 README.md
-rwxr-xr-x  1 ada staff  311 Feb 11  2024 run me.sh
-rw-r--r--  1 root wheel  87 Mar  1 10:02 setup.cfg
lrwxr-xr-x  1 ada staff    9 Mar  1 10:02 now -> README.md
"""
TREE = """\
.
├── docs
│   ├── index.md
│   └── notes
│       └── 2026.md
└── README.md

2 directories, 3 files
"""
STATUS = """\
## main...origin/main
 M src/shop/price.py
 M src/shop/order.py
 M src/shop/tax.py
?? src/shop/notes.txt
R  src/old name.py -> src/new name.py
"""


def condensed(text: str) -> str:
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    return found.text


def test_paths_fold_without_loss() -> None:
    found = CONDENSER.condense(PATHS, Ask(), count)
    assert found is not None
    assert found.level is Level.LOSSLESS
    assert "\n".join(unfold(found.text.split("\n"))) == PATHS
    assert "loader_{5..8}.ts" in found.text
    assert count(found.text) < 0.5 * count(PATHS)


def test_unusual_modes_and_owners_are_shown() -> None:
    assert condensed(LS) == (
        "[… 7 modes and owners: drwxr-xr-x -rw-r--r-- lrwxr-xr-x ada staff unless shown]\n"
        "Mar  1 10:00 docs/\n"
        "1204 Mar  1 10:01 README.md\n"
        "-rwxr-xr-x 311 Feb 11  2024 run me.sh\n"
        "root wheel 87 Mar  1 10:02 setup.cfg\n"
        "9 Mar  1 10:02 now -> README.md\n"
    )


def test_a_drawn_tree_becomes_indentation() -> None:
    assert condensed(TREE) == (
        ".\n  docs\n    index.md\n    notes\n      2026.md\n  README.md\n\n2 directories, 3 files\n"
    )


def test_files_stand_under_their_status() -> None:
    assert condensed(STATUS) == (
        "## main...origin/main\n M:\n  src/shop/\n    price.py\n    order.py\n    tax.py\n"
        "??:\n  src/shop/notes.txt\nR :\n  src/old name.py -> src/new name.py\n"
    )


def test_excerpt_holds_the_asked_entries() -> None:
    found = CONDENSER.excerpt(PATHS, Ask(query="the web loader"), 60, count)
    assert found is not None
    assert count(found.text) <= 60
    assert found.text.count("./packages/web/src/loader/loader_") >= 3


@pytest.mark.parametrize("text", ["", "\n", "plain words only\n", "a\nb\n", "\x00"])
def test_nothing_to_gain(text: str) -> None:
    assert CONDENSER.condense(text, Ask(), count) is None


_KNOWN = [line for text in (PATHS, LS, TREE, STATUS) for line in text.split("\n")]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_KNOWN), st.text(max_size=20)), max_size=30))
def test_any_text_comes_to_no_harm(rows: list[str]) -> None:
    text = "\n".join(rows)
    found = CONDENSER.condense(text, Ask(), count)
    assert found is None or count(found.text) < count(text)
    if found is not None and found.level is Level.LOSSLESS:
        assert "\n".join(unfold(found.text.split("\n"))) == text
    part = CONDENSER.excerpt(text, Ask(query="price notes"), 30, count)
    assert part is None or count(part.text) <= 30

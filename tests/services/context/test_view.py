"""How blocks are shown to a model that can get originals back, and to one that cannot."""

import json

import pytest

from aicontext.domain.context import Ask, Level
from aicontext.engine.estimate.counter import counter
from aicontext.services.context.view import chooser

ROWS = json.dumps([{"id": i, "name": f"row {i * 7}", "state": "open"} for i in range(200)])


@pytest.mark.parametrize(
    ("fetch", "level"), [("aicontext retrieve ", Level.EXCERPT), ("", Level.LOSSLESS)]
)
def test_what_is_stale_is_shown_without_loss_where_it_cannot_be_fetched(
    fetch: str, level: Level
) -> None:
    shown = chooser(counter("gpt-4o"), fetch=fetch)(ROWS, Ask(), Level.EXCERPT)
    assert shown
    assert shown.rendition.level is level

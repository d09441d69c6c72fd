from __future__ import annotations

import hashlib

from aicontext.domain.repository.results import Place, RankedDefinition, RankedFile, Ranking
from aicontext.domain.repository.trees import Skip, Text
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.outline import outline
from aicontext.services.context.repository.packing import Packing

TEXTS = {
    "cart.py": "class Cart:\n    def total(self):\n        return sum(self.prices)\n",
    "keys.py": "def total():\n    return 'hidden'\n",
}
RANKING = Ranking(
    tuple(RankedFile(path, 1.0, ("its path says total",)) for path in TEXTS),
    (
        RankedDefinition(Place("cart.py", 2, 3, "Cart.total"), 1.0, ("the task names total",)),
        RankedDefinition(Place("keys.py", 1, 2, "total"), 0.9),
    ),
)


def read(path: str) -> Text | Skip:
    if path == "keys.py":
        return Skip.SECRET
    text = TEXTS[path]
    return Text(text, hashlib.sha256(text.encode()).digest())


def test_what_may_not_be_shown_is_not() -> None:
    found = Packing().pack("total is wrong", RANKING, read, budget=300, model_name="gpt-4o")
    assert [s.place.symbol for s in found.slices] == ["Cart", "Cart.total"]
    assert "the task names total" in found.content
    assert "hidden" not in found.content
    held = "Held back, for secrets are in them: keys.py."
    assert found.warnings == (held,)
    assert held in found.content


def test_a_secret_file_that_the_task_names_is_said_to_be_held_back() -> None:
    def held(task: str) -> str:
        found = Packing().pack(
            task,
            Ranking(()),
            read,
            budget=300,
            model_name="gpt-4o",
            secret=("deploy/.env", "config", "a\udce9.pem"),
        )
        return " ".join(found.warnings)

    assert "deploy/.env" in held("why is PORT of .env not read?")
    assert "deploy/.env" in held("see deploy/.env:3")
    assert "Held back" not in held("the config of prod.env and .envrc")
    assert "a\\udce9.pem" in held("a\udce9.pem is not found")


def test_a_text_is_outlined_once() -> None:
    seen: list[str] = []

    def outlines(text: str, language: str) -> tuple[Definition, ...]:
        seen.append(language)
        return outline(text, language)

    packing = Packing(outlines)
    first, second = (
        packing.pack("total", RANKING, read, budget=300, model_name="gpt-4o") for _ in range(2)
    )
    assert first == second
    assert seen == ["python"]

"""Replay sessions and print what they cost, turn by turn, with the library's own choices.

    python benchmarks/session/run.py SESSION.json... [--facts FACTS.json]

SESSION.json is a request in OpenAI Chat, OpenAI Responses, Anthropic or Gemini form. FACTS.json is
a list of strings that must stand in the final request.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from aicontext.domain.context import Ask, Level
from aicontext.engine.estimate.vocabulary import tokenizer
from aicontext.engine.plan import Shown, show

from replay import replay  # isort: skip

FAMILY = "o200k"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sessions", nargs="+", type=Path)
    options.add_argument("--facts", type=Path, help="strings that the final request must hold")
    given = options.parse_args()
    facts: list[str] = json.loads(given.facts.read_text("utf-8")) if given.facts else []
    count = tokenizer(FAMILY)

    def choose(text: str, ask: Ask, poorest: Level, /) -> Shown:
        return show(text, ask, count, poorest)

    held = True
    for path in given.sessions:
        found = replay(path.read_bytes(), choose, count)
        final = "\n".join(message.text for message in found.final.messages)
        lost = [fact for fact in facts if fact not in final]
        held = held and not lost and not found.busts
        print(
            f"{path.name}: {found.calls} calls, cost saved {found.saved:.1%}, "
            f"{found.tokens_before:,} -> {found.tokens_after:,} tokens, {found.busts} busts, "
            f"{len(facts) - len(lost)}/{len(facts)} facts kept; "
            f"first pass {found.first_ms:.0f} ms, "
            f"further turns {statistics.median(found.turn_ms):.0f} ms (median)"
        )
        for fact in lost:
            print(f"  lost: {fact}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

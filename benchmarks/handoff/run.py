"""How much of what an agent used next a handoff holds, beside plain compaction.

    python benchmarks/handoff/run.py DATA [--half a|b] [--limit N]

DATA is a folder with the reference scorer `score.py` and transcripts.jsonl.gz. It is read, never
copied. Each session is cut at 30,000 tokens, as the scorer does; the text for another tool then
holds a share of the paths, compound names and hashes of the next actions (`all`), and of those on
lines between their neighbours (`grounded`). Tokens are o200k_base's.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import aicontext
from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.domain.messages import Message
from aicontext.domain.transcripts import Session, Turn
from aicontext.engine.compress.forms.read import read
from aicontext.engine.estimate.counter import counter
from aicontext.services.integrations.handoff.readers import Reader
from aicontext.services.integrations.handoff.service import HandoffService

MODEL = "gpt-4o"
BUDGETS = (2_000, 4_000, 8_000)
READER = Reader(MODEL, "aicontext retrieve ")


class NoFiles:
    """The sessions' files are not on this machine: the disk then says least."""

    def read(self, path: str) -> None:
        return None


def handed_off(messages: Sequence[Mapping[str, Any]], budget: int) -> str:
    turns = tuple(Turn(float(at), (one,)) for at, one in enumerate(_messages(messages), 1))
    session = Session("claude-code", "session", "/home/user/project", turns)
    with TemporaryDirectory() as home:
        service = HandoffService(
            transcripts=None,  # type: ignore[arg-type]
            states=SqliteSessionStates(Path(home, "sessions.db")),
            archive=MemoryArchive(),
            files=NoFiles(),  # type: ignore[arg-type]
            secrets=DetectSecrets(),
        )
        return service.hand_off(session, READER, "/home/user/project", budget).text


def _messages(messages: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return read(json.dumps({"events": list(messages)}).encode()).messages


def compacted(messages: Sequence[Mapping[str, Any]], budget: int) -> str:
    return str(aicontext.compress(list(messages), budget, model=MODEL, archive=False))


SYSTEMS = {"compact": compacted, "handoff": handed_off}


def cuts(score: Any, options: argparse.Namespace) -> Iterator[tuple[str, Any, Any, Any]]:
    """(half, messages, anchors, grounding) of each session that is long enough."""
    for case in score.cases(options, "transcripts"):
        half = "ab"[hashlib.sha256(case["id"].encode()).digest()[0] % 2]
        if options.half not in ("", half):
            continue
        messages, texts, _ = score.session(case)
        used, cut = 0, 0
        while cut < len(texts) and (
            used < 30_000 or messages[cut - 1]["role"] not in ("tool_result", "user")
        ):
            used, cut = used + score.count(texts[cut]), cut + 1
        anchors = score.future_anchors("\n".join(texts[:cut]), messages[cut : cut + 60], 8)
        if len(texts) - cut >= 10 and len(anchors) >= 5:
            yield half, messages[:cut], anchors, score.Grounding(texts[:cut])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", default="", choices=["", "a", "b"])
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    score = _scorer(options.data)
    score.count = counter(MODEL)
    figures: dict[tuple[int, str], list[tuple[float, float, float]]] = defaultdict(list)
    for _, messages, anchors, source in cuts(score, options):
        for budget in BUDGETS:
            for name, system in SYSTEMS.items():
                start = process_time()
                text = system(messages, budget)
                spent = process_time() - start
                assert score.count(text) <= budget, (name, budget)
                kept, grounded = source.recall(anchors, text)
                figures[budget, name].append((100 * kept, 100 * grounded, spent))
    print("budget  system   n    all  grounded  CPU s")
    for (budget, name), rows in sorted(figures.items()):
        kept, grounded, spent = (fmean(column) for column in zip(*rows, strict=True))
        print(f"{budget:6} {name:8}{len(rows):3} {kept:6.1f} {grounded:9.1f} {spent:6.2f}")
    return 0


def _scorer(data: Path) -> Any:
    sys.path.insert(0, str(data))
    spec = importlib.util.spec_from_file_location("score", data / "score.py")
    if spec is None or spec.loader is None or not (data / "score.py").is_file():
        raise SystemExit(f"{data}/score.py is not there: name the folder of the evaluation data.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    raise SystemExit(main())

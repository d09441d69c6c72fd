"""Score the library and its rivals on a folder of real cases, and write the table and JSON.

    python benchmarks/quality/run.py DATA [--limit N] [--peer-limit N]

DATA is a folder with the reference scorer `score.py`, its sets and `bpe/`. It is read, never
copied. Baselines run in the same process and on the same cases: truncation (tail, head_tail), grep
for error words, random lines, BM25. headroom-ai, where it is installed, is too slow for whole sets:
it runs with us on fewer cases, whose number the JSON gives under `peers`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"
OURS = ("compress", "compact", "estimate")
BASELINES = (
    *(f"compress=baseline:{n}" for n in ("head_tail", "tail", "grep_errors", "random", "bm25")),
    *(f"compact=baseline:{name}" for name in ("tail", "random", "bm25", "no_tools", "clip_tools")),
    *(f"estimate=baseline:{name}" for name in ("chars*0.25", "chars*0.357", "o200k*1.2")),
)
PEERS = ("compress=adapters:compress", "compress=peers:headroom")
COMPRESSED = ("testlogs", "cidiff", "tooluse", "qmsum", "minilongbench", "kv140")
MEASURES = (
    *("testlogs", "cidiff", "tooluse", "transcripts", "compaction"),
    *("qmsum", "minilongbench", "kv140", "tokentruth"),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--limit", type=int, help="cases of each set, the same ones every time")
    options.add_argument("--peer-limit", type=int, default=10, help="the same for headroom-ai")
    options.add_argument("measures", nargs="*", default=MEASURES)
    given = options.parse_args()
    scorer = given.data.resolve() / "score.py"
    if not scorer.is_file():
        print(f"{scorer} is not there: name the folder of the evaluation data, DATA=...")
        return 2
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / "quality.json"
    systems = [f"{role}=adapters:{role}" for role in OURS] + list(BASELINES)
    failed = _scored(scorer, given.measures, systems, given.limit, target)
    if failed or not set(given.measures) & set(COMPRESSED):
        return failed
    if not importlib.util.find_spec("headroom"):
        print("headroom-ai is not installed here: its rows are left out", file=sys.stderr)
        return 0
    measures = [name for name in given.measures if name in COMPRESSED]
    limit = min(given.peer_limit, given.limit or given.peer_limit)
    with TemporaryDirectory() as folder:
        beside = Path(folder) / "peers.json"
        failed = _scored(scorer, measures, PEERS, limit, beside)
        if not failed:
            report = json.loads(target.read_text()) | {"peers": json.loads(beside.read_text())}
            target.write_text(json.dumps(report, indent=1) + "\n")
    return failed


def _scored(
    scorer: Path, measures: Sequence[str], systems: Sequence[str], limit: int | None, target: Path
) -> int:
    """Runs the scorer; its exit status."""
    command = [sys.executable, str(scorer), *measures]
    command += ["--bpe", str(scorer.parent / "bpe"), "--json", str(target)]
    command += [part for system in systems for part in ("--system", system)]
    command += ["--limit", str(limit)] if limit else []
    environment = os.environ | {
        "PYTHONPATH": str(HERE),
        "HF_HUB_OFFLINE": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return subprocess.run(command, cwd=HERE, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())

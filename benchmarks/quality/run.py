"""Score the library and its rivals on a folder of real cases, and write the table and JSON.

    python benchmarks/quality/run.py DATA [--limit N]

DATA is a folder with the reference scorer `score.py`, its sets and `bpe/`. It is read, never
copied. Rivals run in the same process and on the same cases: truncation (tail, head_tail), grep
for error words, random lines, BM25, and headroom-ai where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"
OURS = ("compress", "compact", "estimate")
BASELINES = (
    *(f"compress=baseline:{n}" for n in ("head_tail", "tail", "grep_errors", "random", "bm25")),
    *(f"compact=baseline:{name}" for name in ("tail", "random", "bm25", "no_tools", "clip_tools")),
    *(f"estimate=baseline:{name}" for name in ("chars*0.25", "chars*0.357", "o200k*1.2")),
)
MEASURES = (
    *("testlogs", "cidiff", "tooluse", "transcripts", "compaction"),
    *("qmsum", "minilongbench", "kv140", "tokentruth"),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--limit", type=int, help="cases of each set, the same ones every time")
    options.add_argument("measures", nargs="*", default=MEASURES)
    given = options.parse_args()
    scorer = given.data.resolve() / "score.py"
    if not scorer.is_file():
        print(f"{scorer} is not there: name the folder of the evaluation data, DATA=...")
        return 2
    systems = [f"{role}=adapters:{role}" for role in OURS] + list(BASELINES)
    if importlib.util.find_spec("headroom"):
        systems.append("compress=peers:headroom")
    else:
        print("headroom-ai is not installed here: its rows are left out", file=sys.stderr)
    RESULTS.mkdir(exist_ok=True)
    command = [sys.executable, str(scorer), *given.measures]
    command += ["--bpe", str(scorer.parent / "bpe"), "--json", str(RESULTS / "quality.json")]
    command += [part for system in systems for part in ("--system", system)]
    if given.limit:
        command += ["--limit", str(given.limit)]
    environment = os.environ | {
        "PYTHONPATH": str(HERE),
        "HF_HUB_OFFLINE": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return subprocess.run(command, cwd=HERE, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())

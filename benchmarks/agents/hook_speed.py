"""What a hook costs: processor time of the whole program, for each way in which it is answered.

python benchmarks/agents/hook_speed.py [--times 15] [--write]

Claude Code's event after a command, in a home of its own, with no proxy; the least of all times in
milliseconds. A helper's own time is not the hook's. --write: into results/hook-speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aicontext.client import hook_helper

RESULT = Path(__file__).parents[1] / "results/hook-speed.json"
LOG = "".join(f"05:00:{n % 60:02} INFO job {n} took {n % 9} ms\n" for n in range(300))
START = "from aicontext.entrypoints.hook.start import main; main()"
WORDS = [sys.executable, "-P", "-c", START, "--at", "127.0.0.1:1", "claude-code", "PostToolUse"]


def hook(home: str, said: str, idle: int) -> float:
    """Milliseconds."""
    event = {"session_id": "s", "tool_name": "Bash", "tool_response": {"stdout": said}}
    # An installed program is compiled.
    told = {"AICONTEXT_HOME": home, "AICONTEXT_HOOK_IDLE": str(idle), "PYTHONDONTWRITEBYTECODE": ""}
    before = _spent()
    done = subprocess.run(
        WORDS,
        input=json.dumps(event).encode(),
        stdout=subprocess.PIPE,
        env=os.environ | told,
        check=True,
    )
    spent = _spent() - before
    if bool(done.stdout) != (said == LOG):
        raise SystemExit(f"The hook said {done.stdout!r}.")
    return spent


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def measured(home: str, times: int) -> dict[str, int]:
    def least(one: Callable[[], float]) -> int:
        return round(min(one() for _ in range(times)))

    def started() -> float:
        hook_helper.stop(f"{home}/helpers")
        return hook(home, LOG, 60)

    alone = least(lambda: hook(home, LOG, 0))
    found = {
        "nothing_to_say": least(lambda: hook(home, "ok", 60)),
        "helper_started": least(started),
    }
    found |= {"by_helper": least(lambda: hook(home, LOG, 60)), "alone": alone}
    hook_helper.stop(f"{home}/helpers")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aic-") as home:
        found = {"times": chosen.times, "cpu_ms": measured(home, chosen.times)}
    print(json.dumps(found, indent=1))
    if chosen.write:
        RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

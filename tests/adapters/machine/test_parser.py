"""Outlines come from another process, whatever happens to it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aicontext.adapters.machine.parser import ParserProcess
from aicontext.engine.condense.code.outline import outline

PROGRAM = """
import atexit
from aicontext.adapters.machine.parser import ParserProcess

if __name__ == "__main__":
    parser = ParserProcess()
    atexit.register(lambda: print(parser._pool._executor_manager_thread))
    parser.outline("def a(): pass", "python")
"""
TEXT = "class Cart:\n    def total(self):\n        return 0\n"


def test_outlines_are_the_engines_also_after_the_process_was_killed() -> None:
    parser, expected = ParserProcess(), outline(TEXT, "python")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: parser.outline(TEXT, "python"), range(8)))
    assert found == [expected] * 8
    pool = parser._pool
    assert pool
    (worker,) = pool._processes
    assert worker != os.getpid()
    os.kill(worker, signal.SIGKILL)
    assert parser.outline(TEXT, "python") == expected
    assert parser.outline(TEXT, "python") == expected


def test_at_the_end_of_a_program_it_is_shut_down(tmp_path: Path) -> None:
    """Else it speaks up now and then, where the interpreter takes it apart before what it needs."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("None\n", "")

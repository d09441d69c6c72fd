"""Outlines come from another process, whatever happens to it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

from aicontext.adapters.machine.parser import ParserProcess
from aicontext.engine.condense.code.outline import outline

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

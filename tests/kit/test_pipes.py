"""Standard input that is long, or does not end."""

import subprocess
import sys

READ = "from aicontext.kit.pipes import taken; found = taken({}, {}); print(found and len(found))"


def _taken(limit: int, seconds: float, sent: bytes, *, open_end: bool = False) -> str:
    with subprocess.Popen(
        [sys.executable, "-c", READ.format(limit, seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(sent)
        child.stdin.flush()
        if not open_end:
            child.stdin.close()
        return child.stdout.read().decode().strip()


def test_all_of_it_is_taken() -> None:
    assert _taken(2**20, 60, b"x" * 300_000) == "300000"


def test_what_is_too_much_is_taken_in_and_dropped() -> None:
    assert _taken(1000, 60, b"x" * 300_000) == "None"


def test_what_does_not_end_is_given_up() -> None:
    assert _taken(1000, 0.2, b"x", open_end=True) == "None"

"""Text of every kind in any size: made from a seed, or from the running Python's own library.

No line is repeated to reach a size, except in the inputs that are made to provoke.
"""

from __future__ import annotations

import difflib
import json
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count, cycle
from pathlib import Path

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
WORDS = (
    *("queue", "shard", "ledger", "probe", "window", "batch", "mirror", "harbour", "signal"),
    *("lock", "route", "token", "frame", "spool", "lease", "gauge", "anchor", "orchard"),
)
START = datetime(2026, 3, 1, 9)


def draws(seed: int) -> Iterator[int]:
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


def until(size: int, lines: Iterable[str]) -> str:
    """Lines up to `size` characters."""
    taken, held = [], 0
    for line in lines:
        taken.append(line)
        held += len(line) + 1
        if held >= size:
            break
    return "\n".join(taken)


def sources() -> Iterator[tuple[str, str]]:
    """(path, text) of the library's modules, site packages left out."""
    for path in sorted(LIBRARY.rglob("*.py")):
        name = path.relative_to(LIBRARY)
        if "site-packages" not in name.parts and "lib2to3" not in name.parts:
            try:
                yield str(name), path.read_text("utf-8")
            except UnicodeDecodeError:
                continue


def words(draw: Iterator[int], amount: int) -> str:
    return " ".join(WORDS[next(draw) % len(WORDS)] for _ in range(amount))


def json_rows(size: int) -> str:
    draw, rows, held = draws(3), [], 0
    for i in count():
        row = {
            "id": 71_000 + 4 * i,
            "key": f"OPS-{400 + i}",
            "summary": words(draw, 5).capitalize(),
            "status": ("open", "closed", "waiting")[next(draw) % 3],
            "reporter": {"name": f"user-{next(draw) % 40}", "active": True},
            "tags": [{"label": WORDS[next(draw) % 5], "colour": "#00aa55"}],
            "created": (START + timedelta(minutes=next(draw) % 90_000)).isoformat() + "Z",
            "note": words(draw, 12 + next(draw) % 20) + ".",
            "parent": None,
        }
        rows.append(row)
        held += len(json.dumps(row)) + 2
        if held >= size:
            return json.dumps(rows)
    return ""


def log(size: int) -> str:
    draw = draws(5)

    def line(i: int) -> str:
        stamp = (START + timedelta(seconds=2 * i)).isoformat(sep=" ")
        app = ("gateway", "search", "mail")[next(draw) % 3]
        shape = next(draw) % 40
        if shape == 0:
            wait = next(draw) % 60
            return (
                f"{stamp} ERROR [{app}] deadlock on {words(draw, 1)}_items after {wait} s (40P01)"
            )
        if shape < 4:
            return f"{stamp} WARN [{app}] slow {words(draw, 2)} took {next(draw) % 9000} ms"
        trace = f"t-{next(draw) % 10**7:07d}"
        return f"{stamp} INFO [{app}] request {trace} served in {next(draw) % 90} ms"

    return until(size, map(line, count()))


def test(size: int) -> str:
    draw = draws(7)

    def lines() -> Iterator[str]:
        yield "============================= test session starts =============================="
        yield "platform linux -- Python 3.11.7, pytest-8.3.3, pluggy-1.5.0"
        for i in count():
            name = f"tests/test_{WORDS[i // 90 % len(WORDS)]}_{i // 90}.py"
            state = "FAILED" if next(draw) % 400 == 0 else "PASSED"
            yield f"{name}::test_{words(draw, 2).replace(' ', '_')}[{i % 90}] {state} [ 40%]"

    body = until(size * 9 // 10, lines())
    failed = [line.split(" ")[0] for line in body.split("\n") if " FAILED" in line]
    parts = [
        body,
        "",
        "=================================== FAILURES ===================================",
    ]
    for one in failed:
        path, _, name = one.partition("::")
        parts += [
            f"_________________ {name} _________________",
            "",
            "    def check():",
            f"        total = {next(draw) % 90}",
            f">       assert total == {next(draw) % 90}",
            f"E       AssertionError: {words(draw, 3)}",
            f"E       assert {next(draw) % 90} == {next(draw) % 90}",
            "",
            f"{path}:12: AssertionError",
        ]
    parts.append("=========================== short test summary info ============================")
    parts += [f"FAILED {one} - AssertionError: {words(draw, 3)}" for one in failed]
    passed = body.count("PASSED")
    parts.append(
        f"==================== {len(failed)} failed, {passed} passed in 3.21s ===================="
    )
    return "\n".join(parts)


def search(size: int) -> str:
    def hits() -> Iterator[str]:
        for name, text in sources():
            for number, line in enumerate(text.split("\n"), 1):
                if "r" in line and "e" in line and len(line) < 200:
                    yield f"lib/{name}:{number}:{line}"

    return until(size, hits())


def diff(size: int) -> str:
    def lines() -> Iterator[str]:
        for name, text in sources():
            old = text.split("\n")[:400]
            new = [f"{line}  # {i}" if i % 11 == 0 and line else line for i, line in enumerate(old)]
            yield f"diff --git a/lib/{name} b/lib/{name}"
            yield "index 1f2e3d4..5a6b7c8 100644"
            yield from difflib.unified_diff(old, new, f"a/lib/{name}", f"b/lib/{name}", lineterm="")

    return until(size, lines())


def code(size: int) -> str:
    return until(size, (line for _, text in sources() for line in text.split("\n")))


def numbered(size: int) -> str:
    """A file read, as tools print it."""
    return "\n".join(f"{i:6d}\t{line}" for i, line in enumerate(code(size * 6 // 7).split("\n"), 1))


def prose(size: int) -> str:
    """The library's own doc strings and comments, as paragraphs."""

    def paragraphs() -> Iterator[str]:
        for _, text in sources():
            for block in text.split('"""')[1::2]:
                for paragraph in block.split("\n\n"):
                    joined = " ".join(paragraph.split())
                    if joined.count(" ") > 12 and joined.endswith((".", ":")):
                        yield joined
                        yield ""

    return until(size, paragraphs())


def table(size: int) -> str:
    draw = draws(11)

    def rows() -> Iterator[str]:
        yield "id,name,region,created,amount,state"
        for i in count():
            day = START + timedelta(hours=i)
            region = ("north", "south", "east")[next(draw) % 3]
            state = ("paid", "open")[next(draw) % 2]
            yield f"{i},{words(draw, 2)},{region},{day:%Y-%m-%d},{next(draw) % 9000 / 100},{state}"

    return until(size, rows())


def listing(size: int) -> str:
    draw = draws(13)
    names = (f"{words(draw, 1)}_{next(draw) % 999}" for _ in count())

    def paths() -> Iterator[str]:
        for i in count():
            folder = f"src/{WORDS[i % len(WORDS)]}/part{i}"
            for _ in range(next(draw) % 30):
                yield f"{folder}/{next(names)}.{('py', 'ts', 'json')[next(draw) % 3]}"

    return until(size, paths())


def config(size: int) -> str:
    draw = draws(17)

    def lines() -> Iterator[str]:
        for i in count():
            yield f"service_{i}:"
            yield f"  image: registry.example/{words(draw, 1)}:{next(draw) % 9}.{next(draw) % 30}"
            yield f"  replicas: {next(draw) % 9}"
            yield "  env:"
            for _ in range(next(draw) % 6):
                yield f"    {words(draw, 1).upper()}_{next(draw) % 99}: {words(draw, 2)}"

    return until(size, lines())


def chat(size: int) -> str:
    draw = draws(19)
    speakers = cycle(("Ada", "Grace", "Edsger", "Barbara"))
    return until(
        size,
        (f"{next(speakers)}: {words(draw, 8 + next(draw) % 30).capitalize()}." for _ in count()),
    )


KINDS: Mapping[str, Callable[[int], str]] = {
    "json": json_rows,
    "log": log,
    "test": test,
    "search": search,
    "diff": diff,
    "code": code,
    "numbered": numbered,
    "prose": prose,
    "table": table,
    "listing": listing,
    "config": config,
    "chat": chat,
}


def one_line(size: int) -> str:
    draw = draws(23)
    return " ".join(words(draw, 50) for _ in range(size // 300))


def one_word(size: int) -> str:
    return "a" * size


def brackets(size: int) -> str:
    return "[" * (size // 2) + "]" * (size // 2)


def objects(size: int) -> str:
    """JSON nested as deep as it is long, cut off."""
    return '{"a":' * (size // 5)


def identical(size: int) -> str:
    return "the same line of a log, again and again\n" * (size // 40)


def distinct(size: int) -> str:
    draw = draws(29)
    return until(size, (f"{next(draw):x} {next(draw):x} {next(draw):x}" for _ in count()))


def near_repeats(size: int) -> str:
    """Lines that share windows with earlier ones, and differ from them at a drawn place."""
    draw = draws(31)

    def lines() -> Iterator[str]:
        for _ in count():
            for at in range(6):
                yield f"step {at} of the job" if next(draw) % 8 else f"step {next(draw) % 99} stuck"

    return until(size, lines())


def short_lines(size: int) -> str:
    return "a\n" * (size // 2)


def blank_lines(size: int) -> str:
    return "\n" * size


def ansi(size: int) -> str:
    draw = draws(37)
    return until(
        size,
        (
            f"\x1b[3{i % 8}m\x1b[1m{words(draw, 3)}\x1b[0m {i % 100}%\r\x1b[2K\x1b[1A{i}"
            for i in count()
        ),
    )


def open_fences(size: int) -> str:
    """Beginnings without ends, of all that may be cut out of a text."""
    unit = (
        "<system-reminder>\n==> a.txt <==\n[1, {\n"
        "===== test session starts =====\n@@ -1,2 +3,4 @@\n"
    )
    return unit * (size // len(unit))


PROVOKING: Mapping[str, Callable[[int], str]] = {
    "one line": one_line,
    "one word": one_word,
    "brackets": brackets,
    "open objects": objects,
    "identical lines": identical,
    "distinct lines": distinct,
    "near repeats": near_repeats,
    "short lines": short_lines,
    "blank lines": blank_lines,
    "ANSI noise": ansi,
    "open fences": open_fences,
}

"""`aicontext index`, `search`, `show`, `map` and `pack` over a repository of git's."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from waiting import without_progress

from aicontext.entrypoints.cli.repository.index import index

Run = Callable[..., subprocess.CompletedProcess[str]]

CART = '''"""A cart."""

from shop.money import rounded


class Cart:
    """Lines to pay for."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int]] = []

    def add(self, name: str, cents: int) -> None:
        """Put one more thing in."""
        self.lines.append((name, cents))

    def total_with_discount(self, percent: int) -> int:
        """Cents to pay when a discount is taken off."""
        return rounded(sum(cents for _, cents in self.lines) * (100 - percent) / 100)
'''
MONEY = '''"""Money."""


def rounded(cents: float) -> int:
    """Whole cents, half of one to the even side."""
    return round(cents)
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "cart.py").write_text(CART)
    (root / "shop" / "money.py").write_text(MONEY)
    (root / ".gitignore").write_text("build/\n")
    (root / "build").mkdir()
    (root / "build" / "cart.py").write_text(CART)
    (root / ".env").write_text("SHOP_TOKEN=hunter2-discount\n")
    (root / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    time.sleep(0.06)  # What was written just now is read again.
    return root


def read(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_indexing_reads_what_changed_and_names_what_it_does_not_show(
    shop: Path, command: Run
) -> None:
    first = read(command("index", str(shop), "--json", "--skipped"))
    assert (first["files"], first["read"]) == (3, 3)
    assert first["skipped"] == {"binary": ["logo.png"], "secret": [".env"]}
    again = read(command("index", str(shop), "--json"))
    assert (again["files"], again["read"]) == (3, 0)
    (shop / "shop" / "money.py").write_text(MONEY + "\n\nCENT = 1\n")
    assert read(command("index", str(shop), "--json"))["read"] == 1
    (shop / "shop" / "money.py").unlink()
    assert read(command("index", str(shop), "--json"))["files"] == 2
    said = command("index", str(shop)).stdout
    assert "2 files indexed, none read" in said
    assert ".env" in said


def test_searching_says_why(shop: Path, command: Run) -> None:
    found = read(
        command("search", "the discount is rounded wrongly", "--path", str(shop), "--json")
    )
    assert [one["path"] for one in found["files"]] == ["shop/cart.py", "shop/money.py"]
    assert all(one["why"] for one in found["files"])
    assert found["definitions"][0]["symbol"] == "Cart.total_with_discount"
    assert "hunter2" not in json.dumps(found)
    below = read(command("search", "rounded", "--path", str(shop / "shop" / "money.py"), "--json"))
    assert [one["path"] for one in below["files"]] == ["shop/money.py"]
    assert "Nothing here matches" in command("search", "zebra", "--path", str(shop)).stdout


def test_an_index_made_anew_is_told_of(shop: Path, command: Run, tmp_path: Path) -> None:
    first = command("search", "discount", "--path", str(shop))
    assert without_progress(first.stderr) == ""
    (manifest,) = (tmp_path / "home" / "repositories").rglob("manifest")
    manifest.write_bytes(b"damage")
    found = command("search", "discount", "--path", str(shop))
    assert without_progress(found.stderr) == "The index was made anew: it is no index.\n"
    assert "shop/cart.py" in found.stdout


def test_a_terminal_is_not_steered_by_what_a_file_holds(
    shop: Path, command: Run, environment: dict[str, str]
) -> None:
    hostile = "def f():\n    return '\x1b]0;title\x07\x1b[2J\u202e'"
    (shop / "hostile.py").write_text(hostile + "\n")
    assert command("show", "f", "--path", str(shop)).stdout == hostile + "\n"
    screen, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "aicontext", "show", "f", "--path", str(shop)],
        env=environment,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    shown = os.read(screen, 4096).decode()
    os.close(terminal)
    os.close(screen)
    assert "return '\u241b]0;title\u2407\u241b[2J\ufffd'" in shown
    assert "\x1b" not in shown


def test_a_symbol_is_shown_whole(shop: Path, command: Run) -> None:
    for symbol in ("Cart.add", "add", "cart.py:add", "shop/cart.py:13"):
        done = command("show", symbol, "--path", str(shop))
        assert done.stdout == "\n".join(CART.split("\n")[11:14]) + "\n"
        assert "shop/cart.py:12-14" in done.stderr
    missing = command("show", "remove", "--path", str(shop), "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout)["error"]["code"] == "not_found"
    (shop / "shop" / "basket.py").write_text(CART)
    several = read(command("show", "Cart.add", "--path", str(shop), "--json"))
    assert [one["path"] for one in several["places"]] == ["shop/basket.py", "shop/cart.py"]
    assert several["shown"] == []


def test_what_holds_a_secret_is_said_to_be_held_back(shop: Path, command: Run) -> None:
    packed = command("pack", str(shop), "--task", "why is .env not read?")
    assert "Held back" in packed.stdout
    assert ".env" in packed.stdout
    assert "hunter2" not in packed.stdout
    for asked in (("show", ".env:1", "--path"), ("pack", "--task", "x", "--focus", ".env")):
        refused = command(*asked, str(shop))
        assert refused.returncode == 1
        assert ".env is named and not shown: secret." in refused.stderr


def test_a_map_goes_on_to_what_fits_and_counts_the_others(shop: Path, command: Run) -> None:
    names = ", ".join(f"parameter_{i}: int" for i in range(60))
    (shop / "shop" / "wide.py").write_text(f"def wide({names}) -> None:\n    return None\n")
    (shop / "shop" / "use.py").write_text("from shop.wide import wide\n\nwide()\nwide()\n")
    found = read(command("map", str(shop), "--budget", "80", "--json"))
    assert "parameter_1" not in found["content"]
    assert "def rounded" in found["content"]
    everything = read(command("map", str(shop), "--budget", "5000", "--json"))
    assert everything["left_out"] == 0
    assert found["left_out"] == len(everything["definitions"]) - len(found["definitions"])


def test_a_map_fits_its_budget(shop: Path, command: Run) -> None:
    found = read(command("map", str(shop), "--budget", "60", "--json"))
    assert found["tokens"] <= 60
    assert "def rounded(cents: float) -> int:" in found["content"]
    assert command("map", str(shop), "--budget", "1").returncode == 1


@pytest.mark.parametrize("form", ["markdown", "xml", "json", "plain"])
def test_a_pack_holds_what_the_task_needs(shop: Path, command: Run, form: str) -> None:
    task = ("pack", str(shop), "--task", "total_with_discount rounds wrongly", "--budget", "700")
    found = read(command(*task, "--format", form, "--json"))
    assert found["tokens"] <= 700
    shown = [(one["symbol"], one["rendition"]) for one in found["slices"]]
    assert ("Cart.total_with_discount", "full") in shown
    assert ("rounded", "full") in shown
    plain = command(*task, "--format", form)
    assert plain.stdout == found["content"]
    assert "of 700 tokens" in plain.stderr
    assert "hunter2" not in plain.stdout


def test_what_a_pack_has_no_room_for_is_counted(shop: Path, command: Run) -> None:
    done = command("pack", str(shop), "--task", "total_with_discount rounds", "--budget", "90")
    assert " of 90 tokens; " in done.stderr
    assert " more with a larger --budget" in done.stderr


def test_a_task_may_come_from_a_file_or_a_pipe(shop: Path, command: Run) -> None:
    trace = shop.parent / "failure.txt"
    trace.write_text(
        "Traceback (most recent call last):\n"
        '  File "/somewhere/shop/money.py", line 6, in rounded\n'
        "    return round(cents)\nTypeError: no\n"
    )
    found = read(command("pack", str(shop), "--task", f"@{trace}", "--json"))
    assert found["slices"][0]["symbol"] == "rounded"
    assert found["slices"][0]["why"] == "innermost frame of the failure"
    empty = command("pack", str(shop), "--task", "-", "--json")
    assert json.loads(empty.stdout)["error"]["code"] == "invalid_input"
    missing = command("pack", str(shop), "--task", "x", "--focus", "nothing.py", "--json")
    assert json.loads(missing.stdout)["error"]["code"] == "not_found"
    focused = read(command("pack", str(shop), "--task", "x", "--focus", "money.py", "--json"))
    assert {one["path"] for one in focused["slices"]} == {"shop/money.py"}


def test_watching_looks_soon_after_all_was_read(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks, slept = count(step=10), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))
    monkeypatch.setattr("time.sleep", sleep)
    assert CliRunner().invoke(index, [str(shop), "--watch"]).exit_code == 0
    assert slept == [0.5, 60]


def test_watching_reads_what_changes_until_it_is_told_to_end(
    shop: Path, environment: dict[str, str]
) -> None:
    words = [sys.executable, "-m", "aicontext", "index", str(shop), "--watch", "--json"]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # What a shell starts in the background begins deaf to Ctrl-C.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as watching:
        assert watching.stdout
        assert json.loads(watching.stdout.readline())["files"] == 3
        time.sleep(0.1)
        (shop / "new.py").write_text("def new():\n    return 1\n")
        assert json.loads(watching.stdout.readline())["files"] == 4
        os.kill(watching.pid, signal.SIGINT)
        assert watching.wait(30) == 0


def test_a_model_that_nobody_knows_is_told_of(shop: Path, command: Run) -> None:
    for verb in (["pack", str(shop), "--task", "discount"], ["map", str(shop)]):
        done = command(*verb, "-m", "nobodys-9000")
        assert "'nobodys-9000' is not in the catalogue" in done.stderr
        assert read(command(*verb, "-m", "nobodys-9000", "--json"))["warnings"]
    shown = command("show", "rounded", "--path", str(shop), "-m", "nobodys-9000")
    assert "'nobodys-9000' is not in the catalogue" in shown.stderr


def test_settings_are_packed_and_an_empty_pack_says_so(shop: Path, command: Run) -> None:
    (shop / "Dockerfile").write_text("FROM python:3.11\nRUN pip install shop\n")
    packed = read(command("pack", str(shop), "--task", "Take another Dockerfile", "--json"))
    assert packed["warnings"] == []
    assert "RUN pip install shop" in str(packed["content"])
    assert "FROM python" in command("show", "Dockerfile:2", "--path", str(shop)).stdout
    done = command("pack", str(shop), "--task", "zzzz")
    assert "Nothing here matches the task" in done.stdout
    assert "Nothing here matches the task" in done.stderr

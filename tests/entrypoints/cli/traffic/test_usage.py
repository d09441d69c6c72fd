"""`aicontext usage` over a real record."""

import csv
import json
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from arro3.io import read_parquet

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Prices, Quote

Run = Callable[..., subprocess.CompletedProcess[str]]
CALL = UsageEvent(
    id="1",
    at=1_795_003_200.25,
    caller=Caller("claude-code", "session-1", "shop"),
    protocol="anthropic",
    upstream="anthropic",
    model="claude-sonnet-4-5",
    status=200,
    outcome=Outcome.OPTIMIZED,
    direct_tokens=50_000,
    sent_tokens=20_000,
    billed=Billed(100, 15_000, 4_900, 0, 300),
    cost=0.02767501,
    direct_cost=0.1,
    changes=(Change(3, "Bash", Kind.TEST, Level.CONDENSED, 30_000, 1_000, "counted"),),
    owner=Owner("acme", "payments", "ann"),
)
"""On 2026-11-18."""
IMPORTED = replace(
    CALL, id="2", outcome=Outcome.IMPORTED, direct_cost=CALL.cost, changes=(), owner=Owner()
)
UNKNOWN = replace(CALL, id="3", model="our/model", cost=None, direct_cost=None)
FAILED = replace(CALL, id="4", status=0, billed=None, cost=None, direct_cost=None)


@pytest.fixture
def kept(tmp_path: Path) -> SqliteEvents:
    kept = SqliteEvents(tmp_path / "home" / "usage.db")
    kept.append([CALL, IMPORTED, UNKNOWN, FAILED])
    return kept


def asked(command: Run, *given: str) -> dict:
    found: dict = json.loads(command("usage", "--since", "all", "--json", *given).stdout)
    return found


def test_the_report_shows_each_matter(command: Run, kept: SqliteEvents) -> None:
    printed = command("usage", "--since", "2026-11", "--until", "2026-11").stdout
    for shown in (
        "claude-sonnet-4-5      3  40,000    75 %     600  $0.0554  $0.1277",
        "our/model              1  20,000    75 %     300        ?        ?        ?",
        "4 calls from 2026-11-01 to 2026-12-01 (UTC)",
        "$0.1277 → $0.0554   -72.3 % of what came through us",
        "imported 1 call, $0.0277: tools wrote them down",
        "1 call of no known price, in no sum of money: our/model (1)",
        "aicontext proxy --holdout 5%",
    ):
        assert shown in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_usage_and_savings_agree_to_the_micro_cent(command: Run, kept: SqliteEvents) -> None:
    usage = asked(command)
    saved = json.loads(command("savings", "--since", "all", "--json").stdout)
    whole, through, imported = usage["total"], saved["total"], saved["measured"]
    assert usage["imported"]["cost"] == imported["cost"]
    for name in ("calls", "failed", "priced", "cache_read", "output", "direct_tokens"):
        assert whole[name] == through[name] + imported[name]
    for name in ("cost", "direct_cost", "saved"):
        assert round(1e8 * whole[name]) == round(1e8 * through[name]) + round(1e8 * imported[name])
    days = json.loads(command("savings", "--since", "all", "--by", "day", "--json").stdout)["rows"]
    assert [row["day"] for row in days] == ["2026-11-18"]
    assert [row["day"] for row in asked(command, "--by", "day")["rows"]] == [1_794_960_000]
    assert asked(command, "--by", "day", "--by", "tool") == asked(command, "--by", "day,tool")


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        (("--user", "ann"), 3),
        (("--user", "ann", "--user", ""), 4),
        (("--team", "payments", "--model", "our/model"), 1),
        (("--outcome", "imported"), 1),
        (("--organisation", "evil"), 0),
        (("--session", "session-1", "--project", "shop", "--tool", "claude-code"), 4),
    ],
)
def test_filters(command: Run, kept: SqliteEvents, given: tuple[str, ...], calls: int) -> None:
    assert asked(command, *given)["total"]["calls"] == calls


@pytest.mark.parametrize("by", ["user,team", "session", "hour,tool", "month", "upstream,outcome"])
def test_csv_and_json_hold_the_same(command: Run, kept: SqliteEvents, by: str) -> None:
    given = ("usage", "--since", "all", "--by", by, "--format", "csv")
    records = list(csv.DictReader(command(*given).stdout.splitlines()))
    rows = asked(command, "--by", by)["rows"]
    assert len(records) == len(rows)
    for record, row in zip(records, rows, strict=True):
        assert record == {name: "" if v is None else str(v) for name, v in row.items()}


def test_no_cell_is_a_formula(command: Run, kept: SqliteEvents) -> None:
    for i, begin in enumerate(["=", "+", "-", "@", "\t", " ="]):
        caller = replace(CALL.caller, project=f'{begin}HYPERLINK("http://evil","x")')
        kept.append([replace(CALL, id=f"evil{i}", caller=caller)])
    for given in (
        ("usage", "--by", "project", "--format", "csv"),
        ("savings", "--by", "project", "--csv"),
    ):
        printed = command(*given, "--since", "all").stdout
        assert printed.count("HYPERLINK") == 6
        cells = [cell for row in csv.reader(printed.splitlines()) for cell in row]
        assert not [c for c in cells if c.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]


def test_kinds_are_of_blocks(command: Run, kept: SqliteEvents) -> None:
    assert asked(command, "--by", "kind")["rows"] == [
        {"kind": "test", "blocks": 3, "original_tokens": 90_000, "optimized_tokens": 3_000}
    ]
    assert "-96.7 %" in command("usage", "--since", "all", "--by", "kind").stdout


def test_a_comparison_is_made_where_sessions_were_left_alone(
    command: Run, kept: SqliteEvents
) -> None:
    sessions = [
        replace(
            CALL,
            id=f"s{i}",
            at=CALL.at + i,
            caller=replace(CALL.caller, session=f"s{i}"),
            outcome=Outcome.CONTROL if i % 2 else Outcome.OPTIMIZED,
            cost=(2.0 if i % 2 else 1.0) + i / 1000,
        )
        for i in range(-1, 60)
    ]
    kept.append(sessions)
    printed = command("usage", "--since", "all").stdout
    assert "saved of a session's cost" in printed
    found = asked(command)["compared"]["share"]
    assert 0.45 < found["low"] < found["expected"] < found["high"] < 0.55
    assert asked(command, "--model", "our/model")["compared"] is None


def test_prices_are_shown_with_their_source(command: Run) -> None:
    printed = command("usage", "prices", "claude-sonnet-4-5").stdout
    assert "standard              200,000      6     0.6    7.5        12    22.5" in printed
    assert "from genai-prices 0.2.3, as known on 2026-11-22" in printed
    assert json.loads(command("usage", "prices", "gpt-5", "--json").stdout)["provider"] == "openai"
    refused = command("usage", "prices", "our-own-model")
    assert (refused.returncode, "counted, and not priced" in refused.stderr) == (1, True)


def test_spans_of_time(command: Run, kept: SqliteEvents) -> None:
    kept.append([replace(CALL, id="now", at=time.time() - 5)])

    def count(*given: str) -> int:
        found = json.loads(command("usage", "--json", *given).stdout)
        return int(found["total"]["calls"])

    assert count("--since", "5m") == 1
    assert count("--since", "2026-11-18", "--until", "2026-11-18") == 4
    assert count("--since", "2026-11-18T12:00", "--until", "2026-11-18T12:01") == 4
    assert count("--since", "2026-11-18T12:01", "--until", "2026-11-18T12:02") == 0
    assert count("--since", "2026", "--until", "2026") >= 4
    for wrong in ("2026-13", "2026-02-30", "soon", "0000", "9999-12", "7y", "=1"):
        refused = command("usage", "--since", wrong)
        assert (refused.returncode, "is no time" in refused.stderr) == (1, True)
    refused = command("usage", "--since", "2026-11", "--until", "2026-10")
    assert "ends before" in refused.stderr
    refused = command("usage", "--by", "day,month")
    assert "unknown, or given twice" in refused.stderr


def test_no_record_is_no_error_and_makes_none(command: Run, tmp_path: Path) -> None:
    assert "No call is recorded" in command("usage").stdout
    assert "No such call is recorded" in command("usage", "--user", "nobody").stdout
    assert json.loads(command("usage", "--json").stdout)["rows"] == []
    assert "Nothing was made smaller" in command("usage", "--by", "kind").stdout
    assert not (tmp_path / "home").exists()


def test_damage_is_told_and_repaired(command: Run, kept: SqliteEvents, tmp_path: Path) -> None:
    assert "4 calls of 1 day: events, sums and ledger agree" in command("usage", "reconcile").stdout
    with closing(sqlite3.connect(tmp_path / "home" / "usage.db")) as base:
        base.execute("UPDATE ledger SET tokens = tokens + 1 WHERE account = 'owed/unpriced'")
        base.commit()
    told = command("usage", "reconcile")
    assert told.returncode == 1
    assert "1 figure not as the events say" in told.stdout
    assert "acme/owed/unpriced" in told.stdout
    assert "--repair" in told.stdout
    found = json.loads(command("usage", "reconcile", "--json").stdout)
    assert (found["agrees"], found["differences"][0]["kept"]) == (False, -20_299)
    mended = command("usage", "reconcile", "--repair")
    assert mended.returncode == 0
    assert "1 day made anew from the events." in mended.stdout
    assert command("usage", "reconcile").returncode == 0


def test_past_calls_are_repriced(command: Run, kept: SqliteEvents) -> None:
    old = Quote(Prices(1, 2, 0.1, 1.25, 2), "anthropic", "claude-sonnet-4-5")
    assert CALL.billed
    cost = CALL.billed.cost(old.prices)
    kept.append([replace(CALL, id="old", quote=old, cost=cost, direct_cost=cost)])
    planned = command("usage", "reprice", "--dry-run").stdout
    assert "anthropic/claude-sonnet-4-5      1  0.00832500  0.02767500" in planned
    assert "1 of 5 calls would be corrected." in planned
    assert "2 whose tool told the cost, 2 unpriced." in planned
    done = json.loads(command("usage", "reprice", "--json").stdout)
    assert (done["corrected"], done["dry_run"]) == (1, False)
    assert "0 of 5 calls corrected." in command("usage", "reprice").stdout
    assert "5 calls of 1 day: events, sums and" in command("usage", "reconcile").stdout
    assert json.loads(command("usage", "reprice", "--unpriced", "--json").stdout)["unpriced"] == 2


def test_files_of_other_programs(command: Run, kept: SqliteEvents, tmp_path: Path) -> None:
    path = tmp_path / "usage.parquet"
    given = ("usage", "--since", "all", "--by", "day,model", "--format")
    told = command(*given, "parquet", "-o", str(path))
    assert (told.returncode, told.stdout) == (0, "")
    assert "1 call of no known price" in told.stderr
    read = read_parquet(path).read_all()
    assert read.column("model").to_pylist() == ["claude-sonnet-4-5", "our/model"]
    assert read.column("cost").to_pylist() == [0.05535002, None]
    command(*given, "csv", "-o", str(tmp_path / "usage.csv"))
    assert (tmp_path / "usage.csv").read_text() == command(*given, "csv").stdout
    charges = list(csv.DictReader(command(*given, "focus").stdout.splitlines()))
    assert sorted(charge["BilledCost"] for charge in charges) == ["0.02767501", "0.02767501"]
    assert command(*given, "focus", "--user", "eve").stdout.count("\n") == 1
    refused = command(*given, "csv", "-o", str(tmp_path / "no" / "such" / "folder.csv"))
    assert refused.returncode
    assert "Traceback" not in refused.stderr
    for wrong in (["--by", "kind", "--format", "focus"], ["-o", "x"], ["--json", "-o", "x"]):
        refused = command("usage", *wrong)
        assert refused.returncode == 1
        assert "invalid_input" in refused.stdout + refused.stderr

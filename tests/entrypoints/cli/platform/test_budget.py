import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aicontext.entrypoints.cli.app import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["budget", *words])


def listed() -> list[dict[str, object]]:
    return json.loads(run("list", "--json").output)["budgets"]


def test_budgets_are_set_looked_at_and_taken_away() -> None:
    assert "There is no budget" in run("list").output
    said = run("set", "--day", "5usd", "--hour", "200ktokens", "--zone", "Europe/Berlin")
    assert "$5.00" in said.output
    assert "200,000 tokens" in said.output
    day, hour = sorted(listed(), key=lambda one: str(one["period"]))
    assert (day["period"], day["unit"], day["amount"], day["left"]) == ("day", "usd", 5.0, 5.0)
    assert (hour["unit"], hour["amount"], hour["zone"]) == ("tokens", 200_000, "Europe/Berlin")
    assert "Cleared: hour (tokens)." in run("clear", "--hour").output
    assert [one["period"] for one in listed()] == ["day"]
    assert json.loads(run("clear", "--json").output) == {"cleared": ["day"]}
    assert run("clear").output == "There was none.\n"


def test_setting_again_replaces() -> None:
    run("set", "--month", "$20")
    assert json.loads(run("set", "--month", "30usd", "--soft", "--warn-at", "50", "--json").output)
    (found,) = listed()
    assert (found["amount"], found["hard"], found["warn_at"]) == (30.0, False, 50)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say how much"),
        (("--day", "much"), "no amount"),
        (("--day", "0"), "more than nothing"),
        (("--day", "5usd", "--zone", "Mars"), "no time zone"),
        (("--day", "5usd", "--warn-at", "0"), "1 to 100 percent"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], said: str, home: Path) -> None:
    failed = run("set", *words)
    assert failed.exit_code
    assert said in failed.output
    assert listed() == []


def test_teams_go_by_their_names_and_users_by_their_addresses() -> None:
    assert CliRunner().invoke(main, ["teams", "create", "core"]).exit_code == 0
    assert CliRunner().invoke(main, ["projects", "create", "shop"]).exit_code == 0
    for whose in ("team:core", "user:local@localhost", "project:shop"):
        assert run("set", "--of", whose, "--month", "5usd").exit_code == 0
    assert {one["level"] for one in listed()} == {"team", "user", "project"}
    assert "Cleared: month" in run("clear", "--of", "team:core").output
    assert "(not_found)" in run("set", "--of", "team:none", "--month", "5usd").output

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aicontext.entrypoints.cli.app import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "note").write_text("one")
    monkeypatch.setenv("AICONTEXT_HOME", str(home))
    monkeypatch.setenv("AICONTEXT_PORT", "1")
    monkeypatch.setenv("AICONTEXT_BACKUP_PASSPHRASE", "sesame")
    return home


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, words, input=typed)


def test_what_was_backed_up_is_listed_verified_and_restored(home: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "target")
    made = run("backup", target)
    assert "1 file, 0.0 KiB, of which 0.0 KiB are new." in made.output
    found = json.loads(run("backup", target, "--list", "--json").output)["backups"]
    assert [one["files"] for one in found] == [1]
    assert found[0]["id"] in run("backup", target, "--list").output
    assert "is whole" in run("verify", target).output
    (home / "note").write_text("two")
    done = json.loads(run("restore", target, "--json").output)
    assert (home / "note").read_text() == "one"
    assert (Path(done["former"]) / "note").read_text() == "two"


def test_restoring_asks_first(home: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "target")
    run("backup", target)
    (home / "note").write_text("two")
    assert run("restore", target, typed="n\n").exit_code == 1
    nobody = run("restore", target)
    assert "Nobody agreed to it. Give --yes." in nobody.output
    assert (home / "note").read_text() == "two"


def test_restoring_where_nothing_is_needs_no_word(home: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "target")
    run("backup", target)
    (home / "note").unlink()
    assert run("restore", target).exit_code == 0
    assert (home / "note").read_text() == "one"


def test_older_backups_are_removed(home: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "target")
    run("backup", target)
    assert "Removed 1 older backup." in run("backup", target, "--keep", "1").output
    assert len(json.loads(run("backup", target, "--list", "--json").output)["backups"]) == 1


def test_the_passphrase_is_asked_for_twice_when_it_is_new(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AICONTEXT_BACKUP_PASSPHRASE")
    target = str(tmp_path / "target")
    assert run("backup", target, typed="one\nother\none\none\n").exit_code == 0
    assert run("verify", target, typed="one\n").exit_code == 0
    wrong = run("verify", target, typed="other\n")
    assert wrong.exit_code == 1
    assert "error (invalid_input): The passphrase is another." in wrong.output
    assert "Set AICONTEXT_BACKUP_PASSPHRASE." in run("verify", target).output


def test_no_passphrase_is_asked_for_where_no_backup_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AICONTEXT_BACKUP_PASSPHRASE")
    target = str(tmp_path / "target")
    for command in ("verify", "restore"):
        assert f"There are no backups in {target}. Make one" in run(command, target).output
    assert run("backup", target, "--list").output == "There are no backups.\n"
    run("backup", target, typed="one\none\n")
    assert run("backup", target, typed="one\n").exit_code == 0


def test_what_cannot_be_done_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "error (unavailable)" in run("backup", str(tmp_path / "file")).output
    assert "error (invalid_input)" in run("backup", "s3://").output
    assert "The target has no name." in run("backup", "").output

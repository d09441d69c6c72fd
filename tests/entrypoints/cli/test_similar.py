"""`aicontext similar`, as a person or a pipe uses it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from model_server import Handler, raw, serving

import aicontext

Run = Callable[..., subprocess.CompletedProcess[str]]

CODE = "def connect(url):\n    return sqlite3.connect(url, timeout=10)\n"
CHANGED = CODE.replace("10", "30")


def test_what_was_kept_is_found_and_can_be_forgotten(command: Run) -> None:
    assert "Nothing that was kept" in command("similar", said=CODE).stdout
    kept = json.loads(command("similar", "--keep", "--json", said=CODE).stdout)["kept"]
    done = command("similar", said=CHANGED)
    assert (done.returncode, done.stderr) == (0, "")
    assert kept["handle"] in done.stdout
    assert command("retrieve", kept["handle"]).stdout == CODE
    (found,) = json.loads(command("similar", "--json", said=CHANGED).stdout)["similar"]
    assert found["score"] > 0.9
    assert {name: found[name] for name in kept} == kept
    assert "no longer be found" in command("similar", "--forget", said=CODE).stdout
    assert "was not kept" in command("similar", "--forget", said=CODE).stdout
    command("similar", "--keep", said=CODE)
    gone = command("similar", "--forget-all", "--yes", "--json")
    assert json.loads(gone.stdout) == {"forgotten": 1}
    assert "Nothing that was kept" in command("similar", said=CHANGED).stdout


def test_mistakes_are_told_with_what_to_do(command: Run, tmp_path: Path) -> None:
    done = command("similar", "--keep", "--forget", said=CODE)
    assert (done.returncode, "Choose one" in done.stderr) == (1, True)
    done = command("similar", said="  ")
    assert (done.returncode, "not one word" in done.stderr) == (1, True)
    without = tmp_path / "tokenizers.py"  # A module of that name that cannot be imported.
    without.write_text("raise ModuleNotFoundError(name='tokenizers')")
    done = command("similar", said=CODE, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "missing_extra" in done.stderr
    assert "pip install 'ai-context-platform[vectors]'" in done.stderr


def test_another_model_does_not_mix_with_what_was_kept(command: Run) -> None:
    def answer(handler: Handler, body: dict[str, object]) -> None:
        data = [{"index": 0, "embedding": [1.0, 2.0]}]
        raw(200, json.dumps({"data": data}).encode())(handler, body)

    command("similar", "--keep", said=CODE)
    with serving(answer) as (url, _):
        named = {"AICONTEXT_EMBEDDINGS_URL": url, "AICONTEXT_EMBEDDINGS_NAME": "small"}
        done = command("similar", said=CODE, **named)
    assert done.returncode == 1
    assert "made by wordllama" in done.stderr
    assert "not by small (2)" in done.stderr


def test_the_library_finds_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_VECTORS", "qdrant://")
    assert aicontext.similar(CODE, keep=True) == []
    (found,) = aicontext.similar(CHANGED, limit=3)
    assert aicontext.retrieve(found.context.handle) == CODE

"""The command as a person or a pipe uses it."""

import fcntl
import json
import os
import select
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import pytest
from model_server import OPENAI_ERROR, raw, said, serving
from waiting import until, without_progress

from aicontext.entrypoints.cli.app import main

EXAMPLES = Path(__file__).parents[3] / "examples"
SESSION = EXAMPLES / "session.json"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(command: Run) -> Run:
    return partial(command, AICONTEXT_MODEL="gpt-4o")


def test_optimize_reports_and_retrieve_fetches(run: Run) -> None:
    done = run("optimize", str(SESSION), "--query", "Why does the checkout test fail?")
    assert done.returncode == 0
    assert "tokens" in done.stdout
    assert "aicontext retrieve" in done.stdout
    handle = done.stdout.split("aicontext retrieve ")[1].split()[0]
    assert "test session starts" in run("retrieve", handle, "--lines", "1").stdout
    assert "FAILED" in run("retrieve", handle, "--query", "discount FAILED").stdout
    assert json.loads(run("retrieve", handle, "--json").stdout)["handle"] == handle


def test_the_contract_as_json(run: Run) -> None:
    result = json.loads(run("optimize", str(SESSION), "--json").stdout)
    assert result["original_tokens"] > result["optimized_tokens"]
    assert 0 <= result["quality_score"] <= 1
    assert json.loads(result["content"])["messages"]
    assert {"block", "kind", "level", "why", "handle"} <= result["optimizations"][0].keys()
    assert result["reduction_percentage"] > 70


def test_output_goes_to_a_file_or_to_standard_output(run: Run, tmp_path: Path) -> None:
    run("optimize", str(SESSION), "-o", str(tmp_path / "out.json"))
    piped = run("optimize", "-", "-o", "-", said=SESSION.read_text())
    assert piped.stdout == (tmp_path / "out.json").read_text()
    assert "tokens" in piped.stderr
    assert not list(tmp_path.glob("*draft*"))


def test_where_the_content_went_is_told(run: Run, tmp_path: Path) -> None:
    for words in (["optimize"], ["compress", "-b", "50"], ["compress", "-b", "50", "--json"]):
        target = tmp_path / "written"
        done = run(*words, "-o", "written", said="a few words\n")
        assert ("written to written" in done.stdout + done.stderr) is ("--json" not in words)
        assert target.read_text().startswith("a few words")
        target.unlink()


@pytest.mark.parametrize("words", [["optimize", "in"], ["compress", "./in", "-b", "9"]])
def test_the_input_is_not_written_over(run: Run, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "in").write_text("precious\n")
    (tmp_path / "link").symlink_to("in")
    for output in ("in", "link"):
        done = run(*words, "-o", output)
        assert (done.returncode, f"{output} is the input itself" in done.stderr) == (1, True)
    assert (tmp_path / "in").read_text() == "precious\n"


@pytest.mark.parametrize("verb", [["optimize"], ["analyze"], ["predict"], ["compress", "-b", "9"]])
def test_nothing_and_no_text_are_told(run: Run, tmp_path: Path, verb: list[str]) -> None:
    (tmp_path / "bytes").write_bytes(b"\x7fELF\0\0\1" * 9)
    assert "The input is empty." in run(*verb).stderr
    assert "The input is no text." in run(*verb, "bytes").stderr
    assert without_progress(run(*verb, said="a few words").stderr) == ""


def test_one_token_is_one_token(run: Run) -> None:
    said = run("analyze", said="a").stdout
    assert "1 block, 1 token for gpt-4o" in said
    assert "\n1 token would do" in said


def test_the_command_to_fetch_an_original_runs_as_it_is_printed(run: Run) -> None:
    done = run("optimize", str(SESSION), PATH="/usr/bin:/bin")
    line = next(line for line in done.stdout.splitlines() if " retrieve " in line)
    words = shlex.split(line, comments=True)
    assert words[:-2] == [sys.executable, "-m", "aicontext"]


def test_a_low_quality_says_what_raises_it(run: Run) -> None:
    said = "a larger budget raises it"
    assert said in run("optimize", str(SESSION), "-b", "500").stdout
    assert said not in run("optimize", str(SESSION)).stdout


def test_explain_and_diff(run: Run) -> None:
    done = run("optimize", str(SESSION), "--explain", "--diff")
    assert "left as it is" in done.stdout
    assert "+++ optimized" in done.stdout
    assert "\n-tests/test_tax.py::test_books_are_cheaper_in_germany PASSED" in done.stdout


def test_what_cannot_be_made_smaller_is_told(run: Run) -> None:
    done = run("optimize", said="a few words\n")
    assert "0.0 %" in done.stdout
    assert "-0.0" not in done.stdout
    assert "Nothing could be made smaller" in done.stdout


def test_compress_is_a_filter(run: Run) -> None:
    log = "\n".join(f"12:00:{i % 60:02d} INFO request {i} served" for i in range(3000))
    log += "\n12:51:00 ERROR spool is full (code 77)\n"
    done = run("compress", "--budget", "200", said=log)
    assert "spool is full" in done.stdout
    assert without_progress(done.stderr) == ""
    reference = run("compress", "-b", "200", "--no-archive", said=log)
    assert "aicontext retrieve" not in reference.stdout


def test_analyze_and_predict(run: Run) -> None:
    assert "anthropic-messages" in run("analyze", str(SESSION)).stdout
    assert "test_checkout.py" in run("analyze", str(EXAMPLES / "shop")).stdout
    assert json.loads(run("analyze", str(SESSION), "--json").stdout)["blocks"]
    assert "calls until the window is full" in run("predict", str(SESSION)).stdout
    assert json.loads(run("predict", str(SESSION), "--json").stdout)["input_tokens"]["expected"] > 0


def test_folders(run: Run) -> None:
    done = run("optimize", str(EXAMPLES / "shop"), "-q", "tax of a cart", "-b", "900", "--json")
    assert json.loads(done.stdout)["optimized_tokens"] <= 900


def test_archive_can_be_seen_and_cleared(run: Run) -> None:
    run("optimize", str(SESSION))
    assert json.loads(run("archive", "--json").stdout)["texts"] > 0
    assert "originals, " in run("archive").stdout
    assert run("archive", "--clear", said="n\n").returncode != 0
    assert run("archive", "--clear", said="y\n").returncode == 0
    assert json.loads(run("archive", "--json").stdout)["texts"] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["optimize", "absent.json"], "not_found"),
        (["retrieve", "zzz"], "invalid_input"),
        (["retrieve", "0123456789ab"], "not_found"),
        (["compress", "-b", "1", str(SESSION)], "budget_too_small"),
        (["optimize", str(SESSION), "-o", "/proc/none/x"], "invalid_input"),
        (["optimize", "x" * 5000], "invalid_input"),
        (["webhooks", "send", "\udcff"], "invalid_input"),
        (["webhooks", "accept", ""], "invalid_input"),
        (["teams", "delete", "\udcff"], "invalid_input"),
    ],
)
def test_errors_have_a_code_and_no_stack(run: Run, words: list[str], code: str) -> None:
    done = run(*words)
    assert done.returncode == 1
    assert f"error ({code})" in done.stderr
    assert "Traceback" not in done.stderr
    as_json = run(*words, "--json")
    assert json.loads(as_json.stdout)["error"]["code"] == code


def test_settings_are_checked(run: Run) -> None:
    done = run("archive", AICONTEXT_ARCHIVE_BYTES="lots")
    assert "AICONTEXT_ARCHIVE_BYTES" in done.stderr
    assert done.returncode == 1


def test_control_characters_do_not_reach_the_screen(run: Run) -> None:
    session = {
        "messages": [
            {"role": "user", "content": "x"},
            {
                "role": "tool",
                "tool_call_id": "\x1b[31mred\x07",
                "name": "\x1b]0;t\x07",
                "content": "y",
            },
        ]
    }
    done = run("optimize", "--explain", said=json.dumps(session))
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_half_a_surrogate_pair_is_shown_as_its_escape(run: Run) -> None:
    log = "\n".join(f"12:00:{i % 60:02d} INFO request {i} served" for i in range(900))
    session = [
        {"role": "user", "content": "why?"},
        {"role": "tool", "tool_call_id": "a", "content": log + "\nERROR \ud800 is no letter"},
    ]
    given = json.dumps(session)
    assert r"ERROR \ud800 is" in run("compress", "-b", "300", said=given).stdout
    steps = json.loads(run("optimize", "--json", said=given).stdout)["optimizations"]
    handle = next(step["handle"] for step in steps if step["handle"])
    assert r"ERROR \ud800 is" in run("retrieve", handle).stdout


def test_a_long_report_shows_the_largest_blocks_and_counts_the_rest(
    run: Run, tmp_path: Path
) -> None:
    for number in range(60):
        body = "\n".join(f"def f{number}_{n}(a):\n    return a * {n}" for n in range(8 + number))
        (tmp_path / "many").mkdir(exist_ok=True)
        (tmp_path / "many" / f"m{number:02}.py").write_text(body)
    done = run("optimize", "many", "-b", "10000")
    assert "m39.py" in done.stdout
    assert len(done.stdout.splitlines()) < 70
    assert "smaller blocks (--explain shows all)" in done.stdout
    assert "and nothing of 20 files" in done.stdout
    whole = run("optimize", "many", "-b", "10000", "--explain")
    assert all(f"m{number:02}.py" in whole.stdout for number in range(60))


def test_a_summary_comes_from_the_model_that_is_set(run: Run) -> None:
    with serving(said("Only shop/tax.py is left alone.", "anthropic")) as (url, _):
        done = run(
            *("compress", str(SESSION), "-b", "1500", "--summary"),
            AICONTEXT_MODELS_URL=url,
            AICONTEXT_MODELS_NAME="small",
            AICONTEXT_MODELS_API="anthropic",
        )
    assert "Only shop/tax.py is left alone." in done.stdout
    assert without_progress(done.stderr) == ""


def test_without_its_summary_a_session_is_still_compacted(run: Run) -> None:
    with serving(raw(401, json.dumps(OPENAI_ERROR).encode())) as (url, _):
        done = run(
            *("compress", str(SESSION), "-b", "1500", "--summary"),
            AICONTEXT_MODELS_URL=url,
            AICONTEXT_MODELS_NAME="small",
            AICONTEXT_MODELS_KEY="sk-secret",
        )
    assert done.returncode == 0
    assert "do not touch shop/tax.py" in done.stdout
    assert "AICONTEXT_MODELS_KEY" in done.stderr
    assert "sk-secret" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("words", [["--help"], ["optimize", str(SESSION)], ["analyze"]])
def test_a_full_disk_is_told_in_a_line(tmp_path: Path, words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "aicontext", *words],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"AICONTEXT_HOME": str(tmp_path)},
        )
    assert done.returncode == 1
    assert done.stderr.endswith("Standard output cannot be written: No space left on device.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_does_not_wait_for_room_gets_all(tmp_path: Path, unbuffered: str) -> None:
    end, pipe = os.pipe()
    os.set_blocking(pipe, False)
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    words = ["tools", "--all", "--json"]
    more = {"AICONTEXT_HOME": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    with (
        subprocess.Popen(
            [sys.executable, "-m", "aicontext", *words],
            stdout=pipe,
            stderr=subprocess.PIPE,
            env=os.environ | more,
        ) as process,
        open(end, "rb") as reader,
    ):
        os.close(pipe)
        until(lambda: select.select([reader], [], [], 0)[0])
        text = reader.read()
        assert process.wait() == 0
    assert len(json.loads(text)["tools"]) > 100


def test_what_an_encoding_lacks_is_a_question_mark(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aicontext", "optimize", str(SESSION)],
        capture_output=True,
        env=os.environ | {"AICONTEXT_HOME": str(tmp_path), "PYTHONIOENCODING": "latin-1"},
    )
    assert done.returncode == 0
    assert b"46,555 ? " in done.stdout


def test_a_folder_that_is_gone_is_told_in_a_line(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-m", "aicontext", "tools"])
    done = subprocess.run(
        ["/bin/sh", "-c", f"mkdir here && cd here && rmdir ../here && {command}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"AICONTEXT_HOME": str(tmp_path)},
    )
    assert done.returncode == 1
    assert done.stderr.endswith("The current folder is gone. Go to another one.\n")


def test_a_closed_stream_is_an_empty_one(tmp_path: Path) -> None:
    for words, closed in ((["archive", "--clear"], "0<&-"), (["optimize", str(SESSION)], "2>&-")):
        command = shlex.join([sys.executable, "-m", "aicontext", *words])
        done = subprocess.run(
            ["/bin/sh", "-c", f"{command} {closed}"],
            capture_output=True,
            text=True,
            env=os.environ | {"AICONTEXT_HOME": str(tmp_path)},
        )
        assert done.returncode == (1 if words[0] == "archive" else 0), done
        assert "Traceback" not in done.stderr


def test_what_cannot_be_read_in_a_folder_is_named(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text("a = 1\n")
    (folder / "b.py").write_text("b = 2\n")
    (folder / "b.py").chmod(0)
    if os.access(folder / "b.py", os.R_OK):
        (folder / "b.py").unlink()  # Root reads anything but what is no file.
        (folder / "b.py").symlink_to("/proc/self/mem")
    done = run("optimize", "folder")
    assert done.returncode == 0
    assert "Not readable, left out: folder/b.py" in done.stderr


def test_an_input_without_a_name_is_not_the_folder_here(run: Run) -> None:
    assert "error (invalid_input)" in run("optimize", "").stderr


def test_the_archive_is_cleared_without_a_question_for_scripts(run: Run) -> None:
    run("optimize", str(SESSION))
    assert json.loads(run("archive", "--clear", "--yes", "--json").stdout)["texts"] == 0


def test_what_is_no_text_is_only_named(run: Run) -> None:
    noise = "".join(chr(n * 7 % 32) for n in range(4000))
    done = run("compress", "-b", "100", said=noise)
    assert done.stdout.startswith("[… ")
    assert len(done.stdout.splitlines()) == 1


def test_a_wrong_command_is_told_what_is_near(run: Run) -> None:
    done = run("optimise", str(SESSION))
    assert done.returncode == 2
    assert "No such command 'optimise'. Perhaps optimize?" in done.stderr
    assert "Perhaps" not in run("frobnicate").stderr


def test_help_lists_every_command_with_a_whole_sentence() -> None:
    def each(group: click.Group, context: click.Context) -> int:
        lines = group.get_help(context).splitlines()
        assert not [line for line in lines if line.startswith("  ") and line.endswith("...")]
        names = group.list_commands(context)
        for name in names:
            assert any(line.startswith(f"  {name} ") for line in lines), name
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                each(command, click.Context(command, context, name))
        return len(names)

    assert each(main, click.Context(main, info_name="aicontext")) > 40

import json

import pytest

from aicontext.domain.context import Ask
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.asks import ask_of, asks_of, is_read, is_retrieved, named


def call(tool: str, arguments: object) -> Message:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return Message(Role.TOOL_CALL, text, tool, "1")


@pytest.mark.parametrize(
    ("tool", "arguments", "path"),
    [
        ("Read", {"file_path": "a.py", "offset": 3}, "a.py"),
        ("read_file", {"path": "a.py"}, "a.py"),
        ("Grep", {"pattern": "x", "path": "src"}, ""),
        ("Bash", {"command": "cat a.py"}, "a.py"),
        ("shell", {"command": ["bash", "-lc", "cd x && nl -ba a.py | sed -n '1,9p'"]}, "a.py"),
        ("exec", {"cmd": "sed -n '1,9p' a.py; sed -n 3p b.py"}, ""),
        ("Bash", {"command": "cat <<EOF > a.py"}, ""),
        ("Bash", {"command": "sed -i s/a/b/ a.py"}, ""),
        ("Bash", {"command": 'cat "a.py'}, ""),
        ("Bash", {"command": None, "path": 3}, ""),
        ("odd", "not json", ""),
        ("odd", "[" * 100_000, ""),
    ],
)
def test_the_file_shown_is_found_in_the_call(tool: str, arguments: object, path: str) -> None:
    ask = ask_of(call(tool, arguments), "why?", "because")
    assert (ask.tool, ask.path, ask.query) == (tool, path, "why?\nbecause")


def test_reads_of_several_files_are_reads_all_the_same() -> None:
    assert is_read(ask_of(call("exec", {"cmd": "cat a.py && head -3 b.py"}), "", ""))
    assert not is_read(ask_of(call("exec", {"cmd": "pytest -q | tail -3"}), "", ""))


def test_listings_are_no_reads_and_what_was_retrieved_is_known() -> None:
    assert not is_read(ask_of(call("LS", {"path": "src"}), "", ""))
    assert not is_read(ask_of(call("list_dir", {"path": "src"}), "", ""))
    assert is_retrieved(ask_of(call("Bash", {"command": "aicontext retrieve 12ab"}), "", ""))
    assert is_retrieved(ask_of(call("mcp__aicontext__retrieve", {"handle": "12ab"}), "", ""))
    assert not is_retrieved(ask_of(call("Bash", {"command": "cat a.py"}), "", ""))


def test_a_result_without_a_call_has_only_the_question() -> None:
    assert ask_of(None, "why?", "") == Ask(query="why?")


def test_only_what_stands_before_a_result_is_looked_at() -> None:
    read = call("Read", {"file_path": "a.py"})
    messages = [
        Message(Role.USER, "why?"),
        read,
        Message(Role.TOOL_RESULT, "x = 1", "Read", "1"),
        Message(Role.ASSISTANT, "because"),
    ]
    assert asks_of(messages)[2] == ask_of(read, "why?", "")
    assert asks_of(messages[:3]) == asks_of(messages)[:3]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("/x/src/a.py", "Make a.py faster.", True),
        ("src\\a.py", "Look at src/a.py", True),
        ("src/b.py", "Make a.py faster.", False),
        ("", "Make a.py faster.", False),
        ("a.py", 20_000 * "." + "a.py", False),
    ],
    ids=("path", "windows", "other", "none", "pasted"),
)
def test_a_file_is_named_by_its_last_part(path: str, text: str, found: bool) -> None:
    assert named(path, ["Do it.", text]) is found

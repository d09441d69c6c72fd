import json
import logging
import sys

import pytest

from aicontext.adapters.telemetry.logs import JsonLines


def line(name: str, message: str, *args: object, failed: bool = False, **extra: str) -> str:
    record = logging.LogRecord(name, logging.WARNING, "", 1, message, args, None)
    record.__dict__.update(extra)
    if failed:
        record.exc_info = sys.exc_info()
    return JsonLines().format(record)


@pytest.mark.parametrize(
    "hostile", ["a\nb", "a\r\n{}", "\x1b[31mred", "a\u2028b\x00", '"}\n{"level":"x']
)
def test_whatever_a_message_holds_it_is_one_line_and_one_object(hostile: str) -> None:
    text = line("aicontext.wiring", "Upstream %s failed.", hostile)
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    found = json.loads(text)
    assert found["message"] == f"Upstream {hostile} failed."
    assert (found["level"], found["logger"]) == ("warning", "aicontext.wiring")


def test_of_others_records_what_they_fill_in_is_left_out() -> None:
    found = json.loads(line("aiohttp.server", "Bad header %r", "Authorization: sk-secret"))
    assert found["message"] == "Bad header %r"


def test_of_exceptions_the_kind_and_the_place_are_told_but_no_words() -> None:
    try:
        raise ValueError("sk-secret in a message")
    except ValueError:
        text = line("aicontext.x", "It failed.", failed=True)
    found = json.loads(text)
    assert found["error"] == "ValueError"
    assert "test_of_exceptions" in found["raised"]
    assert "sk-secret" not in text


def test_what_belongs_to_a_call_is_told_with_it() -> None:
    found = json.loads(line("aicontext.x", "Slow.", event="e" * 32, trace="t" * 32))
    assert (found["event"], found["trace"]) == ("e" * 32, "t" * 32)

"""What was read before makes requests fast to read, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.errors import AiContextError
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.forms.readings import Readings
from aicontext.engine.compress.forms.spans import DEPTH

CACHED = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
LONG = "The same words begin more than one text. " * 5


def _anthropic(call: str, text: str, **more: Any) -> list[Any]:
    used = {"type": "tool_use", "id": call, "name": f"Read{len(text) % 2}", "input": {"path": text}}
    done = {"type": "tool_result", "tool_use_id": call, "content": text, **more}
    return [{"role": "assistant", "content": [used]}, {"role": "user", "content": [done]}]


def _gemini(tool: str, text: str) -> list[Any]:
    """Without ids: results belong to calls by their order."""
    call = {"functionCall": {"name": tool, "args": {}}}
    done = {"functionResponse": {"name": tool, "response": {"output": text}}}
    return [{"role": "model", "parts": [call]}, {"role": "user", "parts": [done]}]


EMPTY = {"type": "tool_result", "tool_use_id": LONG, **CACHED}
ITEMS: list[Any] = [
    {"role": "user", "content": "Go on."},
    {"role": "user", "content": [{"type": "text", "text": LONG + "é"}]},
    {"role": "user", "content": [{"type": "text", "text": LONG + "and end \ud800 otherwise"}]},
    {"role": "user", "content": [EMPTY]},
    *_anthropic("t1", "one\n" + LONG),
    *_anthropic("t1", "another one"),
    *_anthropic("t2", "two", **CACHED),
    {"role": "assistant", "content": None, "tool_calls": [{"id": "t1", "function": {"name": "x"}}]},
    {"role": "tool", "tool_call_id": "t1", "content": LONG},
    {"role": "tool", "name": "y", "content": "no id"},
    {"type": "function_call", "call_id": "t2", "name": "z", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "t2", "output": "found"},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
    *_gemini("list", "a.py"),
    *_gemini("list", "b.py"),
    {"role": "tool_call", "tool": "w", "input": {"a": 1}},
    {"role": "tool_result", "tool": "w", "text": "done", "failed": True},
    {"type": "clear_tool_uses"},
    {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": "QUJD"}}]},
    {"message": {"role": "user", "content": "of a transcript"}},
    "a text",
    12,
    1,
    None,
    [],
]
TOOLS = [{"name": "Bash", **CACHED}, {"functionDeclarations": [{"name": "list"}]}]
SYSTEM = [[{"type": "text", "text": LONG, **CACHED}], "Be brief.", {"parts": [{"text": "Gemini."}]}]
LISTED = st.sampled_from(["messages", "input", "contents", "events"])
ENTRY = st.one_of(
    st.tuples(LISTED, st.lists(st.sampled_from(ITEMS), max_size=12)),
    st.tuples(LISTED, st.sampled_from(["a text", {"role": "user"}, 12, None])),
    st.tuples(st.sampled_from(["system", "instructions", "tools"]), st.sampled_from(SYSTEM)),
    st.tuples(st.just("tools"), st.lists(st.sampled_from(TOOLS), max_size=2)),
    st.tuples(st.sampled_from(["edits", "metadata"]), st.lists(st.sampled_from(ITEMS), max_size=3)),
    st.just(("context_management", {"edits": [{"type": "clear_tool_uses"}]})),
    st.just(("model", "a model")),
    st.just(("cache_control", {"type": "ephemeral"})),
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A request, perhaps with keys given twice, odd white space, more behind it, or cut off."""
    entries = draw(st.lists(ENTRY, min_size=1, max_size=6))
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 1]))
    dumps = json.JSONEncoder(ensure_ascii=ascii_only, indent=indent).encode
    blank, mark = draw(st.sampled_from(["", " ", "\r\n\t"])), draw(st.sampled_from(["", "\ufeff"]))
    members = f"{blank},".join(f"{dumps(k)}{blank}:{blank}{dumps(v)}" for k, v in entries)
    more = draw(st.sampled_from(["", "", "", "\n", "\n{}", "]"]))
    raw = f"{mark}{{{members}}}{more}".encode("utf-8", "surrogatepass")
    return raw[: draw(st.sampled_from([len(raw)] * 6 + [len(raw) // 2, len(raw) - 1]))]


def outcome(raw: bytes, readings: Readings | None = None) -> Conversation | str:
    try:
        return read(raw, readings)
    except AiContextError as error:
        return f"{error.code}: {error}"


@settings(max_examples=300, deadline=None)
@given(st.lists(bodies(), min_size=2, max_size=6), st.sampled_from([1_000, 8_000, 1_000_000]))
def test_whatever_was_read_before_a_request_reads_the_same(raws: list[bytes], limit: int) -> None:
    readings = Readings(limit)
    for raw in [*raws, *raws]:
        assert outcome(raw, readings) == outcome(raw)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ITEMS), max_size=14), st.data())
def test_a_growing_forking_shrinking_session_reads_the_same(items: list[Any], data: Any) -> None:
    """With the place where the cache is asked for moving on."""
    readings = Readings()
    for _ in range(6):
        first = data.draw(st.integers(0, len(items)))
        sent = items[first : data.draw(st.integers(first, len(items)))]
        if sent and isinstance(sent[-1], dict) and isinstance(sent[-1].get("content"), list):
            *before, part = sent[-1]["content"]
            sent = [*sent[:-1], {**sent[-1], "content": [*before, {**part, **CACHED}]}]
        raw = json.dumps({"messages": sent, "system": SYSTEM[0], "tools": TOOLS}).encode()
        assert read(raw, readings) == read(raw)


@pytest.mark.parametrize("key", ["messages", "contents", "input"])
def test_what_is_repeated_is_not_read_again(key: str) -> None:
    items = [item for n in range(9) for item in _anthropic(f"toolu_{n}", f"{n}: {LONG}")]
    readings = Readings()
    body = {"tools": TOOLS, "system": SYSTEM[0], key: items[:-2]}
    before = read(json.dumps(body).encode(), readings)
    after = read(json.dumps(body | {key: items, "model": "moves all"}).encode(), readings)
    pairs = zip(before.messages, after.messages[: len(before.messages)], strict=True)
    assert all(one is other for one, other in pairs)


@pytest.mark.parametrize("kept", [1, 6, 17, 18])
def test_items_that_start_a_list_again_are_found_together(kept: int) -> None:
    items = [item for n in range(9) for item in _anthropic(f"toolu_{n}", f"{n}: {LONG}")]
    raw, readings = json.dumps({"messages": items}).encode(), Readings()
    read(raw, readings)
    again = json.dumps({"messages": [*items[:kept], ITEMS[1], *items[kept:]]}).encode()
    found = readings.find_run("messages", again, again.index(b"[") + 1)
    assert found
    assert found[0].whole.messages == read(raw).messages[: found[0].sizes[-1].messages]
    assert len(found[0].items) == kept
    assert read(again, readings) == read(again)


def test_a_number_may_go_on_where_it_ended_before() -> None:
    readings = Readings()
    for items in (b'"a", 1', b'"a", 12', b'"a", 1'):
        raw = b'{"model": "m", "input": [%s]}' % items
        assert outcome(raw, readings) == outcome(raw)


def test_ids_given_by_order_are_given_anew() -> None:
    """The same call is the second of its tool in one request and the first in the next."""
    items, readings = _gemini("list", "a.py") + _gemini("list", "b.py"), Readings()
    ids = [
        {m.call_id for m in read(json.dumps({"contents": sent}).encode(), readings).messages}
        for sent in (items, items[2:], items)
    ]
    assert ids == [{"list#1", "list#2"}, {"list#1"}, {"list#1", "list#2"}]


def test_a_breakpoint_without_a_message_of_its_own_is_that_of_the_one_before() -> None:
    empty, readings = {"role": "user", "content": [EMPTY]}, Readings()
    for before in ([], ITEMS[:1], ITEMS[:2]):
        found = read(json.dumps({"messages": [*before, empty]}).encode(), readings)
        assert [point.message for point in found.breakpoints] == [len(before) - 1] * bool(before)


def test_depth_is_bounded_as_before() -> None:
    for levels in range(DEPTH - 4, DEPTH + 2):
        raw = b'{"messages": [' + b"[" * levels + b"]" * levels + b"]}"
        assert outcome(raw, Readings()) == outcome(raw)
        raw = b'{"messages": [], "x": ' + b"[" * levels + b"]" * levels + b"}"
        assert outcome(raw, Readings()) == outcome(raw)


def test_a_call_stays_known_while_a_session_grows_before_its_answer() -> None:
    made = [{"id": "t1", "function": {"name": "x"}}]
    call = {"role": "assistant", "content": None, "tool_calls": made}
    more = {"role": "user", "content": "Go on."}
    answer = {"role": "tool", "tool_call_id": "t1", "content": "done"}
    readings = Readings()
    for sent in ([call, more], [call, more, more], [call, more, more, answer]):
        raw = json.dumps({"messages": sent}).encode()
        assert read(raw, readings) == read(raw)

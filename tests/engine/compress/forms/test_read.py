import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Form, write
from aicontext.engine.compress.forms.read import read

CHAT: dict[str, Any] = {
    "model": "m",
    "tools": [{"type": "function", "function": {"name": "Read"}}],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "What is in a.py?",
                    "cache_control": {"type": "ephemeral"},
                },
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "hm",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "Read", "arguments": '{"p": "a.py"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "x = 1\n", "extra": 1.50},
        {"role": "tool", "tool_call_id": "c9", "content": [{"type": "text", "text": "two"}]},
        {"role": "assistant", "content": "One."},
    ],
}
ANTHROPIC: dict[str, Any] = {
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "What is in a.py?"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "eHl6"},
                {"type": "text", "text": "Reading."},
                {"type": "tool_use", "id": "t1", "name": "Read", "input": {"p": "a.py"}},
                {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "is_error": True,
                    "content": [
                        {"type": "text", "text": "x = 1\n", "cache_control": {"type": "ephemeral"}},
                        {
                            "type": "image",
                            "source": {
                                "type": "base64",
                                "media_type": "image/png",
                                "data": "QUJDRA==",
                            },
                        },
                        {"type": "surprise", "text": "kept"},
                    ],
                    "cache_control": {"type": "ephemeral"},
                },
                {"type": "tool_result", "tool_use_id": "t2"},
                {"type": "text", "text": "Well?"},
            ],
        },
    ],
}
RESPONSES: dict[str, Any] = {
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "What is in a.py?"}]},
        {"type": "reasoning", "id": "r1", "summary": [], "encrypted_content": "Z2Vo"},
        {"type": "function_call", "call_id": "f1", "name": "Read", "arguments": '{"p": "a.py"}'},
        {"type": "function_call_output", "call_id": "f1", "output": "x = 1\n"},
        {"type": "custom_tool_call", "call_id": "f2", "name": "patch", "input": "*** Begin"},
        {
            "type": "custom_tool_call_output",
            "call_id": "f2",
            "output": [
                {"type": "input_text", "text": "done"},
                {"type": "input_image", "image_url": "https://example.org/a.png"},
            ],
        },
        {"type": "web_search_call", "id": "w1", "status": "completed"},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "One."}],
        },
    ],
}
GEMINI: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "What is in a.py?"}]},
        {
            "role": "model",
            "parts": [
                {"text": "thinking", "thought": True},
                {
                    "functionCall": {"name": "Read", "args": {"p": "a.py"}},
                    "thoughtSignature": "c2ln",
                },
            ],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {
                        "name": "Read",
                        "response": {"output": "x = 1\n", "rows": [1]},
                    }
                },
                {"inlineData": {"mimeType": "application/pdf", "data": "QUJD"}},
            ],
        },
    ],
}
CLAUDE_CODE = [
    {"type": "summary", "summary": "s", "leafUuid": "u"},
    *({"type": m["role"], "uuid": "u", "message": m} for m in ANTHROPIC["messages"]),
]
CODEX = [
    {"type": "session_meta", "payload": {"id": "x"}},
    *({"type": "response_item", "payload": item} for item in RESPONSES["input"]),
    {"type": "event_msg", "payload": {"type": "agent_message", "message": "One."}},
]
PLAIN = [
    {"role": "user", "text": "What is in a.py?"},
    {"role": "tool_call", "tool": "Read", "input": '{"p": "a.py"}'},
    {"role": "tool_result", "tool": "Read", "text": "x = 1\n"},
    {"role": "assistant", "text": "One."},
]


def lines(items: list[Any]) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


PAYLOADS = {
    Form.CHAT: json.dumps(CHAT, indent=1).encode(),
    Form.ANTHROPIC: json.dumps(ANTHROPIC).encode(),
    Form.RESPONSES: json.dumps(RESPONSES).encode(),
    Form.GEMINI: json.dumps(GEMINI).encode(),
    Form.CLAUDE_CODE: lines(CLAUDE_CODE),
    Form.CODEX: lines(CODEX),
    Form.PLAIN: lines(PLAIN),
}


@pytest.mark.parametrize("form", PAYLOADS)
def test_each_form_is_recognised_and_reads_the_same_way(form: Form) -> None:
    conversation = read(PAYLOADS[form])
    assert conversation.form is form
    assert Message(Role.USER, "What is in a.py?") in conversation.messages
    (result,) = [m for m in conversation.messages if m.text == "x = 1\n"]
    assert (result.role, result.tool) == (Role.TOOL_RESULT, "Read")
    (call,) = [m for m in conversation.messages if m.call_id == result.call_id and m is not result][
        :1
    ]
    assert (call.role, call.tool, json.loads(call.text)) == (Role.TOOL_CALL, "Read", {"p": "a.py"})


@pytest.mark.parametrize("form", PAYLOADS)
def test_only_text_of_tool_results_may_be_changed(form: Form) -> None:
    conversation = read(PAYLOADS[form])
    for message, slot in zip(conversation.messages, conversation.slots, strict=True):
        if slot is not None:
            assert message.role is Role.TOOL_RESULT
            assert json.loads(conversation.raw[slot.start : slot.end]) == message.text


@pytest.mark.parametrize("form", PAYLOADS)
def test_a_change_leaves_every_other_byte_alone(form: Form) -> None:
    conversation = read(PAYLOADS[form])
    assert write(conversation, {}) == conversation.raw
    index = next(i for i, slot in enumerate(conversation.slots) if slot)
    slot = conversation.slots[index]
    assert slot is not None
    written = write(conversation, {index: 'new "text" …\ud800'})
    literal = json.dumps('new "text" …\ud800').encode()
    assert written == conversation.raw[: slot.start] + literal + conversation.raw[slot.end :]
    assert read(written).messages[index].text == 'new "text" …\ud800'


def test_what_may_not_be_changed_is_refused() -> None:
    conversation = read(PAYLOADS[Form.CHAT])
    for index in (0, -1, 99):
        with pytest.raises(InvalidInput):
            write(conversation, {index: ""})


def test_turns_say_which_messages_an_item_holds() -> None:
    conversation = read(PAYLOADS[Form.ANTHROPIC])
    assert conversation.turns == ((1, 2), (2, 7), (7, 11))
    conversation = read(PAYLOADS[Form.CLAUDE_CODE])
    assert conversation.turns == ((0, 0), (0, 1), (1, 6), (6, 10))


def test_media_is_accounted_and_thinking_is_opaque() -> None:
    found = {
        (m.media, m.size) for form in PAYLOADS for m in read(PAYLOADS[form]).messages if m.media
    }
    assert found == {
        ("image/png", 4),
        ("image/png", 8),
        ("input_image", 0),
        ("application/pdf", 4),
    }
    opaque = [m.text for m in read(PAYLOADS[Form.ANTHROPIC]).messages if m.role is Role.OPAQUE]
    assert opaque[0] == "hm"
    assert json.loads(opaque[1])["data"] == "eHl6"


def test_failure_is_taken_from_the_result() -> None:
    failed = [m.failed for m in read(PAYLOADS[Form.ANTHROPIC]).messages if m.text == "x = 1\n"]
    assert failed == [True]


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"3", b'"text"', b'{"a": 1}\n{"b": 2}', b"[[[1]]]"]
)
def test_json_without_a_conversation_is_a_clear_error(payload: bytes) -> None:
    with pytest.raises(InvalidInput, match="no conversation"):
        read(payload)


@pytest.mark.parametrize(
    ("extra", "clears"),
    [
        ({}, False),
        ({"truncation": "auto"}, True),
        ({"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}}, False),
        ({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}, True),
    ],
)
def test_a_provider_that_drops_old_results_is_noticed(extra: dict[str, Any], clears: bool) -> None:
    assert read(json.dumps({**ANTHROPIC, **extra}).encode()).clears is clears


def test_an_empty_request_is_an_empty_conversation() -> None:
    assert read(b'{"messages": 3}').messages == ()


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        "role",
        "content",
        "parts",
        "text",
        "type",
        "id",
        "input",
        "output",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "thought",
        "message",
        "payload",
        "functionCall",
        "functionResponse",
        "response",
        "source",
        "data",
        "image_url",
    ]
)
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "tool",
        "text",
        "tool_use",
        "tool_result",
        "image",
        "function_call",
        "message",
        "response_item",
        "function_call_output",
        "input_text",
        "thinking",
    ]
)
ODD = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=100)
@given(st.sampled_from(["messages", "input", "contents", "events"]), st.lists(ODD, max_size=5))
def test_items_of_any_shape_are_read_and_written_back(key: str, items: list[object]) -> None:
    raw = json.dumps({key: items}).encode()
    conversation = read(raw)
    assert write(conversation, {}) == raw
    assert len(conversation.turns) == len(items)
    texts = {i: "é" for i, slot in enumerate(conversation.slots) if slot}
    again = read(write(conversation, texts))
    assert [m.text for m in again.messages if m.role is Role.TOOL_RESULT and m.text == "é"] == [
        "é" for _ in texts
    ]


def prefixes(items: list[Any]) -> Iterator[list[Any]]:
    return (items[:k] for k in range(len(items) + 1))


@pytest.mark.parametrize(
    ("body", "key"),
    [(CHAT, "messages"), (ANTHROPIC, "messages"), (RESPONSES, "input"), (GEMINI, "contents")],
)
def test_an_item_means_the_same_whatever_follows_it(body: dict[str, Any], key: str) -> None:
    whole = read(json.dumps(body).encode()).messages
    for items in prefixes(body[key]):
        part = read(json.dumps({**body, key: items}).encode()).messages
        assert part == whole[: len(part)]

import base64
import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.messages import Message, Role
from aicontext.domain.usage import Billed
from aicontext.services.integrations.usage import Meter
from aicontext.services.integrations.wire import Wire

SSE, JSON = "text/event-stream", "application/json"
STARTED = {"input_tokens": 5, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 30} | {
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    "output_tokens": 1,
}


def _stream(*events: object) -> bytes:
    return b"".join(f"event: x\ndata: {json.dumps(event)}\n\n".encode() for event in events)


ANTHROPIC = _stream(
    {"type": "message_start", "message": {"id": "a", "usage": STARTED}},
    {"type": "content_block_delta", "delta": {"text": '"usage":{"input_tokens":9}\n\u00e9'}},
    {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 42}},
    {"type": "message_stop"},
)
CHAT = (
    _stream(
        {"choices": [{"delta": {"content": "usage"}}], "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 50, "completion_tokens": 7}
         | {"prompt_tokens_details": {"cached_tokens": 20}}},
    )
    + b"data: [DONE]\n\n"
)  # fmt: skip
RESPONSES = _stream(
    {"type": "response.created", "response": {"usage": None}},
    {
        "type": "response.completed",
        "response": {"output": ["x" * 9000]}
        | {"usage": {"input_tokens": 50, "output_tokens": 7}
           | {"input_tokens_details": {"cached_tokens": 20}}, "user": None, "metadata": {}},
    },
)  # fmt: skip
GEMINI = _stream(
    {"candidates": [{}], "usageMetadata": {"promptTokenCount": 50, "totalTokenCount": 50}},
    {"candidates": [{}], "usageMetadata": {"promptTokenCount": 50, "candidatesTokenCount": 5}
     | {"thoughtsTokenCount": 2, "cachedContentTokenCount": 20}},
)  # fmt: skip


def _framed(stream: bytes) -> bytes:
    """As Bedrock sends it; the checksums are made up."""
    found, head = b"", b"\x0b:event-type\x07\x00\x05chunk"
    for line in stream.split(b"\n"):
        if line.startswith(b"data: "):
            payload = json.dumps({"bytes": base64.b64encode(line[6:]).decode(), "p": "ab"}).encode()
            total = 16 + len(head) + len(payload)
            sizes = total.to_bytes(4, "big") + len(head).to_bytes(4, "big")
            found += sizes + b"\x01\x02\x03\x04" + head + payload + b"\x05\x06\x07\x08"
    return found


BEDROCK = _framed(ANTHROPIC)
OLLAMA = b'{"message":{"content":"a"},"done":false}\n' + (
    b'{"message":{"content":""},"done":true,"prompt_eval_count":30,"eval_count":7}\n'
)
CASES = [
    (Wire.ANTHROPIC, SSE, ANTHROPIC, Billed(5, 100, 20, 10, 42)),
    (Wire.ANTHROPIC, "application/vnd.amazon.eventstream", BEDROCK, Billed(5, 100, 20, 10, 42)),
    (Wire.CHAT, SSE, CHAT, Billed(30, 20, output=7)),
    (Wire.RESPONSES, SSE, RESPONSES, Billed(30, 20, output=7)),
    (Wire.GEMINI, SSE, GEMINI, Billed(30, 20, output=7)),
    (Wire.OLLAMA, "application/x-ndjson", OLLAMA, Billed(30, output=7)),
]


@pytest.mark.parametrize(("wire", "kind", "stream", "billed"), CASES)
@given(cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_a_stream_may_be_cut_anywhere(wire, kind, stream, billed, cuts) -> None:
    meter, at = Meter(wire, kind), 0
    for cut in [*sorted(cut % len(stream) for cut in cuts), len(stream)]:
        meter.feed(stream[at:cut])
        at = cut
    assert meter.billed() == billed


@pytest.mark.parametrize(("wire", "kind", "stream", "billed"), CASES)
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_encoded_stream_is_read_byte_by_byte(wire, kind, stream, billed, coding) -> None:
    meter = Meter(wire, kind, coding)
    for byte in gzip.compress(stream) if coding == "gzip" else zlib.compress(stream):
        meter.feed(bytes([byte]))
    assert meter.billed() == billed


@pytest.mark.parametrize(
    ("wire", "answer", "billed"),
    [
        (
            Wire.ANTHROPIC,
            {"content": [{"input": {"usage": {"input_tokens": 9}}}], "usage": STARTED},
            Billed(5, 100, 20, 10, 1),
        ),
        (
            Wire.ANTHROPIC,
            {"usage": {"input_tokens": 5, "cache_creation_input_tokens": 3, "output_tokens": 2}},
            Billed(5, 0, 3, 0, 2),
        ),
        (
            Wire.CHAT,
            {"usage": {"prompt_tokens": 9, "completion_tokens": 1}, "choices": ["x" * 99]},
            Billed(9, output=1),
        ),
        (
            Wire.RESPONSES,
            {"usage": {"input_tokens": 9, "output_tokens": 1}, "metadata": {"usage": {"a": "b"}}},
            Billed(9, output=1),
        ),
        (
            Wire.GEMINI,
            [{"usageMetadata": {"promptTokenCount": count}} for count in (1, 2)],
            Billed(2),
        ),
        (Wire.OLLAMA, {"prompt_eval_count": 9, "eval_count": 1, "x": []}, Billed(9, output=1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_a_whole_answer_is_read(wire, answer, billed, indent) -> None:
    meter = Meter(wire, JSON)
    meter.feed(json.dumps(answer, indent=indent).encode())
    assert meter.billed() == billed


CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "read", "arguments": "{}"}
SHELL = {"type": "local_shell_call", "call_id": "c2", "action": {"command": ["ls"]}}
CALLED = [
    Message(Role.TOOL_CALL, "{}", "read", "c1"),
    Message(Role.TOOL_CALL, '{"command": ["ls"]}', "local_shell", "c2"),
]


@given(cuts=st.lists(st.integers(0, 1000), max_size=6))
def test_tool_calls_are_heard(cuts) -> None:
    items = [{"type": "reasoning", "call_id": "x"}, CALL, SHELL, {"type": "message"}, "odd"]
    done = ({"type": "response.output_item.done", "item": item} for item in items)
    stream = _stream({"type": "response.output_item.added", "item": CALL}, *done)
    meter, at = Meter(Wire.RESPONSES, SSE), 0
    for cut in [*sorted(cut % len(stream) for cut in cuts), len(stream)]:
        meter.feed(stream[at:cut])
        at = cut
    assert meter.calls == CALLED
    whole = Meter(Wire.RESPONSES, JSON)
    whole.feed(json.dumps({"output": items, "usage": {"input_tokens": 9}}).encode())
    assert whole.billed() == Billed(9)
    assert whole.calls == CALLED


def test_of_a_very_long_answer_the_end_is_read() -> None:
    meter = Meter(Wire.CHAT, JSON)
    for _ in range(100):
        meter.feed(b"x" * 2**20)
    meter.feed(b',"usage":{"prompt_tokens":9,"completion_tokens":1}}')
    assert meter.billed() == Billed(9, output=1)
    assert not meter.trouble


@pytest.mark.parametrize(("wire", "kind", "stream", "billed"), CASES)
@given(noise=st.binary(max_size=200), coding=st.sampled_from(["", "gzip", "br", "deflate"]))
def test_noise_is_no_usage(wire, kind, stream, billed, noise, coding) -> None:
    meter = Meter(wire, kind, coding)
    meter.feed(noise)
    assert meter.billed() is None


@pytest.mark.parametrize("wire", list(Wire))
@pytest.mark.parametrize("value", ["null", "[]", "{}", '{"input_tokens":"x"}', "{", "[" * 100_000])
def test_a_broken_usage_never_raises(wire, value) -> None:
    meter = Meter(wire, SSE)
    meter.feed(f'data: {{"usage":{value},"usageMetadata":{value},"eval_count":{value}}}\n'.encode())
    assert meter.billed() in (None, Billed())


DEEP = '{"a":' * 600 + "1" + "}" * 600


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"usage":{{"input_tokens":9,"x":{DEEP}}}}}',
        '{"output":5,"usage":{"input_tokens":9}}',
        '{"output":{"type":"x_call"},"usage":{"input_tokens":9}}',
        '{"output":[5,{"type":["x_call"]},{"type":"x_call"}],"usage":{"input_tokens":9}}',
    ],
)
def test_what_is_odd_beside_the_usage_is_passed_over(answer) -> None:
    meter = Meter(Wire.RESPONSES, JSON)
    meter.feed(answer.encode())
    assert meter.billed() == Billed(9)
    assert meter.calls == []


def test_a_line_without_end_is_given_up() -> None:
    meter = Meter(Wire.CHAT, SSE)
    for _ in range(9):
        meter.feed(b"x" * 2**20)
    assert len(meter._rest) <= 2**20
    assert meter.billed() is None
    assert "over 4 MiB" in meter.trouble


def test_a_bomb_is_given_up() -> None:
    meter = Meter(Wire.CHAT, SSE, "gzip")
    meter.feed(gzip.compress(b"x" * 10 * 2**20 + b'\ndata: {"usage":{"prompt_tokens":9}}\n'))
    assert meter.billed() is None
    assert "over 4 MiB" in meter.trouble

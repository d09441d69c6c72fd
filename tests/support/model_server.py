"""A server that answers as the two APIs do, in shapes taken from their documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from servers.local_http import Handler, listening

OPENAI = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-4.1-mini-2025-04-14",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "SAID",
                "refusal": None,
                "annotations": [],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29},
    "service_tier": "default",
}
ANTHROPIC = {
    "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "SAID"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 2095, "output_tokens": 503},
}
OPENAI_ERROR = {
    "error": {
        "message": "Incorrect API key provided: sk-secret.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
}
ANTHROPIC_ERROR = {
    "type": "error",
    "error": {"type": "overloaded_error", "message": "Overloaded, sk-secret"},
    "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
}

Respond = Callable[[Handler, dict[str, object]], None]


def said(text: str, api: str, *, whole: bool = True) -> Respond:
    """Answers with this text in an API's shape."""
    if api == "openai":
        choice = OPENAI["choices"][0]  # type: ignore[index]
        end = choice | {"message": choice["message"] | {"content": text}}  # type: ignore[operator]
        body = OPENAI | {"choices": [end | {"finish_reason": "stop" if whole else "length"}]}
    else:
        body = ANTHROPIC | {
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn" if whole else "max_tokens",
        }
    return raw(200, json.dumps(body).encode())


def raw(status: int, body: bytes, **headers: str) -> Respond:
    """Answers with these bytes."""

    def respond(handler: Handler, _: dict[str, object]) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            return  # The client had enough.

    return respond


@contextmanager
def serving(respond: Respond) -> Iterator[tuple[str, list[tuple[str, dict[str, str], object]]]]:
    """(address, requests so far as (path, headers in lower case, JSON body)) of a local server."""
    heard: list[tuple[str, dict[str, str], object]] = []

    class Answering(Handler):
        def do_POST(self) -> None:
            body = json.loads(self.body())
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard.append((self.path, headers, body))
            respond(self, body)

    with listening(Answering) as server:
        yield f"http://127.0.0.1:{server.server_port}", heard

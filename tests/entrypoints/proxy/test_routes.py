"""Where a request goes."""

import pytest

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.entrypoints.proxy.routes import route


@pytest.mark.parametrize(
    ("target", "upstream", "going", "wire", "planned"),
    [
        ("/v1/messages", "anthropic", "", "anthropic-messages", True),
        ("/v1/messages?beta=true", "anthropic", "", "anthropic-messages", True),
        ("/v1/messages/count_tokens", "anthropic", "", "anthropic-messages", True),
        ("/v1/messages/batches", "anthropic", "", "anthropic-messages", False),
        ("/v1/chat/completions", "openai", "", "openai-chat", True),
        ("/chat/completions", "openai", "/v1/chat/completions", "openai-chat", True),
        ("/messages", "anthropic", "/v1/messages", "anthropic-messages", True),
        ("/messages/count_tokens", "anthropic", "/v1/messages/count_tokens",
         "anthropic-messages", True),
        ("/v1/responses", "openai", "", "openai-responses", True),
        ("/v1/responses/resp_1/cancel", "openai", "", "openai-chat", False),
        ("/v1/responses/compact", "openai", "", "openai-chat", False),
        ("/v1/embeddings", "openai", "", "openai-chat", False),
        ("/backend-api/codex/responses", "chatgpt", "", "openai-responses", True),
        ("/v1beta/models/g-3:generateContent", "gemini", "", "gemini", True),
        ("/v1/models/g-3:streamGenerateContent?alt=sse", "gemini", "", "gemini", True),
        ("/v1beta/models/g-3:countTokens", "gemini", "", "gemini", False),
        ("/v1internal:streamGenerateContent?alt=sse", "code-assist", "", "gemini", True),
        ("/api/chat", "ollama", "", "ollama", True),
        ("/api/generate", "ollama", "", "ollama", True),
        ("/api/tags", "ollama", "", "ollama", False),
        ("/to/router/api/v1/chat/completions", "router",
         "/api/v1/chat/completions", "openai-chat", True),
        ("/to/azure/openai/deployments/d/chat/completions?api-version=1", "azure",
         "/openai/deployments/d/chat/completions?api-version=1", "openai-chat", True),
        ("/p/my%20app/v1/messages", "anthropic", "/v1/messages", "anthropic-messages", True),
        ("/p/a/to/x/v1/messages", "x", "/v1/messages", "anthropic-messages", True),
        ("/to/x/p/a/v1/messages", "x", "/v1/messages", "anthropic-messages", True),
        ("/as/aider/v1/messages", "anthropic", "/v1/messages", "anthropic-messages", True),
        ("/to/vertex/v1/projects/p/locations/l/models/claude:streamRawPredict", "vertex",
         "/v1/projects/p/locations/l/models/claude:streamRawPredict",
         "anthropic-messages", True),
        ("/to/x", "x", "/", None, False),
    ],
)  # fmt: skip
def test_a_path_has_its_place(target, upstream, going, wire, planned) -> None:
    found = route("POST", target, {})
    assert (found.upstream, found.wire, found.planned) == (upstream, wire, planned)
    assert found.target == (going or target)


@pytest.mark.parametrize(
    ("header", "upstream"),
    [("anthropic-version", "anthropic"), ("x-goog-api-key", "gemini"), ("x", "openai")],
)
def test_headers_tell_whose_models_are_meant(header, upstream) -> None:
    assert route("GET", "/v1/models?limit=1000", {header: "1"}).upstream == upstream


def test_tags_are_read() -> None:
    found = route("POST", "/p/my%20app/v1beta/models/g%2D3:generateContent", {})
    assert (found.project, found.model) == ("my app", "g-3")
    assert route("POST", "/v1/messages/count_tokens", {}).counts
    assert not route("GET", "/v1/messages", {}).planned


@pytest.mark.parametrize(
    "target", ["/", "/v2/x", "/favicon.ico", "/to/", "/p//v1/messages", "/threads/t/messages"]
)
def test_a_path_of_nobody_is_not_found(target) -> None:
    with pytest.raises(NotFound):
        route("POST", target, {})


@pytest.mark.parametrize(
    "target", ["*", "http://h/v1/messages", "/v1/../x", "/v1/%2E./x", "/v1/a#b"]
)
def test_an_address_that_is_no_plain_path_is_refused(target) -> None:
    with pytest.raises(InvalidInput):
        route("POST", target, {})

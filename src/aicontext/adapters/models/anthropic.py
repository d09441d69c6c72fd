"""Any endpoint that speaks Anthropic's Messages."""

from __future__ import annotations

from urllib.parse import urlsplit

from aicontext.adapters.models.endpoint import Endpoint, part
from aicontext.domain.errors import Unavailable
from aicontext.ports.models import Answer

_PATH = "/v1/messages"
_VERSION = "2023-06-01"


class AnthropicModel:
    """url: the base address, such as https://api.anthropic.com, or that of the call itself."""

    def __init__(self, url: str, name: str, key: str, timeout: float) -> None:
        url = url if urlsplit(url).path.endswith("/messages") else url.rstrip("/") + _PATH
        headers = {"anthropic-version": _VERSION} | ({"x-api-key": key} if key else {})
        self._endpoint = Endpoint(url, headers, timeout)
        self._name = name

    def complete(self, task: str, material: str, most: int) -> Answer:
        value = self._endpoint.ask(
            {
                "model": self._name,
                "max_tokens": most,
                "system": task,
                "messages": [{"role": "user", "content": material}],
            }
        )
        parts = part(value, "content")
        texts = [part(one, "text") for one in parts] if isinstance(parts, list) else []
        said = "".join(text for text in texts if isinstance(text, str))
        if not said.strip() or part(value, "stop_reason") == "refusal":
            raise Unavailable(f"{self._name} gave no answer.", hint="Try another model.")
        return Answer(said, self._name, part(value, "stop_reason") != "max_tokens")

"""Any endpoint that speaks OpenAI's Chat Completions: OpenAI, Azure, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aicontext.adapters.models.endpoint import Endpoint, part
from aicontext.domain.errors import Unavailable
from aicontext.ports.models import Answer

_PATH = "/chat/completions"
_THOUGHTS = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.S)
"""Open models put their reasoning before the answer."""


class OpenAiModel:
    """url: the base address, such as https://api.openai.com/v1, or that of the call itself."""

    def __init__(self, url: str, name: str, key: str, timeout: float) -> None:
        url = url if urlsplit(url).path.endswith(_PATH) else url.rstrip("/") + _PATH
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._endpoint = Endpoint(url, headers, timeout)
        self._name = name
        # OpenAI's own newer models refuse the field that all others know.
        own = (urlsplit(url).hostname or "").endswith((".openai.com", ".openai.azure.com"))
        self._limit = "max_completion_tokens" if own else "max_tokens"

    def complete(self, task: str, material: str, most: int) -> Answer:
        messages = [{"role": "system", "content": task}, {"role": "user", "content": material}]
        value = self._endpoint.ask(
            {"model": self._name, "messages": messages, self._limit: most, "stream": False}
        )
        said = part(value, "choices", 0, "message", "content")
        if not isinstance(said, str) or not (said := _THOUGHTS.sub("", said)).strip():
            raise Unavailable(f"{self._name} gave no answer.", hint="Try another model.")
        return Answer(said, self._name, part(value, "choices", 0, "finish_reason") != "length")

"""Any endpoint that speaks OpenAI's Embeddings: OpenAI, Azure, vLLM, Ollama, llama.cpp."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from aicontext.adapters.models.endpoint import Endpoint, part
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.vectors import Space

_PATH = "/embeddings"
_AT_ONCE = 8
"""Texts of a question: the answer to it has bounds."""

_LONGEST = 8_000
"""Characters of a text that are sent; models take some thousands of tokens at most."""


class OpenAiEmbeddings:
    """url: the base address, such as https://api.openai.com/v1, or that of the call itself."""

    def __init__(self, url: str, name: str, key: str, timeout: float) -> None:
        url = url if urlsplit(url).path.endswith(_PATH) else url.rstrip("/") + _PATH
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._endpoint = Endpoint(url, headers, timeout, "AICONTEXT_EMBEDDINGS")
        self._name = name
        self._space: Space | None = None

    @property
    def space(self) -> Space:
        if self._space is None:
            self._space = Space(self._name, len(self._asked(["dimension"])[0]))
        return self._space

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        dimension = self.space.dimension
        found = [
            vector
            for first in range(0, len(texts), _AT_ONCE)
            for vector in self._asked([text[:_LONGEST] for text in texts[first : first + _AT_ONCE]])
        ]
        if any(len(vector) != dimension for vector in found):
            raise self._other()
        return found

    def _asked(self, texts: Sequence[str]) -> list[list[float]]:
        # Some refuse an empty text.
        sound = [text.encode("utf-8", "replace").decode() or " " for text in texts]
        value = self._endpoint.ask(
            {"model": self._name, "input": sound, "encoding_format": "float"}
        )
        data = part(value, "data")
        if not isinstance(data, list) or len(data) != len(texts):
            raise self._other()
        by_place = {part(one, "index"): part(one, "embedding") for one in data}
        return [self._vector(by_place.get(place)) for place in range(len(texts))]

    def _vector(self, value: object) -> list[float]:
        if not isinstance(value, list) or not value:
            raise self._other()
        if not all(isinstance(number, int | float) for number in value):
            raise self._other()
        return value

    def _other(self) -> Unavailable:
        return Unavailable(
            f"{self._name} did not answer with a vector for each text.",
            hint="Check AICONTEXT_EMBEDDINGS_URL and _NAME.",
        )

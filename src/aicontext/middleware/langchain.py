"""LangChain: agents, and what a retriever found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from anyio import to_thread
from langchain.agents.middleware import AgentMiddleware
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.messages import BaseMessage, convert_to_openai_messages

from aicontext.middleware.requests import Json, safely, smaller_messages
from aicontext.middleware.texts import shortened


class ContextMiddleware(AgentMiddleware):
    """`create_agent(..., middleware=[ContextMiddleware()])`: each call of the model goes out
    smaller, while the agent's own state keeps every message as it was."""

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(_smaller(request))

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        return await handler(await to_thread.run_sync(_smaller, request))


class ContextCompressor(BaseDocumentCompressor):
    """For `ContextualCompressionRetriever`: of each document the lines that fit the query.

    budget: tokens of one document, at most.
    """

    budget: int = 400

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Any = None
    ) -> Sequence[Document]:
        return [
            one.model_copy(update={"page_content": shortened(one.page_content, query, self.budget)})
            for one in documents
        ]


def _smaller(request: Any) -> Any:
    return safely(lambda: _planned(request), request)


def _planned(request: Any) -> Any:
    first = [request.system_message] if request.system_message else []
    messages: list[BaseMessage] = request.messages
    before = convert_to_openai_messages([*first, *messages])
    if len(before) != len(first) + len(messages):
        return request
    model = getattr(request.model, "model_name", None) or getattr(request.model, "model", "")
    tools = [{"type": "function", "function": {"name": _name(tool)}} for tool in request.tools]
    after = smaller_messages(before, str(model), "langchain", **({"tools": tools} if tools else {}))
    if after is before:
        return request
    pairs = zip(messages, before[len(first) :], after[len(first) :], strict=True)
    return request.override(messages=[_shown(*pair) for pair in pairs])


def _shown(message: BaseMessage, before: Json, after: Json) -> BaseMessage:
    content = after.get("content")
    if content == before.get("content") or not isinstance(content, str):
        return message
    return message.model_copy(update={"content": content})


def _name(tool: Any) -> str:
    if isinstance(tool, dict):
        return str(tool.get("name") or tool.get("function", {}).get("name", ""))
    return str(getattr(tool, "name", ""))

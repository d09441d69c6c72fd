"""LiteLLM, as a library and as a proxy.

`litellm.callbacks = [aicontext.middleware.litellm.handler]` for `acompletion`, or in a proxy's
settings `callbacks: aicontext.middleware.litellm.handler`, or a guardrail of mode `pre_call` with
`guardrail: aicontext.middleware.litellm.ContextGuardrail`.
"""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.integrations.custom_logger import CustomLogger

from aicontext.middleware.requests import smaller_messages

_KINDS = ("completion", "acompletion", "text_completion", "atext_completion")


class _Smaller:
    """What LiteLLM calls right before a request goes out."""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        """In the proxy."""
        return await _smaller(data) if call_type in _KINDS else data

    async def async_pre_call_deployment_hook(
        self, kwargs: dict[str, Any], call_type: Any
    ) -> dict[str, Any]:
        """In the library, where the proxy has not been at it before."""
        return (
            await _smaller(kwargs) if getattr(call_type, "value", call_type) in _KINDS else kwargs
        )


class ContextHandler(_Smaller, CustomLogger):
    """Makes the requests smaller whose messages are in OpenAI's form."""


class ContextGuardrail(_Smaller, CustomGuardrail):
    """The same under the name of a guardrail, which a proxy can switch on by key or request."""


handler = ContextHandler()
"""The one to name in settings."""


async def _smaller(data: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(messages := data.get("messages"), list):
        return data
    more = {"tools": tools} if isinstance(tools := data.get("tools"), list) else {}
    model = str(data.get("model") or "").rpartition("/")[2]

    def work() -> list[Any]:
        return list(smaller_messages(messages, model, "litellm", **more))

    return {**data, "messages": await to_thread.run_sync(work)}

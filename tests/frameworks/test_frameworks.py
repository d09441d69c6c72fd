"""The libraries with one line of ours, at a provider of ours. Run by `make test-frameworks`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from clients.stand import long_log
from fake_provider.script import Answer, ToolCall
from fake_provider.server import Provider
from frameworks.conftest import Record

MODEL = "gpt-5.2-codex"
TOLD = "It is the rounding, not the tax."
RUN = Answer("", (ToolCall("shell", {"command": "pytest -v tests"}),))
KEY: Any = {"api_key": "k"}
SHELL: Any = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}


def checkout_log(command: str) -> str:
    """Runs a command."""
    return long_log()


def halved(provider: Provider) -> tuple[int, int]:
    """The bytes of the last request of each of two runs, of which the second is less than half."""
    direct, ours = (provider.received[at].body for at in (len(provider.received) // 2 - 1, -1))
    assert len(ours) < len(direct) / 2
    before, after = (json.loads(one)["messages"] for one in (direct, ours))
    assert [one["role"] for one in before] == [one["role"] for one in after]
    assert "FAILED" in after[-1]["content"]
    return len(direct), len(ours)


def test_an_agent_of_langchain(provider: Provider, address: str, record: Record) -> None:
    agents = pytest.importorskip("langchain.agents")
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI

    from aicontext.middleware.langchain import ContextMiddleware

    chosen: Any = {"model": MODEL, "base_url": f"{address}/v1", "use_responses_api": False}
    model = ChatOpenAI(**chosen, **KEY)
    asked: Any = {"messages": [{"role": "user", "content": "Why does the checkout fail?"}]}
    for given in ([], [ContextMiddleware()]):
        provider.script = [RUN, Answer(TOLD)]
        tools = [tool("shell")(checkout_log)]
        agent = agents.create_agent(model, tools, middleware=given)
        done = agent.invoke(asked)
        assert done["messages"][-1].content == TOLD
        assert done["messages"][2].content == long_log()
    record("langchain", "`ContextMiddleware`, an agent", *halved(provider))
    provider.received.clear()
    provider.script = [RUN, Answer(TOLD)]
    done = asyncio.run(agent.ainvoke(asked))
    assert len(provider.received[1].body) < len(long_log()) / 2


def test_documents_of_langchain(record: Record) -> None:
    documents = pytest.importorskip("langchain_core.documents")

    from aicontext.middleware.langchain import ContextCompressor

    given = [documents.Document(long_log(), metadata={"n": 1}), documents.Document("short")]
    long, short = ContextCompressor(budget=300).compress_documents(given, "Which test FAILED?")
    assert len(long.page_content) < 3_000
    assert "test_the_discount_lowers_the_tax" in long.page_content
    sizes = len(long_log()), len(long.page_content)
    record("langchain-core", "`ContextCompressor(budget=300)`, a document", *sizes)
    assert (long.metadata, short.page_content) == ({"n": 1}, "short")


def test_nodes_of_llama_index(record: Record) -> None:
    schema = pytest.importorskip("llama_index.core.schema")

    from aicontext.middleware.llama_index import ContextPostprocessor

    given = [schema.NodeWithScore(node=schema.TextNode(text=long_log()), score=0.5)]
    (found,) = ContextPostprocessor(budget=300).postprocess_nodes(
        given, query_str="Which test FAILED?"
    )
    assert "test_the_discount_lowers_the_tax" in found.node.get_content()
    assert len(found.node.get_content()) < 3_000
    assert found.score == 0.5
    sizes = len(long_log()), len(found.node.get_content())
    record("llama-index-core", "`ContextPostprocessor(budget=300)`, a node", *sizes)
    assert given[0].node.get_content() == long_log()


def test_a_model_of_llama_index(provider: Provider, address: str, record: Record) -> None:
    llms = pytest.importorskip("llama_index.llms.openai_like")
    import httpx
    from llama_index.core.llms import ChatMessage

    from aicontext.middleware.sdk import http_client

    call = {"name": "shell", "arguments": "{}"}
    talk = [
        ChatMessage(role="user", content="Why does the checkout fail?"),
        ChatMessage(
            role="assistant",
            content="",
            additional_kwargs={"tool_calls": [{"id": "c", "type": "function", "function": call}]},
        ),
        ChatMessage(role="tool", content=long_log(), additional_kwargs={"tool_call_id": "c"}),
    ]
    for client in (httpx.Client(), http_client(httpx.Client())):
        with client:
            model = llms.OpenAILike(
                model=MODEL,
                api_base=f"{address}/v1",
                is_chat_model=True,
                http_client=client,
                **KEY,
            )
            assert model.chat(talk, tools=[SHELL]).message.content == "Done."
    record("llama-index-core", "`http_client`, a model of OpenAI's API", *halved(provider))


def test_litellm(provider: Provider, address: str, record: Record) -> None:
    litellm = pytest.importorskip("litellm")

    from aicontext.middleware.litellm import ContextGuardrail, handler

    call = {"name": "shell", "arguments": "{}"}
    talk: list[Any] = [
        {"role": "user", "content": "Why does the checkout fail?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": "c", "content": long_log()},
    ]
    given: Any = {"model": "openai/gpt-5.2", "messages": talk, "tools": [SHELL]}
    given |= KEY | {"api_base": f"{address}/v1"}

    async def both() -> None:
        for callbacks in ([], [handler]):
            litellm.callbacks = callbacks
            done = await litellm.acompletion(**given)
            assert done.choices[0].message.content == "Done."
        guardrail = ContextGuardrail(guardrail_name="context")
        hooked = await guardrail.async_pre_call_hook(None, None, dict(given), "acompletion")
        assert len(hooked["messages"][2]["content"]) < len(long_log()) / 2
        assert given["messages"][2]["content"] == long_log()
        assert await guardrail.async_pre_call_hook(None, None, {"input": "x"}, "aembedding") == {
            "input": "x"
        }

    asyncio.run(both())
    litellm.callbacks = []
    record("litellm", "`handler`, `acompletion`", *halved(provider))


def test_an_agent_of_pydantic_ai(provider: Provider, address: str, record: Record) -> None:
    pytest.importorskip("pydantic_ai")
    from pydantic_ai import Agent
    from pydantic_ai.capabilities import ProcessHistory
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    from aicontext.middleware.pydantic_ai import smaller_history

    made = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{address}/v1", **KEY))
    for capabilities in ([], [ProcessHistory(smaller_history)]):
        provider.script = [RUN, Answer(TOLD)]
        agent = Agent(made, capabilities=capabilities)
        agent.tool_plain(name="shell")(checkout_log)
        assert agent.run_sync("Why does the checkout fail?").output == TOLD
    record("pydantic-ai-slim", "`smaller_history`, an agent", *halved(provider))

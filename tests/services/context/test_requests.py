"""Requests planned over whole sessions, billed by a cache that behaves like the provider's."""

from __future__ import annotations

import copy
import gc
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.domain.context import Kind, Level, handle
from aicontext.domain.errors import Unavailable
from aicontext.domain.messages import Message, Role
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.estimate import catalogue
from aicontext.engine.estimate.counter import counter
from aicontext.services.context.options import Options
from aicontext.services.context.requests import RequestService
from fake_provider.billing import DAY, AnthropicCache, Cache, PrefixCache, WrittenCache
from fake_provider.prompts import Renderer

MODEL = "claude-sonnet-4-5"
COUNT = counter(MODEL)
CACHED = {"cache_control": {"type": "ephemeral"}}
SHELL = [{"name": "Bash", "input_schema": {}}]
READER = [{"name": "Read", "input_schema": {}}]
RULES = " ".join(f"Rule {n}: say what you did and why it was needed." for n in range(150))


def _log(n: int) -> str:
    return "\n".join(
        f"2026-01-01 00:{n % 60:02d}:{i % 60:02d} INFO worker {i % 7} took job {i * n}"
        for i in range(40 + 30 * (n % 9))
    )


def _rows(n: int) -> str:
    return json.dumps([{"id": i, "name": f"row {i * n}", "state": "open"} for i in range(30 + n)])


def _code(n: int) -> str:
    return "\n".join(
        f"def f{n}_{i}(x):\n    return x + {i * n}\n" for i in range(40 + 10 * (n % 5))
    )


MADE = (_log, _rows, _code)


@dataclass
class Tool:
    """An AI tool that sends its whole session with every call, as Claude Code does."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=lambda: SHELL)
    cached: bool = True
    model: str = MODEL
    clearing: bool = False

    def ask(self, text: str) -> None:
        self.messages.append({"role": "user", "content": [{"type": "text", "text": text}]})

    def result(self, text: str, command: str = "make", name: str = "Bash") -> None:
        """The model called a tool, which printed `text`."""
        at = f"t{len(self.messages)}"
        call = {"type": "tool_use", "id": at, "name": name, "input": {"command": command}}
        done = {"type": "tool_result", "tool_use_id": at, "content": text}
        self.messages.append({"role": "assistant", "content": [call]})
        self.messages.append({"role": "user", "content": [done]})

    def body(self) -> bytes:
        *before, last = self.messages
        control = CACHED if self.cached else {}
        marked = {**last, "content": [*last["content"][:-1], {**last["content"][-1], **control}]}
        system = [{"type": "text", "text": RULES, **control}]
        request = {"model": self.model, "messages": [*before, marked], "system": system}
        if self.clearing:
            request["context_management"] = {"edits": [{"type": "clear_tool_uses_20250919"}]}
        return json.dumps(request | {"tools": self.tools}).encode()


@dataclass
class Chat(Tool):
    """One that talks to a provider that caches by itself."""

    model: str = "gpt-5.2"

    def body(self) -> bytes:
        shell = {"type": "function", "function": {"name": "Bash", "parameters": {}}}
        messages = [{"role": "system", "content": RULES}]
        for message in self.messages:
            block = message["content"][-1]
            if block["type"] == "tool_use":
                function = {"name": block["name"], "arguments": json.dumps(block["input"])}
                call = {"id": block["id"], "type": "function", "function": function}
                messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            elif block["type"] == "tool_result":
                told = {"tool_call_id": block["tool_use_id"], "content": block["content"]}
                messages.append({"role": "tool", **told})
            else:
                messages.append({"role": "user", "content": block["text"]})
        return json.dumps({"model": self.model, "messages": messages, "tools": [shell]}).encode()


class Provider:
    """Bills the same calls twice: as they came and as they went out."""

    def __init__(self, service: RequestService, make: Callable[[], Cache] = AnthropicCache) -> None:
        self.service = service
        self.direct, self.ours, self.claimed = 0.0, 0.0, 0.0
        self._caches = make(), make()
        chat = Renderer(counter("gpt-5.2")).chat
        self._render = Renderer(COUNT).anthropic if make is AnthropicCache else chat

    def call(self, body: bytes, now: float, *, given_up: bool = False) -> Any:
        if given_up:
            forwarding = self.service.given_up(body, "it took too long", now)
        else:
            forwarding = self.service.plan(body, Caller("claude-code"), now)
        self.service.sent(forwarding, now)
        direct = self._caches[0].bill(self._render(body), now).billed
        ours = self._caches[1].bill(self._render(forwarding.body), now).billed
        account = self.service.billed(forwarding, ours, now)
        self.claimed += (account.direct_cost or 0) - (account.cost or 0)
        self.direct += _units(direct)
        self.ours += _units(ours)
        return forwarding


def _units(billed: Billed) -> float:
    return billed.input + 0.1 * billed.cache_read + 1.25 * billed.cache_write


def _service(**given: Any) -> RequestService:
    return RequestService(MemoryArchive(), MemoryLedger(), Options(**given))


def _texts(body: bytes) -> list[str]:
    """The content of each block of the messages, without where the cache is asked for."""
    blocks = [b for m in json.loads(body)["messages"] for b in m["content"]]
    return [json.dumps({k: v for k, v in b.items() if k != "cache_control"}) for b in blocks]


TURN = st.tuples(
    st.sampled_from(MADE), st.integers(1, 9), st.sampled_from((2.0, 60.0, 290.0, 320.0, 4000.0))
)


@settings(max_examples=25, deadline=None)
@given(st.lists(TURN, min_size=1, max_size=40), st.lists(st.integers(0, 39), max_size=3))
def test_no_session_is_dearer_and_nothing_changes_unplanned(
    turns: list[Any], forks: list[int]
) -> None:
    """At no point of a session, with pauses, retries and forks, did it cost more than direct."""
    provider, tool, now = Provider(_service()), Tool(), 0.0
    tool.ask("Find out why it fails.")
    sent: dict[int, list[str]] = {}
    for index, (make, n, pause) in enumerate(turns):
        now += pause
        forwarding = provider.call(tool.body(), now)
        texts = _texts(forwarding.body)
        if forwarding.rewriting:
            sent.clear()
        for size, earlier in sent.items():
            assert texts[:size] == earlier
        sent[len(texts)] = texts
        assert provider.ours <= provider.direct * 1.005
        if index in forks:
            branch = Tool(tool.messages[: 1 + 2 * (index // 2)])
            branch.ask("Try it otherwise.")
            provider.call(branch.body(), now + 1)
            sent.clear()
            assert provider.ours <= provider.direct * 1.005
        tool.result(make(n), f"make step{n}")


CACHES = {
    "a day": ("gpt-5.2", PrefixCache),
    "ten minutes": ("gpt-5.2", partial(PrefixCache, idle=600.0)),
    "written": ("gpt-5.6-sol", WrittenCache),
    "written, a day": ("gpt-5.6-sol", partial(WrittenCache, idle=DAY)),
}


@pytest.mark.parametrize("held", CACHES)
@settings(max_examples=15, deadline=None)
@given(st.lists(TURN, min_size=1, max_size=40))
def test_no_session_is_dearer_however_long_a_provider_caches_by_itself(
    held: str, turns: list[Any]
) -> None:
    model, make = CACHES[held]
    provider, tool, now = Provider(_service(), make), Chat(model=model), 0.0
    tool.ask("Find out why it fails.")
    for make_output, n, pause in turns:
        now += pause
        provider.call(tool.body(), now)
        assert provider.ours <= provider.direct * 1.005
        tool.result(make_output(n), f"make step{n}")


def _long_session(tool: Tool, provider: Provider, turns: int = 14) -> Any:
    tool.ask("Find out why it fails.")
    forwarding = None
    for n in range(turns):
        forwarding = provider.call(tool.body(), 10.0 * n)
        tool.result(_code(n), f"cat f{n}.py")
    return forwarding


def test_the_past_is_rewritten_when_the_cache_has_lapsed() -> None:
    tool, provider = Tool(), Provider(_service())
    before = _long_session(tool, provider)
    assert before.rewriting is None
    after = provider.call(tool.body(), 10_000.0)
    assert after.rewriting.why == "lapsed"
    assert after.rewriting.rewritten < after.rewriting.kept
    assert after.rewriting.tokens > after.direct_tokens / 4
    again = provider.call(tool.body(), 10_001.0)
    assert again.body == after.body


def test_the_past_is_rewritten_once_carrying_it_has_cost_as_much() -> None:
    tool, provider = Tool(), Provider(_service())
    tool.ask("Find out why it fails.")
    before, calls = None, 0
    while not (forwarding := provider.call(tool.body(), 60.0 * calls)).rewriting:
        before, calls = forwarding, calls + 1
        assert calls < 60
        tool.result(MADE[calls % 3](calls + 3), f"make step{calls}")
    rewriting = forwarding.rewriting
    loss = rewriting.rewritten - rewriting.kept
    assert rewriting.why == "repays"
    assert 0 < before.trace.treated.regret < loss < rewriting.saved
    assert provider.ours < provider.direct
    # The turn before with the new result, less what was left out.
    new = rewriting.tokens + forwarding.sent_tokens - before.sent_tokens
    assert 0 < new <= forwarding.direct_tokens - before.direct_tokens


def test_what_is_claimed_is_the_difference_of_two_bills() -> None:
    tool, provider = Tool(), Provider(_service())
    _long_session(tool, provider, 30)
    price = 3e-6
    assert provider.claimed == pytest.approx((provider.direct - provider.ours) * price, rel=0.02)


@pytest.mark.parametrize("pause", [299.0, 301.0, 329.0, 331.0])
def test_what_lapses_a_moment_after_it_was_promised_is_no_loss_of_ours(pause: float) -> None:
    tool, provider = Tool(), Provider(_service())
    tool.ask("Find out why it fails.")
    for n in range(14):
        provider.call(tool.body(), pause * n)
        tool.result(MADE[n % 3](n + 1), f"make step{n}")
    saved = (provider.direct - provider.ours) * 3e-6
    assert provider.claimed == pytest.approx(saved, rel=0.03)


def test_what_a_provider_may_hold_for_a_day_is_not_rewritten_after_an_hour() -> None:
    tool, provider = Chat(), Provider(_service(), PrefixCache)
    _long_session(tool, provider)
    assert provider.call(tool.body(), 2 * 3600.0).rewriting is None
    assert provider.call(tool.body(), 40 * 3600.0).rewriting.why == "lapsed"


def test_what_may_be_held_is_known_when_others_have_sent_a_lot_since() -> None:
    tool, provider = Chat(), Provider(_service(), PrefixCache)
    _long_session(tool, provider)
    for other in range(2):
        said = [{"role": "user", "content": f"{other} {n}"} for n in range(15_000)]
        body = json.dumps({"model": "gpt-5.2", "messages": said}).encode()
        provider.service.sent(provider.service.plan(body, Caller(), 300.0), 300.0)
    after = provider.call(tool.body(), 600.0)
    assert after.rewriting is None
    assert after.trace.read > 0.9 * after.sent_tokens
    assert after.trace.direct_read > 0.9 * after.direct_tokens


@pytest.mark.parametrize(("model", "price"), [("gpt-5.2", 1.75e-6), ("gpt-5.6-sol", 5e-6)])
def test_what_is_claimed_is_so_too_where_prefixes_are_dropped_sooner_than_they_may_be(
    model: str, price: float
) -> None:
    """Also where nothing is charged for writing what the provider itself would charge for."""
    tool, provider = Chat(model=model), Provider(_service(), partial(PrefixCache, idle=600.0))
    tool.ask("Find out why it fails.")
    for n in range(9):
        assert provider.call(tool.body(), 10.0 * n).outcome is Outcome.OPTIMIZED or n == 0
        tool.result(_log(n + 2))
    provider.call(tool.body(), 3000.0)
    assert provider.claimed == pytest.approx((provider.direct - provider.ours) * price, rel=0.02)


@pytest.mark.parametrize("held", CACHES)
@pytest.mark.parametrize("pause", [0.0, 30 * 3600.0])
def test_what_giving_up_costs_is_claimed_of_each_cache(held: str, pause: float) -> None:
    model, make = CACHES[held]
    provider, tool = Provider(_service(), make), Chat(model=model)
    tool.ask("Find out why it fails.")
    for n in range(9):
        provider.call(tool.body(), 10.0 * n + pause * (n > 5), given_up=n in (6, 8))
        tool.result(_log(n + 2))
    price = catalogue.model(model).quote(100, 0.0).prices.input / 1e6
    claimed = provider.claimed / price
    assert claimed == pytest.approx(provider.direct - provider.ours, abs=0.02 * provider.direct)


def test_what_was_left_out_is_in_the_archive() -> None:
    archive, tool = MemoryArchive(), Tool()
    provider = Provider(RequestService(archive, MemoryLedger()))
    _long_session(tool, provider)
    after = provider.call(tool.body(), 10_000.0)
    left_out = [c for c in after.changes if not c.level.exact]
    assert left_out
    for change in left_out:
        assert handle(archive.get(change.handle)) == change.handle


def test_a_new_process_goes_on_where_the_last_one_stopped() -> None:
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool()
    provider = Provider(RequestService(archive, ledger))
    _long_session(tool, provider)
    before = provider.call(tool.body(), 10_000.0)
    provider.service = RequestService(archive, ledger)
    tool.result(_log(3))
    after = provider.call(tool.body(), 10_010.0)
    assert after.rewriting is None
    assert _texts(after.body)[: len(_texts(before.body))] == _texts(before.body)


def test_a_new_process_knows_what_has_no_answer_yet() -> None:
    """A conversation may go on at a result whose call the provider keeps."""
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    del tool.messages[1]
    service = RequestService(archive, ledger)
    before = service.given_up(tool.body(), "it took too long", 1.0)
    service.sent(before, 0.0)
    after = RequestService(archive, ledger).plan(tool.body(), Caller(), 1.0)
    assert _texts(after.body) == _texts(before.body)


def test_a_session_that_began_without_us_keeps_its_past() -> None:
    tool = Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    tool.result(_rows(9))
    forwarding = Provider(_service()).call(tool.body(), 0.0)
    assert forwarding.outcome is Outcome.OPTIMIZED
    assert _texts(forwarding.body)[:3] == _texts(tool.body())[:3]
    assert _texts(forwarding.body)[-1] != _texts(tool.body())[-1]


def test_where_nothing_is_cached_the_past_is_made_smaller_at_once() -> None:
    tool = Tool(cached=False)
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    tool.result(_rows(9))
    forwarding = Provider(_service()).call(tool.body(), 0.0)
    assert {change.block for change in forwarding.changes} >= {4, 6}


def test_nothing_is_made_too_short_to_be_cached() -> None:
    """Opus 4.6 caches nothing of fewer than 4,096 tokens: shorter, each call would cost more."""
    tool, provider = Tool(model="claude-opus-4-6"), Provider(_service())
    tool.ask("Find out why it fails.")
    tool.result(_log(2))
    assert 4096 < provider.call(tool.body(), 0.0).direct_tokens < 9000
    for n in range(1, 9):
        tool.result("ok")
        provider.call(tool.body(), 10.0 * n)
        assert provider.ours <= provider.direct


def test_a_fork_of_a_turn_before_a_rewriting_finds_its_cache() -> None:
    tool, provider = Tool(), Provider(_service())
    _long_session(tool, provider)
    early = Tool(tool.messages[:21])
    before = provider.call(early.body(), 200.0)
    assert provider.call(tool.body(), 10_000.0).rewriting
    early.ask("Try it otherwise.")
    after = provider.call(early.body(), 10_001.0)
    assert after.rewriting is not None or _texts(after.body)[:21] == _texts(before.body)
    assert provider.ours <= provider.direct


def test_a_session_reads_what_a_fork_made_of_their_past_after_a_pause() -> None:
    tool, provider = Tool(), Provider(_service())
    _long_session(tool, provider)
    for n in range(6):
        provider.call(tool.body(), 140.0 + n)
        tool.result(f"step {n} is done")
    fork = Tool(tool.messages[:-4])
    remade = provider.call(fork.body(), 10_000.0)
    assert remade.rewriting
    after = provider.call(tool.body(), 10_010.0)
    assert after.rewriting is None
    assert _texts(after.body)[: len(fork.messages)] == _texts(remade.body)
    assert after.trace.read > 0.9 * after.sent_tokens


def test_the_model_is_the_one_that_was_asked_where_the_body_names_none() -> None:
    body = json.dumps({"contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}).encode()
    assert _service().plan(body, Caller(), 0.0, "gemini-2.5-pro").model == "gemini-2.5-pro"


def test_a_request_without_messages() -> None:
    service = _service()
    forwarding = service.plan(b'{"messages": []}', Caller(), 0.0)
    assert (forwarding.outcome, forwarding.body) == (Outcome.UNCHANGED, b'{"messages": []}')
    service.sent(forwarding, 0.0)
    service.sent(service.given_up(b'{"messages": []}', "why", 0.0), 0.0)


def test_a_plan_that_was_given_up_is_kept_to() -> None:
    service, tool = _service(), Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    given_up = service.given_up(tool.body(), "it took too long", 1.0)
    assert (given_up.outcome, given_up.body) == (Outcome.PASSED, tool.body())
    service.sent(given_up, 0.0)
    size = len(_texts(tool.body()))
    before = _texts(tool.body())
    tool.result(_log(6))
    after = service.plan(tool.body(), Caller(), 1.0)
    assert _texts(after.body)[:size] == before
    assert _texts(after.body)[-1] != _texts(tool.body())[-1]


def test_what_was_given_up_keeps_to_what_another_process_sent() -> None:
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool()
    service = RequestService(archive, ledger)
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    before = service.plan(tool.body(), Caller(), 0.0)
    service.sent(before, 0.0)
    assert before.changes
    size = len(_texts(tool.body()))
    tool.result(_log(6))
    given_up = RequestService(archive, ledger).given_up(tool.body(), "it took too long", 1.0)
    assert given_up.trace
    assert given_up.trace.treated.whole == {len(given_up.trace.direct.keys) - n for n in (1, 2)}
    service = RequestService(archive, ledger)
    service.sent(given_up, 1.0)
    tool.result("ok")
    after = service.plan(tool.body(), Caller(), 2.0)
    assert _texts(after.body)[:size] == _texts(before.body)


def test_what_giving_up_cost_is_on_the_account() -> None:
    service, tool = _service(), Tool()
    provider = Provider(service)
    tool.ask("Find out why it fails.")
    for n in range(6):
        provider.call(tool.body(), 10.0 * n)
        tool.result(_log(n + 3))
    before = provider.call(tool.body(), 140.0)
    assert before.outcome is Outcome.OPTIMIZED
    saved = before.trace.treated.purse.saved
    tool.result("ok")
    passed = service.given_up(tool.body(), "it took too long", 150.0)
    service.sent(passed, 150.0)
    cold = Billed(cache_read=2_000, cache_write=before.direct_tokens - 2_000)
    service.billed(passed, cold, 150.0)
    assert before.trace.treated.purse.saved < saved - before.direct_tokens / 2


def test_what_is_late_keeps_to_what_went_out() -> None:
    service, tool = _service(), Tool()
    provider = Provider(service)
    tool.ask("Find out why it fails.")
    for n in range(6):
        provider.call(tool.body(), 10.0 * n)
        tool.result(_log(n + 3))
    before = _texts(provider.call(tool.body(), 140.0).body)
    assert before != _texts(tool.body())
    tool.result(_log(5))
    late = service.plan(tool.body(), Caller("claude-code"), 10_000.0, late="it took too long")
    assert (late.outcome, late.why) == (Outcome.OPTIMIZED, "it took too long")
    assert late.rewriting is None
    assert _texts(late.body) == [*before, *_texts(tool.body())[len(before) :]]
    service.sent(late, 10_000.0)
    tool.result("ok")
    after = service.plan(tool.body(), Caller("claude-code"), 10_001.0)
    assert after.rewriting or _texts(after.body)[: len(before) + 2] == _texts(late.body)


def test_a_very_large_request_that_was_given_up_is_kept_to() -> None:
    service, tool = _service(), Tool()
    tool.ask("Find out why it fails." + " " * 5 * 2**20)
    tool.result(_log(5))
    service.sent(service.given_up(tool.body(), "it took too long", 1.0), 0.0)
    before = _texts(tool.body())
    tool.result("ok")
    after = service.plan(tool.body(), Caller(), 1.0)
    assert _texts(after.body)[: len(before)] == before


@pytest.mark.parametrize("clearing", [(False, True), (True, False)])
@pytest.mark.parametrize("restarted", [False, True])
def test_clearing_turned_on_or_off_changes_nothing_that_was_sent(
    clearing: tuple[bool, bool], restarted: bool
) -> None:
    """Old results may be gone for what comes then, which refers to none of them."""
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool(clearing=clearing[0])
    service = RequestService(archive, ledger)
    tool.ask("Find out why it fails.")
    lines = [_rows(9) + f"\nrun {n} of it" for n in range(4)]
    for text in lines[:2]:
        tool.result(text)
        before = service.plan(tool.body(), Caller(), 0.0)
        service.sent(before, 0.0)
    refers = "stands earlier" in str([c.why for c in before.changes])
    assert refers is not clearing[0]
    if restarted:
        service = RequestService(archive, ledger)
    tool.clearing = clearing[1]
    size = len(_texts(before.body))
    for text in lines[2:]:
        tool.result(text)
        after = service.plan(tool.body(), Caller(), 1.0)
        service.sent(after, 1.0)
        assert _texts(after.body)[:size] == _texts(before.body)
        assert "stands earlier" not in str([c.why for c in after.changes])


def _answering(output: str, **more: Any) -> bytes:
    done = {"type": "function_call_output", "call_id": "c1", "output": output}
    tools = [{"type": "function", "name": "shell"}, {"type": "function", "name": "read_file"}]
    return json.dumps({"model": "gpt-5", "tools": tools, "input": [done], **more}).encode()


KEPT = {"previous_response_id": "resp_1"}


def test_a_result_alone_is_known_by_its_call() -> None:
    """The provider keeps the call: we know it from its answer."""
    service, text = _service(skipped_tools=frozenset({"secret"})), _log(5)
    unknown = service.plan(_answering(text, **KEPT), Caller(), 0.0)
    assert [change.source for change in unknown.changes] == ["a tool result"]
    service.called([Message(Role.TOOL_CALL, '{"path": "a.log"}', "read_file", "c1")])
    read = service.plan(_answering(text, **KEPT), Caller(), 0.0)
    assert [change.source for change in read.changes] == ["read_file a.log"]
    alone = service.plan(_answering(text), Caller(), 0.0)
    assert [change.source for change in alone.changes] == ["a tool result"]
    service.called([Message(Role.TOOL_CALL, "{}", "secret", "c1")])
    assert not service.plan(_answering(text, **KEPT), Caller(), 0.0).changes


def test_what_goes_on_from_what_the_provider_keeps_is_not_too_short() -> None:
    service, rows = _service(), _rows(40)
    assert not service.plan(_answering(rows), Caller(), 0.0).changes
    assert service.plan(_answering(rows, **KEPT), Caller(), 0.0).changes


def test_what_the_provider_keeps_is_no_saving_of_ours() -> None:
    service = _service()
    forwarding = service.plan(_answering(_log(5), **KEPT), Caller(), 0.0)
    service.sent(forwarding, 0.0)
    fewer = forwarding.direct_tokens - forwarding.sent_tokens
    account = service.billed(forwarding, Billed(1000, 90_000), 1.0)
    assert account.cost
    assert account.direct_cost
    price = account.cost / (1000 + 0.1 * 90_000)
    assert account.direct_cost - account.cost == pytest.approx(fewer * price)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("billed", [Billed(5000), Billed(5, 4995), Billed(0, 0, 5000)])
def test_what_goes_out_as_it_came_saves_nothing_whatever_was_cached(
    billed: Billed, signed: bool
) -> None:
    """Others may have had the provider cache it, and it may drop that sooner than it says."""
    service, tool = _service(), Tool()
    for now in (0.0, 1.0):
        tool.ask("Why does it fail?")
        forwarding = service.plan(tool.body(), Caller(), now)
        if signed:
            forwarding = service.given_up(tool.body(), "it is signed", now)
        service.sent(forwarding, now)
        account = service.billed(forwarding, billed, now)
        assert account.cost
        assert account.direct_cost == account.cost


def test_a_control_is_left_alone() -> None:
    tool = Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    forwarding = _service(holdout=1.0).plan(tool.body(), Caller(), 0.0)
    assert (forwarding.outcome, forwarding.body) == (Outcome.CONTROL, tool.body())
    outcomes = {
        _service(holdout=0.5).plan(tool.body(), Caller(session=str(n)), 0.0).outcome
        for n in range(40)
    }
    assert outcomes == {Outcome.CONTROL, Outcome.OPTIMIZED}
    counted = _service(holdout=0.5, optimize=False).plan(tool.body(), Caller(), 0.0)
    assert (counted.outcome, counted.body) == (Outcome.COUNTED, tool.body())


@pytest.mark.parametrize(
    ("tools", "caller", "reached"),
    [
        (SHELL, Caller(), True),
        (SHELL, Caller(local=False), False),
        ([{"name": "Read", "input_schema": {}}], Caller(), True),
        ([{"name": "Think", "input_schema": {}}], Caller(), False),
        ([{"name": "mcp__aicontext__retrieve", "input_schema": {}}], Caller(local=False), True),
        ([{"name": "mcp__other__retrieve", "input_schema": {}}], Caller(), False),
    ],
)
def test_nothing_is_left_out_that_cannot_be_fetched(
    tools: list[dict[str, Any]], caller: Caller, reached: bool
) -> None:
    tool = Tool(tools=tools)
    tool.ask("Find out why it fails.")
    tool.result("\n".join(f"2026-01-01 00:00:{i % 60:02d} INFO all is well" for i in range(300)))
    forwarding = _service().plan(tool.body(), caller, 0.0)
    assert any(not change.level.exact for change in forwarding.changes) is reached
    strangers = _service().plan(tool.body(), caller, 0.0, fetches=False)
    assert all(change.level.exact for change in strangers.changes)


@pytest.mark.parametrize(
    ("said", "size", "tools", "brief"),
    [
        ("Find out why it fails.", 9, SHELL, True),
        ("Make b.py faster.", 1, SHELL, False),
        ("Make b.py faster.", 9, SHELL, True),
        ("Find out why it fails.", 9, [{"name": "Think", "input_schema": {}}], False),
    ],
)
def test_a_long_read_is_an_excerpt_only_where_no_edit_is_likely_and_it_can_be_fetched(
    said: str, size: int, tools: list[dict[str, Any]], brief: bool
) -> None:
    tool, archive = Tool(tools=tools), MemoryArchive()
    tool.ask(said)
    tool.result(text := _code(9) * size, command="cat src/b.py")
    service = RequestService(archive, MemoryLedger())
    changes = service.plan(tool.body(), Caller(), 0.0).changes
    assert [change.level for change in changes] == [Level.EXCERPT] * brief
    if brief:
        assert archive.get(changes[0].handle) == text
        alone = _service(skipped_kinds=frozenset({Kind.CODE})).plan(tool.body(), Caller(), 0.0)
        assert not alone.changes


def test_what_stays_whole_for_want_of_a_tool_is_told_so() -> None:
    reader, tool = (Tool(tools=[{"name": name, "input_schema": {}}]) for name in ("Read", "Think"))
    for each in (reader, tool):
        each.ask("Why does it fail?")
        assert _service().plan(each.body(), Caller(), 0.0).why == "nothing in it could be shorter"
        each.result("It does not.")
    reasons = [_service().plan(each.body(), Caller(), 0.0).why for each in (reader, tool)]
    assert reasons[0] == "nothing in it could be shorter"
    assert reasons[1] == "only without loss: its model could not read originals back"


@pytest.mark.parametrize(("name", "command"), [("Read", True), ("Bash", False)])
def test_a_model_that_has_no_command_reads_a_plain_file(name: str, command: bool) -> None:
    tool = Tool(tools=[{"name": name, "input_schema": {}}])
    tool.ask("Find out why it fails.")
    text = "\n".join(f"2026-01-01 00:00:{i % 60:02d} INFO all is well" for i in range(300))
    tool.result(text, name=name)
    archive = MemoryArchive()
    service = RequestService(archive, MemoryLedger(), Options(command=command))
    body = json.loads(service.plan(tool.body(), Caller(), 0.0).body)
    shown = body["messages"][-1]["content"][0]["content"]
    path = re.search(r"tokens: (/\S+)\]", shown)
    assert path
    assert Path(path[1]).read_text() == text
    # What was fetched so is not made smaller again.
    tool.result(Path(path[1]).read_text(), command=f"cat {path[1]}", name="Bash")
    body = json.loads(service.plan(tool.body(), Caller(), 1.0).body)
    assert body["messages"][-1]["content"][0]["content"] == text


def test_what_shall_be_left_alone_is() -> None:
    tool = Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    assert _service().plan(tool.body(), Caller(), 0.0).changes
    for options in ({"skipped_tools": frozenset({"Bash"})}, {"skipped_kinds": {"log"}}):
        forwarding = _service(**options).plan(tool.body(), Caller(), 0.0)
        assert (forwarding.outcome, forwarding.body) == (Outcome.UNCHANGED, tool.body())


@pytest.mark.parametrize("name", ["Skill", "activate_skill"])
def test_instructions_are_left_alone(name: str) -> None:
    tool = Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5), name=name)
    tool.result(_log(7), command="cat docs/AGENTS.md")
    assert not _service().plan(tool.body(), Caller(), 0.0).changes


class FullArchive(MemoryArchive):
    def put(self, *texts: str) -> tuple[str, ...]:
        raise Unavailable("No space is left.")


class Unexposed(MemoryArchive):
    def expose(self, *texts: str) -> str:
        raise Unavailable("No space is left.")


@pytest.mark.parametrize(
    ("archive", "tools"), [(FullArchive(), SHELL), (FullArchive(), READER), (Unexposed(), READER)]
)
def test_without_an_archive_nothing_is_left_out_and_that_is_told(
    archive: MemoryArchive, tools: list[dict[str, Any]]
) -> None:
    tool, service = Tool(tools=tools), RequestService(archive, MemoryLedger())
    tool.ask("Find out why it fails.")
    for turn in range(2):
        tool.result(
            "\n".join(f"2026-01-01 00:00:{i % 60:02d} INFO all is well" for i in range(300))
        )
        forwarding = service.plan(tool.body(), Caller(), float(turn))
        service.sent(forwarding, float(turn))
        assert all(change.level.exact for change in forwarding.changes)
        assert forwarding.why.startswith("only without loss: originals cannot be kept")


def test_what_others_cleared_is_archived_again() -> None:
    archive, tool = MemoryArchive(), Tool()
    service = RequestService(archive, MemoryLedger())
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    before = service.plan(tool.body(), Caller(), 0.0)
    archive.clear()
    again = service.plan(tool.body(), Caller(), 100.0)
    assert again.body == before.body
    handles = [c.handle for c in again.changes if c.handle]
    assert handles
    assert all(archive.get(one) for one in handles)


@pytest.mark.parametrize("tools", [SHELL, READER])
@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_archived_stays_as_it_was_shown_when_the_disk_is_full(
    restarted: bool, tools: list[dict[str, Any]]
) -> None:
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool(tools=tools)
    service = RequestService(archive, ledger)
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    before = service.plan(tool.body(), Caller(), 0.0)
    assert any(not change.level.exact for change in before.changes)
    service.sent(before, 0.0)
    archive.__class__ = FullArchive
    if restarted:
        service = RequestService(archive, ledger)
    size = len(_texts(tool.body()))
    tool.result(_log(8))
    after = service.plan(tool.body(), Caller(), 100.0)
    assert _texts(after.body)[:size] == _texts(before.body)
    assert _texts(after.body)[-1] == _texts(tool.body())[-1]


def test_two_processes_keep_to_what_the_other_one_sent() -> None:
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool()
    first, second = (RequestService(archive, ledger) for _ in range(2))
    provider = Provider(first)
    _long_session(tool, provider)
    provider.service = second
    before = provider.call(tool.body(), 10_000.0)
    assert before.rewriting
    provider.service = first
    tool.result("ok")
    after = provider.call(tool.body(), 10_010.0)
    assert after.rewriting is None
    assert _texts(after.body)[: len(_texts(before.body))] == _texts(before.body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_what_cannot_be_read_goes_out_as_it_came(body: bytes) -> None:
    forwarding = _service().plan(body, Caller(), 0.0)
    assert (forwarding.outcome, forwarding.body) == (Outcome.PASSED, body)
    assert forwarding.why


def test_a_body_is_let_go_of_with_its_plan() -> None:
    tool, provider = Tool(), Provider(_service())
    gc.collect()
    gc.disable()
    try:
        _long_session(tool, provider)
        held = [one for one in gc.get_objects() if isinstance(one, Conversation)]
    finally:
        gc.enable()
    assert not held


def _attributed(request: dict[str, Any], n: int) -> None:
    text = f"x-anthropic-billing-header: cc_version=2.1.37.{n:03x}; cch={7919 * n:05x};"
    request["system"].insert(0, {"type": "text", "text": text})


def _asked_on_tools(request: dict[str, Any], n: int) -> None:
    if n > 6:
        request["tools"] = [{**request["tools"][0], **CACHED}]


def _asked_on_a_search(request: dict[str, Any], n: int) -> None:
    for message in request["messages"][2::2]:
        message["content"][-1].pop("cache_control", None)
        message["content"].append({"type": "search_result", "source": str(message)[:99]})
    request["messages"][-1]["content"][-1] |= CACHED


def _asked_inside(request: dict[str, Any], n: int) -> None:
    block = request["messages"][-1]["content"][-1]
    if block["type"] == "tool_result":
        del block["cache_control"]
        block["content"] = [{"type": "text", "text": block["content"], **CACHED}]


def _in_many_parts(request: dict[str, Any], n: int) -> None:
    for message in request["messages"][2::2]:
        block = message["content"][-1]
        lines = block["content"].split("\n")
        parts = ["\n".join(lines[at::25]) for at in range(25)]
        block["content"] = [{"type": "text", "text": part} for part in parts if part]


def _as_the_cache_takes_it(body: bytes) -> bytes:
    """Anthropic leaves its attribution out; a result is one block, wherever in it is asked."""
    request = json.loads(body)
    request["system"] = [b for b in request["system"] if not b["text"].startswith("x-anthropic-")]
    for block in (b for m in request["messages"] for b in m["content"]):
        for part in block.get("content", ()):
            if isinstance(part, dict) and part.pop("cache_control", None):
                block |= {"content": part["text"]} | CACHED
    return json.dumps(request).encode()


@pytest.mark.parametrize(
    "change",
    [_attributed, _asked_on_tools, _asked_on_a_search, _asked_inside, _in_many_parts],
)
def test_what_is_no_part_of_the_prompt_tells_no_prefix_from_another(
    change: Callable[[dict[str, Any], int], None],
) -> None:
    """Nor does a result of many parts hide what is held from a breakpoint after it."""
    tool, provider = Tool(), Provider(_service())
    render = provider._render
    provider._render = lambda body: render(_as_the_cache_takes_it(body))
    tool.ask("Find out why it fails.")
    for n in range(14):
        request = json.loads(tool.body())
        change(request, n)
        forwarding = provider.call(json.dumps(request).encode(), 10.0 * n)
        assert forwarding.rewriting is None
        assert provider.ours <= provider.direct * 1.005
        tool.result(MADE[n % 3](n + 1), f"make step{n}")
    assert provider.ours < provider.direct
    saved = (provider.direct - provider.ours) * 3e-6
    assert provider.claimed == pytest.approx(saved, rel=0.05)


@pytest.mark.parametrize("content", [False, True])
def test_breakpoints_on_tool_messages_are_seen(content: bool) -> None:
    """As OpenRouter and LiteLLM take them, on the message or on its text."""
    tool = Chat(model="anthropic/claude-sonnet-4.5")
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    request = json.loads(tool.body())
    last = request["messages"][-1]
    if content:
        last["content"] = [{"type": "text", "text": last["content"], **CACHED}]
    else:
        last |= CACHED
    trace = _service().plan(json.dumps(request).encode(), Caller(), 0.0).trace
    assert trace.sent.asked == trace.sent.tokens
    assert not trace.sent.automatic


@pytest.mark.parametrize("model", ["deepseek-chat", "glm-5", "one-that-is-new"])
@pytest.mark.parametrize("cached", [False, True])
def test_others_that_take_requests_like_anthropics_cache_by_themselves(
    model: str, cached: bool
) -> None:
    """What they hold is not rewritten as if it had lapsed after minutes, or had never been held."""
    tool, provider = Tool(model=model, cached=cached), Provider(_service())
    provider._caches = PrefixCache(), PrefixCache()
    tool.ask("Find out why it fails.")
    for n in range(14):
        forwarding = provider.call(tool.body(), 400.0 * n)
        assert forwarding.rewriting is None or forwarding.rewriting.why == "repays"
        assert provider.ours <= provider.direct * 1.005
        tool.result(MADE[n % 3](n + 1), f"make step{n}")


def _heavy(provider: Provider, tokens: int) -> None:
    """Documents have so many tokens, whatever the request says of them."""
    renderer = Renderer(COUNT)
    part = renderer.part

    def weighed(block: Any, role: str, hold: int) -> Any:
        made, text = part(block, role, hold)
        return (replace(made, tokens=tokens) if block.get("type") == "document" else made), text

    renderer.part = weighed  # type: ignore[method-assign]
    provider._render = renderer.anthropic


def test_what_the_provider_keeps_in_files_is_claimed_by_nobody() -> None:
    """Its tokens are on the bill, not in the request."""
    tool, provider = Tool(), Provider(_service())
    _heavy(provider, 150_000)
    tool.ask("Find out why it fails.")
    file = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    tool.messages[0]["content"].insert(0, file)
    for n in range(12):
        provider.call(tool.body(), 10.0 * n)
        tool.result(MADE[n % 3](n + 1), f"make step{n}")
    saved = (provider.direct - provider.ours) * 3e-6
    assert provider.claimed == pytest.approx(saved, rel=0.05)


def _words(n: int) -> str:
    chosen = random.Random(n)
    return "\n".join(
        " ".join(f"{chosen.getrandbits(20):x}" for _ in range(6)) for _ in range(12 + 7 * n % 50)
    )


@pytest.mark.parametrize("restarted", [False, True])
def test_what_stands_in_no_request_is_not_written_anew_for_less(restarted: bool) -> None:
    """A document after the results that are left out is, where the sums did not know of it."""
    archive, ledger, tool = MemoryArchive(), MemoryLedger(), Tool()
    provider = Provider(RequestService(archive, ledger))
    _heavy(provider, 100_000)
    tool.ask("Find out why it fails.")
    file = {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
    for n in range(40):
        if restarted:
            provider.service = RequestService(archive, ledger)
        provider.call(tool.body(), 20.0 * n)
        assert provider.ours <= provider.direct * 1.005
        tool.result(_words(n) if n % 4 else MADE[n % 3](n % 9 + 1), f"make step{n}")
        if n == 8:
            tool.messages[-1]["content"].append(file)
    saved = (provider.direct - provider.ours) * 3e-6
    assert provider.claimed == pytest.approx(saved, rel=0.05)


def test_forks_that_go_out_at_once_risk_what_was_saved_but_once() -> None:
    tool, provider = Tool(), Provider(_service())
    tool.ask("Find out why it fails.")
    service, n = provider.service, 0
    while not service.plan(tool.body(), Caller("claude-code"), 60.0 * n).rewriting:
        provider.call(tool.body(), 60.0 * n)
        n += 1
        assert n < 60
        tool.result(_words(n) if n % 4 else MADE[n % 3](n % 9 + 1), f"make step{n}")
    risked, saved = 0.0, 0.0
    for branch in range(40):
        fork = Tool(copy.deepcopy(tool.messages))
        fork.messages[-1]["content"].append({"type": "text", "text": f"Try way {branch}."})
        forwarding = service.plan(fork.body(), Caller("claude-code"), 60.0 * n)
        service.sent(forwarding, 60.0 * n)
        if rewriting := forwarding.rewriting:
            saved = saved or rewriting.saved
            risked += rewriting.rewritten - rewriting.kept
    assert 0 < risked <= saved


@pytest.mark.parametrize("every", [3, 5, 8])
@pytest.mark.parametrize("make", [_log, _code, _words])
def test_what_came_alone_goes_out_so_in_the_whole_conversation(
    every: int, make: Callable[[int], str]
) -> None:
    """As Codex sends it: what is new over one connection, and all of it over the next one."""
    service, caches = _service(), (PrefixCache(), PrefixCache())
    render = Renderer(counter("gpt-5.2")).responses
    items: list[dict[str, Any]] = [{"role": "user", "content": "Find out why it fails."}]
    kept: list[dict[str, Any]] = []
    new, direct, ours = items, 0.0, 0.0
    tools = [{"type": "function", "name": "shell", "parameters": {}}]
    for n in range(30):
        whole = n % every == 0
        request = {"model": "gpt-5.2", "instructions": RULES, "tools": tools}
        request |= {"input": items} if whole else {"input": new, "previous_response_id": "r"}
        body, now = json.dumps(request).encode(), 10.0 * n
        forwarding = service.plan(body, Caller("codex-cli"), now)
        service.sent(forwarding, now)
        sent = json.loads(forwarding.body)["input"]
        if whole and not forwarding.rewriting:
            assert sent[: len(kept)] == kept
        kept = sent if whole else kept + sent
        before = items[: len(items) - len(new)]
        billed = caches[0].bill(render(body, () if whole else before), now).billed
        direct += _units(billed)
        told = render(forwarding.body, () if whole else kept[: -len(sent)])
        billed = caches[1].bill(told, now).billed
        ours += _units(billed)
        service.billed(forwarding, billed, now)
        assert ours <= direct * 1.005
        asked = {"name": "shell", "arguments": f'{{"command": "make step{n}"}}'}
        call = {"type": "function_call", "call_id": f"c{n}", **asked}
        service.called([Message(Role.TOOL_CALL, asked["arguments"], "shell", f"c{n}")])
        text = make(n) if n % 3 else _rows(n)
        new = [{"type": "function_call_output", "call_id": f"c{n}", "output": text}]
        items, kept = [*items, call, *new], [*kept, call]


def test_more_vocabularies_than_are_remembered_change_nothing_that_goes_out() -> None:
    service, tool = _service(), Tool()
    tool.ask("Find out why it fails.")
    tool.result(_log(5))
    models = ("claude-opus-4-7", "deepseek", "llama3", "llama-2", "qwen3", "mistral", "grok-4")
    bodies = []
    for name in (MODEL, *models, *("gemini-3-pro", "gpt-5", "gpt-4"), MODEL):
        tool.model = name
        bodies.append(service.plan(tool.body(), Caller(), 0.0).body)
    assert bodies[0] == bodies[-1] != tool.body()

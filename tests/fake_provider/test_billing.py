import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.usage import Billed
from fake_provider.billing import AnthropicCache, PrefixCache, Rejected, WrittenCache, minimum
from fake_provider.prompts import Renderer

MODEL = "claude-sonnet-4-5"  # Caches from 1,024 tokens on.
MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def count(text: str) -> int:
    return len(text.split())


def words(number: int, word: str = "word") -> str:
    return " ".join([word] * number)


def block(tokens: int, word: str = "word", control: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "text", "text": words(tokens, word)}
    return {**made, "cache_control": control} if control else made


def bill(cache: AnthropicCache, blocks: list[Any], now: float, **rest: Any) -> Billed:
    messages = [{"role": "user", "content": blocks}]
    body = json.dumps({"model": MODEL, "messages": messages, **rest}).encode()
    return cache.bill(Renderer(count).anthropic(body), now).billed


def test_what_a_breakpoint_wrote_is_read_for_five_minutes_after_its_last_use() -> None:
    cache, blocks = AnthropicCache(), [block(2000, control=MARK), block(10)]
    assert bill(cache, blocks, 0) == Billed(input=10, cache_write=2000)
    assert bill(cache, blocks, 299) == Billed(input=10, cache_read=2000)
    assert bill(cache, blocks, 598) == Billed(input=10, cache_read=2000)
    assert bill(cache, blocks, 899) == Billed(input=10, cache_write=2000)


def test_an_hour_costs_more_and_lasts() -> None:
    cache = AnthropicCache()
    blocks = [block(2000, control=HOUR), block(100, "more", MARK), block(10)]
    assert bill(cache, blocks, 0) == Billed(input=10, cache_write=100, cache_write_1h=2000)
    assert bill(cache, blocks, 301) == Billed(input=10, cache_read=2000, cache_write=100)


def test_a_read_does_not_prolong_beyond_what_was_paid() -> None:
    cache = AnthropicCache()
    bill(cache, [block(2000, control=MARK)], 0)
    assert bill(cache, [block(2000, control=HOUR)], 100).cache_read == 2000
    assert bill(cache, [block(2000, control=HOUR)], 500).cache_read == 0


def test_a_moved_breakpoint_reads_what_the_earlier_one_wrote() -> None:
    cache, old = AnthropicCache(), [block(2000), block(50, "b")]
    bill(cache, [*old[:-1], {**old[-1], "cache_control": MARK}], 0)
    assert bill(cache, [*old, block(30, "c", MARK)], 1) == Billed(cache_read=2050, cache_write=30)


@pytest.mark.parametrize(("between", "found"), [(18, True), (19, True), (20, False)])
def test_only_twenty_blocks_are_looked_back(between: int, found: bool) -> None:
    cache = AnthropicCache()
    bill(cache, [block(2000, control=MARK)], 0)
    added = [block(1, f"w{n}") for n in range(between)]
    added[-1]["cache_control"] = MARK
    assert (bill(cache, [block(2000), *added], 1).cache_read > 0) is found


def test_short_prefixes_are_not_cached() -> None:
    cache, blocks = AnthropicCache(), [block(1023, control=MARK)]
    assert bill(cache, blocks, 0) == Billed(input=1023)
    assert bill(cache, blocks, 1) == Billed(input=1023)
    assert [minimum(m) for m in ("claude-opus-4-6", "claude-haiku-3-5", MODEL)] == [
        4096,
        2048,
        1024,
    ]


def test_a_fifth_breakpoint_is_refused() -> None:
    with pytest.raises(Rejected, match=r"maximum of 4 .* Found 5"):
        bill(AnthropicCache(), [block(2000, control=MARK)] * 5, 0)


def test_an_hour_after_five_minutes_is_refused() -> None:
    with pytest.raises(Rejected, match="must not come after"):
        bill(AnthropicCache(), [block(2000, control=MARK), block(2000, control=HOUR)], 0)


def test_a_mark_on_empty_text_is_refused() -> None:
    with pytest.raises(Rejected, match="empty text"):
        bill(AnthropicCache(), [block(0, control=MARK)], 0)


def test_tools_stand_before_the_system_text_and_both_before_messages() -> None:
    cache, tool = AnthropicCache(), {"name": "Read", "description": words(2000), "input_schema": {}}
    system = [block(2000, "rule", MARK)]
    bill(cache, [block(5)], 0, tools=[{**tool, "cache_control": MARK}], system=system)
    kept = bill(cache, [block(9)], 1, tools=[{**tool, "cache_control": MARK}], system=[block(5)])
    assert kept.cache_read > 1999
    tool["description"] = words(2000, "other")
    assert not bill(cache, [block(5)], 1, tools=[tool], system=system).cache_read


def test_an_attribution_that_changes_is_no_part_of_the_prompt() -> None:
    cache, rule = AnthropicCache(), block(2000, "rule", MARK)
    said = [
        {"type": "text", "text": f"x-anthropic-billing-header: cc_version=2.1; cch=0000{n};"}
        for n in range(2)
    ]
    assert bill(cache, [block(5)], 0, system=[said[0], rule]).cache_write == 2000
    assert bill(cache, [block(5)], 1, system=[said[1], rule]).cache_read == 2000
    assert not bill(cache, [block(5)], 2, system=[block(3), said[1], rule]).cache_read


@pytest.mark.parametrize(
    ("first", "second"), [("1e5", "100000.0"), ('"a": 1, "b": 2', '"b": 2, "a": 1')]
)
def test_another_spelling_is_another_prompt(first: str, second: str) -> None:
    def body(spelled: str) -> bytes:
        given = f"{{{spelled}}}" if ":" in spelled else f'{{"n": {spelled}}}'
        call = f'{{"type": "tool_use", "id": "t", "name": "f", "input": {given}}}'
        said = json.dumps(block(3, "end", MARK))
        start = json.dumps(block(2000))
        return (
            f'{{"model": "{MODEL}", "messages": [{{"role": "user", "content": [{start}]}}, '
            f'{{"role": "assistant", "content": [{call}]}}, '
            f'{{"role": "user", "content": [{said}]}}]}}'
        ).encode()

    cache, renderer = AnthropicCache(), Renderer(count)
    cache.bill(renderer.anthropic(body(first)), 0)
    assert not cache.bill(renderer.anthropic(body(second)), 1).billed.cache_read
    assert cache.bill(renderer.anthropic(body(first)), 1).billed.cache_read


def test_escapes_and_a_moved_mark_are_the_same_prompt() -> None:
    plain = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "ä"}]})
    spelled = plain.encode().decode("unicode_escape").encode()
    blocks = {"model": MODEL, "messages": [{"role": "user", "content": [block(1, "ä", MARK)]}]}
    renderer = Renderer(count)
    keys = {renderer.anthropic(b).keys for b in (plain.encode(), spelled)}
    assert keys == {renderer.anthropic(json.dumps(blocks).encode()).keys}


def chat(sizes: list[int], model: str = "gpt-5") -> bytes:
    messages = [{"role": "user", "content": words(n, f"w{i}")} for i, n in enumerate(sizes)]
    return json.dumps({"model": model, "messages": messages}).encode()


def test_the_automatic_cache_reads_in_steps_from_1024_tokens_on() -> None:
    cache, renderer = PrefixCache(idle=600), Renderer(count)
    assert cache.bill(renderer.chat(chat([1000])), 0).billed == Billed(input=1000)
    assert cache.bill(renderer.chat(chat([1000, 300])), 1).billed == Billed(input=1300)
    assert cache.bill(renderer.chat(chat([1000, 300, 7])), 2).billed == Billed(27, cache_read=1280)
    assert cache.bill(renderer.chat(chat([1000, 300])), 602).billed.cache_read == 1280
    assert cache.bill(renderer.chat(chat([1000, 300])), 1203).billed.cache_read == 0


def test_the_cache_that_is_written_for_money_finds_whole_requests_alone() -> None:
    cache, renderer = WrittenCache(), Renderer(count)
    assert cache.bill(renderer.chat(chat([1000])), 0).billed == Billed(input=1000)
    assert cache.bill(renderer.chat(chat([1000, 300])), 1).billed == Billed(cache_write=1300)
    longer = cache.bill(renderer.chat(chat([1000, 300, 900, 7])), 2)
    assert (longer.billed, longer.read) == (Billed(cache_read=1300, cache_write=907), 2)
    inner = cache.bill(renderer.chat(chat([1000, 300, 900])), 3)
    assert inner.billed == Billed(cache_read=1300, cache_write=900)
    assert cache.bill(renderer.chat(chat([1000, 300])), 1803).billed.cache_read == 1300
    assert cache.bill(renderer.chat(chat([1000, 300])), 3604).billed.cache_read == 0


def test_the_models_share_no_cache() -> None:
    cache, renderer = PrefixCache(), Renderer(count)
    cache.bill(renderer.chat(chat([2000])), 0)
    assert not cache.bill(renderer.chat(chat([2000], "gpt-5-mini")), 1).billed.cache_read


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=8), st.integers(0, 8))
def test_every_token_is_billed_once(sizes: list[int], marked: int) -> None:
    cache = AnthropicCache()
    blocks = [block(n, f"w{i}") for i, n in enumerate(sizes)]
    for now in range(3):
        blocks[min(marked + now, len(blocks) - 1)]["cache_control"] = MARK
        assert bill(cache, blocks, now).all_input == sum(sizes)

"""Counts equal tiktoken's, on known vectors and on generated text."""

from __future__ import annotations

from functools import cache

import pytest
import tiktoken
import toktok
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.errors import InvalidInput
from aicontext.engine.estimate.vocabulary import tokenizer

# The split patterns that tiktoken publishes for the two vocabularies.
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
PATTERNS = {
    "o200k": rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_SUFFIX}"
    rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_SUFFIX}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
}
# The letters above this one came with a Unicode that toktok's tables do not know yet.
NEWEST = 0x323AF
texts = st.one_of(
    st.text(st.characters(max_codepoint=NEWEST)),
    st.text(alphabet="abcXYZ'sSLre 0129.,\n\r\t\u00a0!\"{}()=_/äßéПр日本한🧠\u0301\u200b\x00"),
)


@cache
def reference(family: str) -> tiktoken.Encoding:
    loaded = toktok._encoding(f"{family}_base")
    ranks = {value: loaded.encode_single_token(value) for value in loaded.token_byte_values()}
    return tiktoken.Encoding(
        family, pat_str=PATTERNS[family], mergeable_ranks=ranks, special_tokens={}
    )


@pytest.mark.parametrize(
    ("family", "text", "tokens"),
    [
        ("o200k", "", 0),
        ("o200k", "hello world", 2),
        ("o200k", "antidisestablishmentarianism", 6),
        ("o200k", "2 + 2 = 4", 7),
        ("o200k", "お誕生日おめでとう", 8),
        ("o200k", "<|endoftext|>", 7),
        ("cl100k", "hello world", 2),
        ("cl100k", "antidisestablishmentarianism", 6),
        ("cl100k", "2 + 2 = 4", 7),
        ("cl100k", "お誕生日おめでとう", 9),
        ("cl100k", "<|endoftext|>", 7),
        ("qwen3.5", "hello world", 2),
    ],
)
def test_known_vectors(family: str, text: str, tokens: int) -> None:
    assert tokenizer(family)(text) == tokens


@pytest.mark.parametrize("family", PATTERNS)
@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_counts_equal_tiktoken(family: str, text: str) -> None:
    assert tokenizer(family)(text) == len(reference(family).encode_ordinary(text))


@pytest.mark.parametrize("family", ["o200k", "cl100k", "qwen3.5"])
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\0" * 9, "\ud83d\ude00"])
def test_no_text_is_refused(family: str, text: str) -> None:
    assert tokenizer(family)(text) > 0


@pytest.mark.parametrize("family", ["llama3", "qwen"])
def test_vocabularies_of_the_extra(family: str) -> None:
    pytest.importorskip("quicktok")
    count = tokenizer(family)
    assert count("hello world") == 2
    assert count("<|endoftext|>") > 1
    assert count("\ud800") > 0


def test_the_mistral_vocabulary_of_the_extra() -> None:
    pytest.importorskip("mistral_common")
    assert tokenizer("mistral")("hello world") == 2


def test_a_family_without_a_vocabulary_is_named() -> None:
    with pytest.raises(InvalidInput, match="'nobody'"):
        tokenizer("nobody")

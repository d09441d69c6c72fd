import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.prioritize.terms import LONGEST_WORD, stem, terms, words


@given(st.text(st.characters(max_codepoint=127)) | st.text())
def test_words_are_runs_of_letters_digits_and_underscores(text: str) -> None:
    assert words(text) == re.findall(r"\w+", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max_retry_count", ["max_retry_count", "max", "retry", "count"]),
        ("MAX_RETRY_COUNT", ["max_retry_count", "max", "retry", "count"]),
        ("maxRetryCount", ["maxretrycount", "max", "retry", "count"]),
        ("HTTPServerError", ["httpservererror", "http", "server", "error"]),
        ("__init__", ["init"]),
        ("utf8", ["utf8", "utf"]),
        ("src/queue_reader.py", ["src", "queue_reader", "queu", "reader", "py"]),
        ("the a of x 7", []),
        ("42 404", ["42", "404"]),
        ("Größe_Wert", ["grösse", "wert"]),
        ("naïve café", ["naïve", "café"]),
        ("日本語", ["日本", "本語"]),
        ("字", ["字"]),
        ("load日本now", ["load", "日本"]),
        ("_ __ !?", []),
        ("", []),
    ],
)
def test_terms_of_words_identifiers_and_unspaced_scripts(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("inflected", "base"),
    [
        ("tests", "test"),
        ("classes", "class"),
        ("studies", "study"),
        ("stopped", "stop"),
        ("caching", "cache"),
        ("caches", "cache"),
        ("falling", "fall"),
    ],
)
def test_inflections_share_a_stem(inflected: str, base: str) -> None:
    assert stem(inflected) == stem(base)


@pytest.mark.parametrize("word", ["status", "class", "analysis", "thing", "red", "is", "the"])
def test_words_that_only_look_inflected_are_left_alone(word: str) -> None:
    assert stem(word).startswith(word[:3])
    assert stem(word) in (word, word[:-1])


def test_a_run_without_end_is_one_short_term() -> None:
    assert [len(term) for term in terms("aB3" * 100_000)] == [LONGEST_WORD]


@settings(max_examples=100)
@given(st.text(), st.text())
def test_terms_never_fail_and_add_up(left: str, right: str) -> None:
    assert terms(f"{left} {right}") == terms(left) + terms(right)
    assert all(terms(left + " "))

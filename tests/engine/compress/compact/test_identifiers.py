from __future__ import annotations

import pytest

from aicontext.engine.compress.compact.identifiers import Lexicon


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("edit src/shop/basket.py:12 now", ["src/shop/basket.py"]),
        ("see `./lib/a.test.ts`, README.md", ["./lib/a.test.ts", "README.md"]),
        ("self.loadBasket(session_id)", ["loadBasket", "session_id"]),
        ("class BasketStore(HTTPServer):", ["BasketStore", "HTTPServer"]),
        ("commit 3f2a91c0 and abcdefab", ["3f2a91c0"]),
        ("plain words, numbers 1234567 and e.g. this", ["1234567"]),
        ("MAX_RETRIES = max_retries", ["MAX_RETRIES", "max_retries"]),
        ("", []),
    ],
)
def test_paths_compound_names_and_hashes_are_found(line: str, names: list[str]) -> None:
    lexicon = Lexicon()
    assert [lexicon.names[i] for i in lexicon.find(line)] == names


def test_a_name_keeps_its_number() -> None:
    lexicon = Lexicon()
    assert lexicon.find("load_basket") == lexicon.find("x = load_basket()")


def test_an_endless_run_is_no_name() -> None:
    assert Lexicon().find("a" * 1_000_000 + ".py") == ()

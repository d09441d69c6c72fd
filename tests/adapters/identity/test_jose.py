"""Whatever comes as a token is read or refused, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.adapters.identity.jose import JoseSigning
from aicontext.domain.errors import Unauthenticated
from aicontext.ports.access.signing import Expected

SIGNING = JoseSigning()
PUBLIC, PRIVATE = SIGNING.new_key()
NOW = 1_800_000_000
CLAIMS = {"iss": "us", "aud": "api", "sub": "ada", "iat": NOW, "exp": NOW + 600}
EXPECTED = Expected("at+jwt", "us", "api", NOW)
SOUND = SIGNING.sign("at+jwt", CLAIMS, PUBLIC["kid"], PRIVATE)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def test_a_sound_token_is_read() -> None:
    assert SIGNING.read(SOUND, [PUBLIC], EXPECTED) == CLAIMS
    assert "d" not in PUBLIC
    with pytest.raises(Unauthenticated):
        SIGNING.read(SOUND, [SIGNING.new_key()[0]], EXPECTED)
    with pytest.raises(Unauthenticated):
        SIGNING.read(SOUND, [], EXPECTED)


@settings(max_examples=50)
@given(st.one_of(st.text(), st.text(ALPHABET), st.lists(st.text(ALPHABET)).map(".".join)))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        SIGNING.read(text, [PUBLIC], EXPECTED)


@settings(max_examples=50)
@given(st.integers(0, len(SOUND) - 2), st.sampled_from(ALPHABET))
def test_a_token_cannot_be_changed(at: int, sign: str) -> None:
    changed = SOUND[:at] + sign + SOUND[at + 1 :]
    if changed != SOUND:
        with pytest.raises(Unauthenticated):
            SIGNING.read(changed, [PUBLIC], EXPECTED)

"""Models that give texts a direction: the one on this machine, and one behind an address."""

import json
import math

import pytest
from model_server import OPENAI_ERROR, Handler, Respond, raw, serving

from aicontext.adapters.models.openai_embeddings import OpenAiEmbeddings
from aicontext.adapters.models.wordllama import WordLlama
from aicontext.domain.errors import Unavailable
from aicontext.domain.storage.vectors import Space, unit

KEY = "sk-secret"


def cosine(model: WordLlama, one: str, other: str) -> float:
    first, second = (unit(vector, model.space) for vector in model.embed([one, other]))
    return math.fsum(a * b for a, b in zip(first, second, strict=True))


def test_alike_texts_point_the_same_way() -> None:
    model = WordLlama()
    assert model.space == Space("wordllama-l2-supercat-log", 256)
    code, prose = "def connect(url): return Database(url)", "The potatoes are boiled in water."
    assert cosine(model, code, code + "\n# closed later") > 0.9
    assert cosine(model, code, "open a connection to the database") > cosine(model, code, prose)
    assert model.embed([code]) == WordLlama().embed([code])


def test_of_a_long_text_all_parts_count_in_bounded_time() -> None:
    model = WordLlama()
    long = "alpha " * 500_000 + "potatoes boiled in salted water " * 500_000
    assert cosine(model, long, "potatoes boiled in salted water") > 0.5
    assert cosine(model, long, "alpha alpha") > 0.3


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_no_word_is_no_direction_or_a_sound_one(empty: str) -> None:
    (vector,) = WordLlama().embed([empty])
    assert len(vector) == 256
    assert all(map(math.isfinite, vector))


def vectors(dimension: int = 3, *, backwards: bool = False) -> Respond:
    """Answers as OpenAI's Embeddings do; a text's vector begins with its length."""

    def respond(handler: Handler, body: dict[str, object]) -> None:
        texts = body["input"]
        assert isinstance(texts, list)
        data = [
            {"object": "embedding", "index": i, "embedding": [len(t), *[0.5] * (dimension - 1)]}
            for i, t in enumerate(texts)
        ]
        answer = {"object": "list", "data": data[::-1] if backwards else data, "model": "m"}
        raw(200, json.dumps(answer).encode())(handler, body)

    return respond


def test_an_endpoint_answers_in_order() -> None:
    texts = ["a" * n for n in range(1, 21)]
    with serving(vectors(backwards=True)) as (url, heard):
        model = OpenAiEmbeddings(f"{url}/v1", "small", KEY, 20)
        assert [vector[0] for vector in model.embed(texts)] == list(range(1, 21))
        assert model.space == Space("small", 3)
    path, headers, body = heard[-1]
    assert (path, headers["authorization"]) == ("/v1/embeddings", f"Bearer {KEY}")
    assert isinstance(body, dict)
    assert (body["model"], len(body["input"])) == ("small", 4)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"data": []}, "a vector for each text"),
        ({"data": [{"index": 1, "embedding": [1.0]}]}, "a vector for each text"),
        ({"data": [{"index": 0, "embedding": []}]}, "a vector for each text"),
        ({"data": [{"index": 0, "embedding": ["1"]}]}, "a vector for each text"),
        ({"data": [{"index": 0, "embedding": "AACAPw=="}]}, "a vector for each text"),
        ([], "a vector for each text"),
        ("no", "a vector for each text"),
    ],
)
def test_what_is_no_vector_is_told_of(answer: object, says: str) -> None:
    with serving(raw(200, json.dumps(answer).encode())) as (url, _):
        with pytest.raises(Unavailable, match=says) as caught:
            OpenAiEmbeddings(url, "small", KEY, 20).embed(["a"])
        assert KEY not in str(caught.value)


def test_a_refusal_names_the_settings_of_embeddings() -> None:
    with serving(raw(401, json.dumps(OPENAI_ERROR).encode())) as (url, _):
        with pytest.raises(Unavailable, match="AICONTEXT_EMBEDDINGS_KEY") as caught:
            OpenAiEmbeddings(url, "small", KEY, 20).embed(["a"])
        assert KEY not in str(caught.value)

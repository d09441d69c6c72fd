"""Broken, spliced and hostile inputs: nothing crashes, nothing grows, nothing is lost silently.

The texts under seeds/, the example session's and the example shop's are cut, doubled, spliced,
garbled and strewn with marks. The same inputs are tried on every run (`derandomize`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.secrets.detect_secrets import DetectSecrets
from aicontext.domain.context import Ask, Kind, Level, Source
from aicontext.domain.errors import AiContextError, BudgetTooSmall
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact import compact
from aicontext.engine.compress.forms.conversation import write
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.session import Renderer, compress_session
from aicontext.engine.condense.json.decode import decode
from aicontext.engine.condense.table import rebuilt
from aicontext.engine.detect.detector import detect
from aicontext.engine.detect.segments import split
from aicontext.engine.estimate.counter import counter
from aicontext.engine.plan import CONDENSERS, Shown, fit, show
from aicontext.services.context.service import ContextService

MODEL = "gpt-4o"
HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
SEEDS = {path.stem: path.read_text("utf-8") for path in sorted((HERE / "seeds").glob("*.txt"))}
SESSION = read((EXAMPLES / "session.json").read_bytes()).messages
TEXTS = [
    *SEEDS.values(),
    *(path.read_text("utf-8") for path in sorted((EXAMPLES / "shop" / "shop").glob("*.py"))),
    *(message.text[:4_000] for message in SESSION if message.role is Role.TOOL_RESULT),
]
ALIEN = (
    *("\x00", "\ud83d", "\udcff", "\r\n", "\r", "\u2028", "\ufeff", "\x1b[31m", "\t", "\n\n\n"),
    *("[… 3 lines]", "[…", "[… 900 tokens: aicontext retrieve 0123456789ab]", "=== a.py ==="),
    *(
        '{"',
        '"]}',
        "[[[[",
        "```",
        "<system-reminder>",
        "</x>",
        "diff --git a/x b/x",
        "@@ -1,9 +1 @@",
    ),
    *(
        "E   assert 1 == 2",
        "Traceback (most recent call last):",
        "==> x <==",
        "1\t",
        "é",
        "漢字",
        "🧵",
    ),
)
RUNS = ("a", " ", "\n", "[", "{", '"', "\\", "-", "\x00", "9", "E  ", ",", "漢", "(")

count = counter(MODEL)


def fuzz(examples: int) -> settings:
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


Mutation = Callable[[str], str]
places = st.floats(0, 1)


def _at(text: str, place: float) -> int:
    return int(place * len(text))


def _cut(one: float, other: float) -> Mutation:
    first, past = sorted((one, other))
    return lambda text: text[: _at(text, first)] + text[_at(text, past) :]


def _double(one: float, other: float) -> Mutation:
    first, past = sorted((one, other))
    return lambda text: text[: _at(text, past)] + text[_at(text, first) :]


def _insert(place: float, piece: str) -> Mutation:
    return lambda text: text[: _at(text, place)] + piece + text[_at(text, place) :]


def _splice(other: str, one: float, two: float) -> Mutation:
    return lambda text: text[: _at(text, one)] + other[_at(other, two) :]


def _flip(place: float, bits: int) -> Mutation:
    """Changes bits of a byte; what is no UTF-8 then becomes lone surrogates."""

    def flipped(text: str) -> str:
        data = bytearray(text.encode("utf-8", "surrogatepass"))
        if data:
            data[min(int(place * len(data)), len(data) - 1)] ^= bits
        return data.decode("utf-8", "surrogateescape")

    return flipped


MUTATIONS = st.one_of(
    st.builds(_cut, places, places),
    st.builds(_double, places, places),
    st.builds(_insert, places, st.sampled_from(ALIEN)),
    st.builds(
        lambda place, piece, times: _insert(place, piece * times),
        places,
        st.sampled_from(RUNS),
        st.sampled_from([2, 50, 3_000]),
    ),
    st.builds(_splice, st.sampled_from(TEXTS), places, places),
    st.builds(_flip, places, st.integers(1, 255)),
)


def _mutated(text: str, mutations: list[Mutation]) -> str:
    return reduce(lambda mutant, mutate: mutate(mutant), mutations, text)


def mutants(*seeds: str) -> st.SearchStrategy[str]:
    return st.builds(_mutated, st.sampled_from(seeds), st.lists(MUTATIONS, max_size=5))


ASKS = st.builds(
    Ask,
    query=st.sampled_from(["", "tax discount", "o-1007", "\ud83d [… 3 lines]"]),
    tool=st.sampled_from(["", "Bash", "Read", "Grep"]),
    command=st.sampled_from(["", "pytest -v", "cat shop/cart.py", '{"command": "git diff"}']),
    path=st.sampled_from(["", "shop/cart.py", "a.json", "b.csv", "c.yaml", "x\x00y"]),
    reference=st.sampled_from(["", SEEDS["log"], SEEDS["test"]]),
)
BUDGETS = st.sampled_from([0, 1, 20, 60, 200, 1_000])
ANY = mutants(*TEXTS)


@fuzz(300)
@given(ANY, ASKS)
def test_detection_is_steady_and_segments_are_the_text(text: str, ask: Ask) -> None:
    assert detect(text, ask) == detect(text, ask)
    assert "".join(segment.text for segment in split(text, ask)) == text


@pytest.mark.parametrize("kind", list(CONDENSERS))
def test_a_seed_is_of_its_kind_and_can_be_shortened(kind: Kind) -> None:
    text = SEEDS[kind.value]
    assert detect(text).kind is kind
    assert CONDENSERS[kind].excerpt(text, Ask(), count(text) // 2, count)


@pytest.mark.parametrize("kind", list(CONDENSERS))
@fuzz(80)
@given(st.data(), ASKS, BUDGETS)
def test_a_condenser_never_raises_never_grows_and_holds_its_budget(
    kind: Kind, data: st.DataObject, ask: Ask, budget: int
) -> None:
    text = data.draw(st.one_of(mutants(SEEDS[kind.value]), ANY))
    condenser = CONDENSERS[kind]
    condensed = condenser.condense(text, ask, count)
    assert condensed == condenser.condense(text, ask, count)
    if condensed:
        assert count(condensed.text) <= count(text)
    excerpt = condenser.excerpt(text, ask, budget, count)
    assert excerpt == condenser.excerpt(text, ask, budget, count)
    if excerpt:
        assert count(excerpt.text) <= budget


def _values(text: str) -> object:
    """A JSON document, its numbers as they are written."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


@fuzz(160)
@given(mutants(SEEDS["json"], json.dumps(json.loads(SEEDS["json"])["rows"])))
def test_lossless_json_holds_every_value(text: str) -> None:
    try:
        before = _values(text)
    except (ValueError, RecursionError):
        return
    found = CONDENSERS[Kind.JSON].condense(text, Ask(), count)
    if found is None or found.level is not Level.LOSSLESS:
        return
    try:
        after = _values(found.text)
    except ValueError:
        after = _values(decode(found.text))
    assert after == before


@fuzz(160)
@given(mutants(SEEDS["table"], SEEDS["table"].replace(",", ";")))
def test_lossless_tables_hold_every_cell(text: str) -> None:
    found = CONDENSERS[Kind.TABLE].condense(text, Ask(), count)
    if found is None or found.level is not Level.LOSSLESS:
        return
    plain = text.replace("\r\n", "\n").rstrip("\n")
    assert plain in [rebuilt(found.text, delimiter) for delimiter in ",;\t|"]


def _checked(shown: Shown, text: str) -> None:
    assert shown.original_tokens == count(text)
    assert shown.tokens == count(shown.rendition.text) <= shown.original_tokens
    assert 0 <= shown.quality <= 1


@fuzz(200)
@given(ANY, ASKS, st.sampled_from(list(Level)))
def test_what_is_shown_is_never_more_than_came(text: str, ask: Ask, poorest: Level) -> None:
    shown = show(text, ask, count, poorest)
    _checked(shown, text)
    assert shown == show(text, ask, count, poorest)
    assert shown.handle or shown.rendition.level.exact


@fuzz(160)
@given(ANY, ASKS, BUDGETS)
def test_what_is_fitted_fits(text: str, ask: Ask, budget: int) -> None:
    try:
        shown = fit(text, ask, budget, count)
    except BudgetTooSmall:
        return
    _checked(shown, text)
    assert shown.tokens <= budget
    assert shown == fit(text, ask, budget, count)


MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from([*Role, Role.TOOL_CALL, *[Role.TOOL_RESULT] * 8]),
        st.one_of(ANY, st.sampled_from([m.text for m in SESSION if len(m.text) < 4_000])),
        st.sampled_from(["", "Read", "Edit", "Bash"]),
        st.sampled_from(["", "a", "b"]),
        st.booleans(),
    ),
    min_size=2,
    max_size=8,
)


@fuzz(80)
@given(MESSAGES, places)
def test_a_session_never_changes_what_was_sent(session: list[Message], place: float) -> None:
    def choose(text: str, ask: Ask, poorest: Level, /) -> Shown:
        return show(text, ask, count, poorest)

    size = int(place * len(session))
    whole = compress_session(session, range(len(session)), Renderer(choose, count))
    sent = compress_session(session[:size], range(size), Renderer(choose, count))
    assert whole[: len(sent)] == sent
    assert all(emission.index >= size for emission in whole[len(sent) :])
    for emission in whole:
        assert count(emission.rendition.text) == emission.after < emission.before


@fuzz(80)
@given(MESSAGES, BUDGETS)
def test_a_session_is_compacted_to_its_budget(session: list[Message], budget: int) -> None:
    try:
        found = compact(session, budget, count)
    except BudgetTooSmall:
        return
    assert found.tokens == count(found.text) <= budget
    assert found == compact(session, budget, count)


def _bodies() -> list[str]:
    """A short session in each of the forms that conversations are sent and kept in."""
    log, code = SEEDS["log"], SEEDS["code"]
    arguments = {"command": "tail shop.log"}
    chat = [
        {"role": "user", "content": "Why is there no rate?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "Bash", "arguments": json.dumps(arguments)},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": log},
    ]
    use = {"type": "tool_use", "id": "c1", "name": "Bash", "input": arguments}
    result = {"type": "tool_result", "tool_use_id": "c1", "content": log}
    called = {"name": "Bash", "args": arguments}
    answered = {"name": "Bash", "response": {"output": log}}
    turns = [
        {"role": "user", "content": "Read the cart."},
        {"role": "assistant", "content": [{"type": "text", "text": "Yes."}, use]},
        {"role": "user", "content": [result, {"type": "text", "text": code}]},
    ]
    call = {"type": "function_call", "call_id": "c1", "name": "Bash", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c1", "output": log}
    parts = [
        {"role": "model", "parts": [{"functionCall": called}]},
        {"role": "user", "parts": [{"functionResponse": answered}]},
    ]
    kinds = ("user", "assistant", "user")
    lines = [{"type": k, "message": turn} for k, turn in zip(kinds, turns, strict=True)]
    return [
        json.dumps({"model": MODEL, "messages": chat}),
        json.dumps({"system": "Be brief.", "messages": turns}, indent=1),
        json.dumps({"model": MODEL, "input": [{"role": "user", "content": "Go."}, call, output]}),
        json.dumps({"contents": parts}),
        "\n".join(map(json.dumps, lines)),
        json.dumps(chat),
    ]


BODIES = st.builds(
    lambda text: text.encode("utf-8", "backslashreplace"), mutants(*_bodies())
) | st.builds(lambda text: text.encode("utf-8", "surrogatepass"), mutants(*_bodies()))


@fuzz(300)
@given(BODIES)
def test_what_is_read_is_written_back_byte_for_byte(payload: bytes) -> None:
    try:
        talk = read(payload)
    except AiContextError:
        return
    assert write(talk, {}) == payload
    assert len(talk.slots) == len(talk.messages)


def _service() -> ContextService:
    return ContextService(MemoryArchive(), DetectSecrets(), MODEL)


PAYLOADS = BODIES | ANY.map(lambda text: text.encode("utf-8", "surrogatepass"))


@fuzz(120)
@given(PAYLOADS, st.none() | BUDGETS, st.sampled_from(["", "tax"]))
def test_the_service_optimizes_anything(payload: bytes, budget: int | None, query: str) -> None:
    service, sources = _service(), (Source(payload),)
    try:
        found = service.optimize(sources, budget=budget, query=query)
    except AiContextError:
        return
    assert found == _service().optimize(sources, budget=budget, query=query)
    assert found.optimized_tokens <= found.original_tokens
    if budget is not None:
        assert found.optimized_tokens <= budget
    for step in found.optimizations:
        assert not step.handle or service.retrieve(step.handle)


@fuzz(120)
@given(PAYLOADS, BUDGETS, ASKS)
def test_the_service_compresses_anything(payload: bytes, budget: int, ask: Ask) -> None:
    service, sources = _service(), (Source(payload),)
    try:
        found = service.compress(sources, budget, ask=ask)
    except AiContextError:
        return
    assert count(str(found.content)) == found.optimized_tokens <= budget
    assert found == _service().compress(sources, budget, ask=ask)
    for step in found.optimizations:
        text = payload.decode("utf-8", "surrogateescape")
        assert not step.handle or service.retrieve(step.handle) == text

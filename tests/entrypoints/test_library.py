"""The public functions, as a program calls them."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import aicontext
from aicontext.domain.errors import InvalidInput, NotFound

EXAMPLES = Path(__file__).parents[2] / "examples"
SESSION = json.loads((EXAMPLES / "session.json").read_text())


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_MODEL", "gpt-4o")


@pytest.mark.parametrize("form", ["request", "messages"])
def test_the_same_type_comes_out(form: str) -> None:
    given = SESSION if form == "request" else SESSION["messages"]
    before = json.dumps(given)
    result = aicontext.optimize(given)
    assert type(result.content) is type(given)
    assert json.dumps(given) == before
    assert result.reduction_percentage > 70


def test_texts_stay_texts() -> None:
    result = aicontext.optimize("plain words")
    assert result.content == "plain words"
    assert result.reduction_percentage == 0


def test_paths_are_read() -> None:
    assert aicontext.analyze(EXAMPLES / "session.json").form == "anthropic-messages"


def test_compress_and_retrieve() -> None:
    text = "\n".join(f"{i}: nothing to see in frame {i * 7}" for i in range(4000))
    shown = aicontext.compress(text, 150, query="frame 7007")
    assert "frame 7007" in shown
    assert aicontext.estimate(shown).tokens <= 150
    handle = shown.split("aicontext retrieve ")[1][:12]
    assert aicontext.retrieve(handle) == text
    assert aicontext.retrieve(handle, lines="3") == "2: nothing to see in frame 14"


def test_estimates_are_exact_or_have_an_interval() -> None:
    assert aicontext.estimate("hello world", model="gpt-4o").exact
    closed = aicontext.estimate("hello world " * 500, model="claude-sonnet-4-5")
    assert not closed.exact
    assert closed.low < closed.tokens < closed.high


def test_predict_has_intervals() -> None:
    found = aicontext.predict(SESSION, model="claude-sonnet-4-5")
    assert found.input_tokens.low <= found.input_tokens.expected <= found.input_tokens.high
    assert found.first_cost is not None


def test_what_is_no_json_is_refused() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    for context in (cycle, [object()], {"messages": {1, 2}}):
        with pytest.raises(aicontext.AiContextError) as caught:
            aicontext.optimize(context)  # type: ignore[arg-type]
        assert caught.value.code == "invalid_input"


ROWS = [{"id": i, "name": f"user {i}", "mail": f"u{i}@example.org"} for i in range(300)]


@pytest.mark.parametrize("given", [ROWS, {"data": ROWS}])
def test_values_that_are_no_conversation_are_a_text(
    given: list[object] | dict[str, object],
) -> None:
    result = aicontext.optimize(given)
    assert isinstance(result.content, str)
    assert result.optimized_tokens < result.original_tokens


def test_half_a_surrogate_pair_stays_as_it_was() -> None:
    given = [{"role": "user", "content": "a\ud800b\udc80"}, *SESSION["messages"]]
    content = aicontext.optimize(given).content
    assert isinstance(content, list)
    assert content[0] == given[0]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("half a pair: \ud800", InvalidInput),
        (Path("/no/such/file"), NotFound),
        (EXAMPLES, InvalidInput),
        (Path("a\0b"), InvalidInput),
        ([{1, 2}], InvalidInput),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        aicontext.optimize(given)


PUBLIC = [getattr(aicontext, name) for name in aicontext.__all__]
VERBS = [verb for verb in PUBLIC if inspect.isfunction(verb)]
METHODS = [verb for name, verb in vars(aicontext.Repository).items() if inspect.isfunction(verb)]
UNFIT = {
    "str": 5,
    "int": "many",
    "int | None": "many",
    "bool": "no",
    "Sequence[str]": "a.py",
    "str | PathLike[str]": 5,
}
FIT = {"str": "x", "int": 5, "str | PathLike[str]": str(EXAMPLES)}
UNREAD = {"self", "context"}
"""What is no argument of a caller, and what is read as it is, with errors of its own."""


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        pytest.param(verb, name, id=f"{verb.__qualname__}-{name}")
        for verb in (*VERBS, *METHODS)
        for name in inspect.signature(verb).parameters
        if name not in UNREAD
    ],
)
def test_an_argument_of_another_type_is_named(verb: Any, name: str) -> None:
    parameters = inspect.signature(verb).parameters
    given = {
        one: FIT.get(parameters[one].annotation, "x")
        for one in parameters
        if parameters[one].default is inspect.Parameter.empty
    }
    with pytest.raises(InvalidInput, match=f"^{name} is "):
        verb(**{**given, name: UNFIT[parameters[name].annotation]})

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from counts import quarters as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level, Rendition
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Form, write
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.session import Emission, Renderer, SessionMemo, compress_session
from aicontext.kit.recent import Recent


@dataclass(frozen=True)
class Offer:
    rendition: Rendition


def no_choice(text: str, ask: Ask, poorest: Level) -> None:
    return None


def head(text: str, ask: Ask, poorest: Level) -> Offer | None:
    """Depends on all it may depend on: the text, its ask, and how poor it may be."""
    if poorest is Level.LOSSLESS:
        return None
    kept = "\n".join(text.split("\n")[:3])
    return Offer(Rendition(Level.CONDENSED, f"{kept}\n[… for {ask.query[-20:]}]", "head"))


@dataclass(frozen=True)
class Step:
    """A call and its result, with what the user said before it."""

    said: str
    tool: str
    argument: str
    output: str


FILES = {
    name: [f"def {name}_{n}(first, second): return first * {n} + second" for n in range(30)]
    for name in ("alpha", "beta")
}


def shown(lines: list[str], start: int) -> str:
    return "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines, start))


@st.composite
def steps(draw: st.DrawFn) -> Step:
    said = draw(st.sampled_from(["", "", "Fix the tests.", "And now the docs, please."]))
    name = draw(st.sampled_from(sorted(FILES)))
    lines = list(FILES[name])
    if draw(st.booleans()):
        lines[draw(st.integers(0, 29))] = "edited = True"
    match draw(st.integers(0, 3)):
        case 0:
            first = draw(st.sampled_from([0, 5, 12]))
            return Step(said, "Read", f"{name}.py", shown(lines[first:], first + 1))
        case 1:
            return Step(said, "Bash", f"run {name}", "\n".join([*lines, "done", draw(st.text())]))
        case 2:
            return Step(said, "Write", f"{name}.py\n" + "\n".join(lines), "ok")
    return Step(said, "Bash", "ls", draw(st.sampled_from(["", "a.py", "[… 30 lines: all of it]"])))


def anthropic(session: list[Step]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for n, step in enumerate(session):
        if step.said:
            items.append({"role": "user", "content": step.said})
        use = {"type": "tool_use", "id": f"t{n}", "name": step.tool}
        items.append({"role": "assistant", "content": [{**use, "input": arguments(step)}]})
        result = {"type": "tool_result", "tool_use_id": f"t{n}", "content": step.output}
        items.append({"role": "user", "content": [result]})
    return {"system": "Be brief.", "messages": items}


def chat(session: list[Step]) -> dict[str, Any]:
    items: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    for n, step in enumerate(session):
        if step.said:
            items.append({"role": "user", "content": step.said})
        function = {"name": step.tool, "arguments": json.dumps(arguments(step))}
        calls = [{"id": f"t{n}", "type": "function", "function": function}]
        items.append({"role": "assistant", "content": None, "tool_calls": calls})
        items.append({"role": "tool", "tool_call_id": f"t{n}", "content": step.output})
    return {"messages": items}


def responses(session: list[Step]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for n, step in enumerate(session):
        if step.said:
            items.append({"role": "user", "content": step.said})
        call = {"type": "function_call", "call_id": f"t{n}", "name": step.tool}
        items.append({**call, "arguments": json.dumps(arguments(step))})
        output = [{"type": "input_text", "text": step.output}]
        items.append({"type": "function_call_output", "call_id": f"t{n}", "output": output})
    return {"instructions": "Be brief.", "input": items}


def gemini(session: list[Step]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for step in session:
        if step.said:
            items.append({"role": "user", "parts": [{"text": step.said}]})
        call = {"functionCall": {"name": step.tool, "args": arguments(step)}}
        items.append({"role": "model", "parts": [call]})
        response = {"name": step.tool, "response": {"output": step.output}}
        items.append({"role": "user", "parts": [{"functionResponse": response}]})
    return {"contents": items}


def arguments(step: Step) -> dict[str, str]:
    if step.tool == "Bash":
        return {"command": step.argument}
    path, _, content = step.argument.partition("\n")
    return {"file_path": path, "content": content} if content else {"file_path": path}


BUILDERS = {
    Form.ANTHROPIC: anthropic,
    Form.CHAT: chat,
    Form.RESPONSES: responses,
    Form.GEMINI: gemini,
}


def forward(body: dict[str, Any], memo: SessionMemo | None = None) -> bytes:
    conversation = read(json.dumps(body).encode())
    return write(
        conversation,
        {one.index: one.rendition.text for one in emissions(conversation.messages, memo)},
    )


def emissions(
    messages: tuple[Message, ...], memo: SessionMemo | None = None
) -> tuple[Emission, ...]:
    editable = {i for i, message in enumerate(messages) if message.role is Role.TOOL_RESULT}
    return compress_session(messages, editable, Renderer(head, count), memo=memo)


@pytest.mark.parametrize("form", BUILDERS)
@settings(max_examples=15, deadline=None)
@given(st.lists(steps(), min_size=1, max_size=6))
def test_what_was_sent_is_a_prefix_of_what_is_sent_next(form: Form, session: list[Step]) -> None:
    body = BUILDERS[form](session)
    key = list(body)[-1]
    memo = SessionMemo()
    whole = forward(body)
    for size in range(1, len(body[key]) + 1):
        request = {**body, key: body[key][:size]}
        sent = forward(request, memo)
        assert whole.startswith(sent.removesuffix(b"]}"))
        assert sent == forward(request)
        assert json.loads(sent).keys() == body.keys()


@settings(max_examples=25, deadline=None)
@given(st.lists(steps(), max_size=5), st.lists(steps(), max_size=3), st.lists(steps(), max_size=3))
def test_forks_share_a_memo_and_change_nothing(
    trunk: list[Step], left: list[Step], right: list[Step]
) -> None:
    memo = SessionMemo()
    for session in (trunk, trunk + left, trunk + right, trunk[:1] + right, trunk + left + right):
        body = anthropic(session)
        assert forward(body, memo) == forward(body)


def of_any_age(text: str, ask: Ask, poorest: Level) -> Offer | None:
    if poorest is Level.EXCERPT:
        return Offer(Rendition(Level.EXCERPT, f"{text[:20]}\n[… the rest]", "excerpt"))
    return head(text, ask, poorest)


@settings(max_examples=30, deadline=None)
@given(st.lists(steps(), min_size=2, max_size=5), st.data())
def test_a_memo_tells_apart_how_messages_are_treated(
    session: list[Step], data: st.DataObject
) -> None:
    messages = read(json.dumps(anthropic(session)).encode()).messages
    results = [i for i, message in enumerate(messages) if message.role is Role.TOOL_RESULT]
    memo, renderer = SessionMemo(), Renderer(of_any_age, count)
    for _ in range(5):
        editable = data.draw(st.sets(st.sampled_from(results)))
        stale = data.draw(st.sets(st.sampled_from(sorted(editable)))) if editable else set()
        given = {"stale": stale, "referring": data.draw(st.integers(0, len(messages)))}
        found = compress_session(messages, editable, renderer, memo=memo, **given)
        assert found == compress_session(messages, editable, renderer, **given)
        excerpts = {one.index for one in found if one.rendition.level is Level.EXCERPT}
        assert excerpts == stale & {one.index for one in found}


@given(st.lists(steps(), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_what_is_known_needs_no_state(session: list[Step]) -> None:
    """Another pass may have taken it, and be long at work on what is new."""
    messages, memo = read(json.dumps(chat(session)).encode()).messages, SessionMemo()
    made = emissions(messages, memo)
    memo._states = Recent(48_000_000)
    assert emissions(messages, memo) == made
    assert not memo._states._young


@settings(max_examples=25, deadline=None)
@given(st.lists(steps(), max_size=6))
def test_nothing_grows_and_only_results_change(session: list[Step]) -> None:
    messages = read(json.dumps(anthropic(session)).encode()).messages
    for one in emissions(messages):
        assert messages[one.index].role is Role.TOOL_RESULT
        assert one.before == count(messages[one.index].text)
        assert one.after == count(one.rendition.text) < one.before


def results(*steps_: Step, choose: Any = no_choice, **options: Any) -> list[str]:
    messages = read(json.dumps(anthropic(list(steps_))).encode()).messages
    editable = {i for i, message in enumerate(messages) if message.role is Role.TOOL_RESULT}
    found = {
        one.index: one.rendition.text
        for one in compress_session(messages, editable, Renderer(choose, count), **options)
    }
    return [found.get(i, messages[i].text) for i in sorted(editable)]


READ = Step("", "Read", "alpha.py", shown(FILES["alpha"], 1))
RUN = Step("", "Bash", "run beta", "\n".join(FILES["beta"]))


REFERENCE = re.compile(
    r"""\[…(?:[0-9a-f]{8})?\ [\d,]+\ lines?:\ (?:
        (?P<all>all\ of)
        | (?P<same>\d+-\d+)\ as\ in
        | (?:\d+-\d+\ are\ )?lines\ (?P<there>\d+-\d+)\ of
    )\ (?P<name>.*?)(?:\ \#(?P<ordinal>\d+))?\ above(?P<counted>,\ from\ .*)?\]""",
    re.VERBOSE,
)
NUMBER = re.compile(r"^ {0,5}\d+\t")


def expanded(text: str, before: dict[str, list[str]]) -> list[str]:
    """The lines of a text whose references are looked up in what stands before, by name."""
    found: list[str] = []
    for line in text.split("\n"):
        match = REFERENCE.fullmatch(line)
        if match is None or match["name"] not in before:
            found.append(line)
            continue
        source = before[match["name"]][int(match["ordinal"] or 1) - 1].split("\n")
        if match["all"]:
            found += source
            continue
        first, last = map(int, (match["same"] or match["there"]).split("-"))
        if not match["counted"]:
            numbers = [0]
            for line in source:
                match = NUMBER.match(line)
                numbers.append(int(match[0]) if match else numbers[-1] + 1)
            first, last = numbers.index(first), numbers.index(last)
        found += source[first - 1 : last]
    return [NUMBER.sub("", line) for line in found]


@settings(max_examples=60, deadline=None)
@given(st.lists(steps(), max_size=8))
def test_every_reference_leads_to_the_lines_it_stands_for(session: list[Step]) -> None:
    before: dict[str, list[str]] = {}
    for step, text in zip(session, results(*session), strict=True):
        path, _, content = step.argument.partition("\n")
        if content:
            before.setdefault(f"your {step.tool} {path}", []).append(content)
        if text != step.output:
            assert expanded(text, before) == expanded(step.output, {})
        before.setdefault(f"{step.tool} {path}", []).append(text)


def test_a_read_asked_for_again_after_a_reference_is_shown() -> None:
    first, second, third, fourth = results(READ, READ, READ, READ)
    assert expanded(first, {}) == expanded(third, {}) == FILES["alpha"]
    assert second == "[… 30 lines: all of Read alpha.py above]"
    assert fourth == "[… 30 lines: all of Read alpha.py #3 above]"


def test_a_read_of_what_the_model_wrote_refers_to_its_call() -> None:
    content = "\n".join(FILES["alpha"])
    _, shown_ = results(Step("", "Write", f"alpha.py\n{content}", "ok"), READ)
    assert shown_ == "[… 30 lines: all of your Write alpha.py above]"


def test_a_condensed_result_can_only_be_referred_to_as_it_stands() -> None:
    first, second = results(RUN, RUN, choose=head)
    assert first.endswith("[… for ]")
    assert second == "[… 4 lines: all of Bash run beta above]"


def test_nothing_refers_to_what_the_provider_may_drop() -> None:
    memo = SessionMemo()
    assert "above]" in results(READ, READ, memo=memo)[1]
    first, second = results(READ, READ, memo=memo, referring=0)
    assert expanded(first, {}) == expanded(second, {}) == FILES["alpha"]


def test_a_first_read_loses_line_numbers_only() -> None:
    (first,) = results(Step("", "Read", "a.md", shown(["word " * 5] * 40, 1)))
    assert expanded(first, {}) == ["word " * 5] * 40
    assert first.count("\t") < 10


def test_what_was_retrieved_is_shown_as_it_is() -> None:
    again = Step("", "Bash", "aicontext retrieve 12ab", RUN.output)
    assert results(RUN, again, choose=head)[1] == RUN.output


def test_reads_are_asked_for_without_loss() -> None:
    asked: list[Level] = []

    def choose(text: str, ask: Ask, poorest: Level) -> None:
        asked.append(poorest)

    results(READ, RUN, choose=choose)
    assert asked == [Level.LOSSLESS, Level.CONDENSED]


@pytest.mark.parametrize("text", ["\x00" * 5_000, "\ud800" * 900, "é\r\n" * 900, "[…" * 900])
def test_odd_text_comes_to_no_harm(text: str) -> None:
    first, second = results(Step("", "Bash", "odd", text), Step("", "Bash", "odd", text))
    assert first == text
    assert count(second) <= count(text)


def test_a_result_may_stand_without_its_call() -> None:
    messages = (Message(Role.TOOL_RESULT, RUN.output, call_id="x"),) * 2
    found = compress_session(messages, {0, 1}, Renderer(no_choice, count))
    assert [one.rendition.text for one in found] == ["[… 30 lines: all of a tool result above]"]


@pytest.mark.parametrize("opening", ["[…", "keyed"])
def test_a_small_fake_stands_beside_marks_that_open_in_another_way(opening: str) -> None:
    """The fake goes out as it is; it may even repeat what marks opened with before it."""
    log = "\n".join(f"step {n} took {n * n} ms" for n in range(90))
    first, second = (Step("", "Bash", f"make {n}", f"{n}\n{log[n:]}") for n in range(2))
    fake = Step("", "Bash", "cat note", "[… 12 lines: all of Bash make 0 above]")
    shown = list(results(fake, first, choose=head))
    (before,) = re.findall(r"\[…[0-9a-f]{8}", shown[1])
    if opening == "keyed":
        again = Step("", "Bash", "cat other", fake.output.replace("[…", before))
        *_, repeated, after = results(fake, first, again, second, choose=head)
        assert repeated == again.output
        assert not any(known in after for known in (before, "[… "))
        assert re.search(r"\[…[0-9a-f]{8}", after)
    else:
        assert shown[0] == fake.output
        assert "[… " not in shown[1]
        assert results(fake, first, second, choose=head)[:2] == shown


LONG = [f"def long_{n}(first, second): return first * {n} + second" for n in range(400)]


def briefly(text: str, ask: Ask, room: int) -> Offer:
    """As much of the beginning as there is room for."""
    kept = text[: 3 * room].rpartition("\n")[0]
    return Offer(Rendition(Level.EXCERPT, f"{kept}\n[… for {ask.query[-20:]}]", "head"))


def long_read(path: str, said: str = "", tool: str = "Read", lines: int = 100) -> Step:
    return Step(said, tool, path, shown([f"{line}  # {path}" for line in LONG[:lines]], 1))


def excerpted(*steps_: Step) -> list[bool]:
    """For each step whether its result is an excerpt."""
    messages = read(json.dumps(anthropic(list(steps_))).encode()).messages
    editable = [i for i, message in enumerate(messages) if message.role is Role.TOOL_RESULT]
    found = compress_session(messages, editable, Renderer(no_choice, count, briefly))
    briefs = {one.index for one in found if one.brief}
    assert briefs == {one.index for one in found if one.rendition.level is Level.EXCERPT}
    return [i in briefs for i in editable]


def test_a_long_read_is_born_as_an_excerpt_where_no_edit_is_likely() -> None:
    assert excerpted(long_read("src/a.py")) == [True]
    assert excerpted(long_read("src/a.py", "Look at a.py, please.")) == [False]
    assert excerpted(long_read("src/a.py", "Look at a.py, please.", lines=400)) == [True]
    named = Step("Look at a.py, please.", "Bash", "ls", "a.py")
    assert excerpted(named, long_read("src/a.py")) == [False, False]
    assert excerpted(named, long_read("src/a.py", "And now the docs.")) == [False, True]
    edit = Step("", "Edit", "/x/src/a.py", "ok")
    assert excerpted(edit, long_read("src/a.py", lines=400)) == [False, False]
    assert excerpted(READ) == [False]


def test_what_an_excerpt_left_out_is_shown_when_it_is_asked_for() -> None:
    first = long_read("src/a.py")
    rest = Step("", "Bash", "cat src/a.py", "\n".join(first.output.split("\n")[-300:]))
    other = Step("", "Read", "src/a.py", first.output.replace("first", "second"))
    assert excerpted(first, rest) == [True, False]
    assert excerpted(first, other) == [True, True]


def test_nothing_is_born_as_an_excerpt_that_cannot_be_fetched() -> None:
    (whole,) = results(long_read("src/a.py"))
    assert expanded(whole, {}) == [f"{line}  # src/a.py" for line in LONG[:100]]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(steps(), st.builds(long_read, st.sampled_from("abcdef"))), max_size=6))
def test_excerpts_never_change_what_was_sent(session: list[Step]) -> None:
    messages = read(json.dumps(anthropic(session)).encode()).messages
    renderer, memo = Renderer(head, count, briefly), SessionMemo()
    whole = compress_session(messages, range(len(messages)), renderer)
    for size in range(len(messages) + 1):
        sent = compress_session(messages[:size], range(size), renderer, memo=memo)
        assert whole[: len(sent)] == sent
        assert all(one.index >= size for one in whole[len(sent) :])

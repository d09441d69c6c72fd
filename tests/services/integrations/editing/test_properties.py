"""What holds for any document and any change that a tool may need."""

from __future__ import annotations

import configparser
import json
import tomllib

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Format
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.editing.fragments import anything, merged, taken
from aicontext.services.integrations.editing.plain import ABSENT, look, same, with_value
from aicontext.services.integrations.editing.tree import Entry
from services.integrations.editing import strategies

SERVER = {"command": "C:\\aicontext", "args": ["mcp", "-x"], "on": True}
NAMED = {"name": "aicontext", **SERVER}
FRAGMENTS = [
    {"mcpServers": {"aicontext": SERVER}},
    {"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:8787", "ENABLE": "true"}},
    {"openai_base_url": "http://127.0.0.1:8787/v1"},
    {"hooks": {"Post": [{"matcher": "*", "hooks": [{"type": "command", "command": "x"}]}]}},
    {"plugins": [NAMED]},
    {"a": {"env": {"aicontext": SERVER}}, "version": 1},
]
"""The shapes that the catalogue's dialects have."""


@st.composite
def changes(draw):
    """(format, data, text, fragment) of a document and a fragment that may meet its keys."""
    kind, data, text = draw(strategies.documents())
    if kind is Format.MARKDOWN:
        return kind, data, text, {"aicontext": "Do this.\n\nAnd that."}
    if kind is Format.ENV:
        return kind, data, text, {"OPENAI_BASE_URL": "http://127.0.0.1:8787/v1", "X": "a b"}
    if kind is Format.INI:
        return kind, data, text, {"A": {"aicontext": "x y", "b_c": "z"}, "new": {"k": "v"}}
    return kind, data, text, draw(st.sampled_from(FRAGMENTS))


def applied(data, fragment):
    for path, value in _settings(fragment, ()):
        data = with_value(data, path, value)
    return data


def _settings(fragment, path):
    for key, value in fragment.items():
        if key == "aicontext" or not isinstance(value, dict | list):
            yield (*path, key), value
        elif isinstance(value, dict):
            yield from _settings(value, (*path, key))
        else:
            yield from (
                ((*path, key, Entry("name", "aicontext") if "name" in one else Entry("", one)), one)
                for one in value
            )


def outside(kind, text):
    """The data by a parser that is not ours, where there is one for the format."""
    if kind is Format.JSON:
        return json.loads(text) if text else {}
    if kind is Format.TOML:
        return tomllib.loads(text)
    if kind is Format.YAML:
        return yaml.safe_load(text) or {}
    if kind is Format.INI:
        parser = configparser.RawConfigParser(inline_comment_prefixes=(" ;",))
        parser.optionxform = str
        parser.read_string(text)
        return {name: dict(parser[name]) for name in parser.sections()}
    return documents.parse(kind, text)


def fits(data, fragment):
    """Whether tables and lists, or nothing, stand where the fragment needs them."""
    return all(
        found in (ABSENT, None) or isinstance(found, list if isinstance(step, Entry) else dict)
        for path, _ in _settings(fragment, ())
        for found, step in ((look(data, path[:n]), path[n]) for n in range(len(path)))
    )


@settings(max_examples=300, deadline=None)
@given(changes())
def test_a_fragment_is_all_that_changes(change):
    kind, _, text, fragment = change
    before = outside(kind, text)
    if not fits(before, fragment):
        return
    after, _ = merged(kind, text, fragment, anything)
    assert same(outside(kind, after), applied(before, fragment))
    assert merged(kind, after, fragment)[0] == after
    if text:
        assert ("\r\n" in after) == ("\r\n" in text or ("\n" not in text and "\r\n" in after))
        assert after.count("\n") == after.count("\r\n") or "\r\n" not in text


@settings(max_examples=300, deadline=None)
@given(changes())
def test_a_change_is_undone(change):
    kind, _, text, fragment = change
    if not fits(outside(kind, text), fragment):
        return
    after, made = merged(kind, text, fragment, anything)
    again, left = taken(kind, after, made)
    assert left == ()
    assert same(outside(kind, again), outside(kind, text))
    if all(_beside_others(documents.parse(kind, text), one) for one in made):
        assert again == text


def _beside_others(data, setting):
    """Whether it came into a table that held something, so that the text shows how it was."""
    return setting.depth < len(setting.path) and bool(look(data, setting.path[: setting.depth]))


@settings(max_examples=300, deadline=None)
@given(changes())
def test_what_was_there_stays_in_its_order(change):
    kind, _, text, fragment = change
    if not fits(outside(kind, text), fragment):
        return
    after, made = merged(kind, text, fragment, anything)
    if all(one.depth < len(one.path) for one in made):
        found = iter(after)
        missing = [character for character in "".join(text.split()) if character not in found]
        assert missing == []


@settings(max_examples=300, deadline=None)
@given(changes(), st.sampled_from(FRAGMENTS))
def test_what_others_set_since_stays(change, later):
    kind, _, text, fragment = change
    if kind in (Format.MARKDOWN, Format.ENV, Format.INI):
        later = {"LATER": "x"} if kind is not Format.INI else {"LATER": {"x": "y"}}
    before = outside(kind, text)
    if later == fragment or not fits(before, fragment):
        return
    if not fits(applied(before, fragment), later):
        return
    between, made = merged(kind, text, fragment, anything)
    others, _ = merged(kind, between, later, anything)
    again, left = taken(kind, others, made)
    kept = {path: look(outside(kind, others), path) for path in left}
    expected = applied(before, later)
    for path, value in kept.items():
        expected = with_value(expected, path, value)
    assert same(outside(kind, again), expected)


@settings(max_examples=300, deadline=None)
@given(changes(), st.data())
def test_damaged_documents_are_edited_or_refused(change, data):
    kind, _, text, fragment = change
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 5)))
    damage = data.draw(
        st.sampled_from(["", "{", "]", '"', "'", ":", "-", "#", "\n", ",", "\0", "&a", "*a"])
    )
    damaged = text[:at] + damage + text[until:]
    try:
        after, made = merged(kind, damaged, fragment, anything)
        again, _ = taken(kind, after, made)
    except InvalidInput:
        return
    assert same(documents.parse(kind, again), documents.parse(kind, damaged))

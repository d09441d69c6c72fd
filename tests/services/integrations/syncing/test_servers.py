"""MCP servers in every dialect of the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.tools import Via
from aicontext.services.integrations.catalog.index import load
from aicontext.services.integrations.editing.fragments import plain
from aicontext.services.integrations.syncing.servers import Dialect, Server

DIALECTS = list(
    {
        str(way.fragment): dialect
        for tool in load()
        for way in tool.connections
        if way.via is Via.MCP and (dialect := Dialect.of(way.fragment, way.remote))
    }.values()
)
WORDS = st.text('abc-/. é"\n', min_size=1, max_size=8)
LOCAL = st.builds(Server, WORDS, st.lists(WORDS, max_size=3).map(tuple))


def test_the_catalogue_has_many_dialects() -> None:
    assert len(DIALECTS) >= 12
    assert {dialect.listed for dialect in DIALECTS} == {True, False}


@given(st.sampled_from(DIALECTS), st.dictionaries(st.sampled_from("xyz"), LOCAL))
def test_what_a_dialect_says_it_reads(dialect: Dialect, servers: dict[str, Server]) -> None:
    assert dialect.servers(plain(dialect.fragment(servers))) == servers


def test_a_server_at_an_address_is_said_where_that_can_be() -> None:
    asked = {"docs": Server(url="https://docs.example/mcp")}
    for dialect in DIALECTS:
        said = dialect.servers(plain(dialect.fragment(asked)))
        assert said == (asked if dialect.remote else {})


@pytest.mark.parametrize(
    "more",
    [{"env": {"TOKEN": "x"}}, {"headers": {"a": "b"}}, {"cwd": "/x"}, {"args": "text"}],
)
def test_a_server_that_says_more_is_not_understood(more: dict[str, object]) -> None:
    dialect = next(one for one in DIALECTS if one.path == ("mcpServers",) and not one.listed)
    data = {"mcpServers": {"docs": {"command": "npx", **more}, "bad": 3, "aicontext": {}}}
    assert dialect.servers(data) == {"docs": None, "bad": None}


@pytest.mark.parametrize(
    ("server", "keyed"),
    [
        (Server("npx", ("-y", "docs-mcp")), False),
        (Server(url="https://docs.example/mcp"), False),
        (Server("npx", ("--api-key", "x")), True),
        (Server("npx", ("${HOME}/x",)), True),
        (Server(url="https://me@docs.example/mcp"), True),
        (Server(url="https://docs.example/mcp?k=v"), True),
    ],
)
def test_what_may_hold_a_key_is_known(server: Server, keyed: bool) -> None:
    assert server.keyed is keyed

"""Settings as people write them."""

from pathlib import Path

import pytest

from aicontext import settings
from aicontext.domain.context import Kind
from aicontext.domain.errors import InvalidInput


def test_nothing_needs_to_be_set() -> None:
    found = settings.load({}, {})
    assert (found.host, found.port, found.token, found.holdout) == ("127.0.0.1", 8787, "", 0.0)
    assert found.optimize
    assert settings.load({}, {"AICONTEXT_HOME": "/x"}).home == Path("/x")


def test_an_empty_home_is_not_taken_for_the_root() -> None:
    with pytest.raises(InvalidInput, match="HOME is empty or not set"):
        settings.load({}, {"HOME": ""})
    elsewhere = settings.load({}, {"HOME": "", "XDG_DATA_HOME": "/x"})
    assert elsewhere.home == Path("/x/aicontext")


def test_what_is_given_goes_before_the_environment() -> None:
    environment = {"AICONTEXT_PORT": "1", "AICONTEXT_HOLDOUT": "0.1"}
    found = settings.load({"AICONTEXT_PORT": "2"}, environment)
    assert (found.port, found.holdout) == (2, 0.1)


def test_upstreams_that_are_given_come_beside_those_that_are_set() -> None:
    found = settings.load(
        {"AICONTEXT_UPSTREAMS": "b=https://b/x/ a=http://c"},
        {"AICONTEXT_UPSTREAMS": "a=https://a"},
    )
    assert dict(found.upstreams) == {"a": "http://c", "b": "https://b/x"}


def test_lists_and_shares() -> None:
    found = settings.load(
        {
            "AICONTEXT_HOLDOUT": "5%",
            "AICONTEXT_SKIP_TOOLS": "Read, Bash,",
            "AICONTEXT_SKIP_KINDS": "code,json",
            "AICONTEXT_OPTIMIZE": "0",
        },
        {},
    )
    assert found.holdout == pytest.approx(0.05)
    assert found.skip_tools == ("Read", "Bash")
    assert found.skip_kinds == (Kind.CODE, Kind.JSON)
    assert not found.optimize


def test_web_proxies_are_those_of_the_environment_or_ours() -> None:
    everybodys = {"HTTPS_PROXY": "proxy.lan:3128", "all_proxy": "socks5://x", "NO_PROXY": "a,b"}
    found = settings.load({}, everybodys)
    assert dict(found.web_proxy) == {"https": "http://proxy.lan:3128"}
    assert found.no_web_proxy == "a,b"
    ours = {"AICONTEXT_WEB_PROXY": "http://u:secret@own", "AICONTEXT_NO_WEB_PROXY": "c"}
    found = settings.load(ours, everybodys)
    assert dict(found.web_proxy) == dict.fromkeys(["http", "https"], "http://u:secret@own")
    assert found.no_web_proxy == "c"
    assert "secret" not in repr(found)


def test_statuses_to_try_again_after() -> None:
    assert settings.load({"AICONTEXT_RETRY": "429, 529"}, {}).retry == (429, 529)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("PORT", "9" * 5000),
        ("ARCHIVE_BYTES", "10"),
        ("HOLDOUT", "51%"),
        ("HOLDOUT", "nan"),
        ("HOLDOUT", "some"),
        ("OPTIMIZE", "yes"),
        ("RETRY", "200"),
        ("RETRY", "many"),
        ("RETRY", "4290"),
        ("WEB_PROXY", "socks5://x"),
        ("UPSTREAMS", "https://a"),
        ("UPSTREAMS", "a=ftp://b"),
        ("UPSTREAMS", "a=https://"),
        ("UPSTREAMS", "a=http://[b"),
        ("SKIP_KINDS", "pictures"),
        ("HOST", "0.0.0.0"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_way_out(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        settings.load({f"AICONTEXT_{name}": value}, {})
    assert refused.value.hint


def test_a_public_host_wants_a_token() -> None:
    given = {"AICONTEXT_HOST": "0.0.0.0", "AICONTEXT_TOKEN": "0123456789abcdef"}
    assert settings.load(given, {}).host == "0.0.0.0"


@pytest.mark.parametrize("token", ["", "0123456789abcde", "Changeme", "YOUR-TOKEN"])
def test_a_public_host_wants_a_token_that_nobody_guesses(token: str) -> None:
    with pytest.raises(InvalidInput):
        settings.load({"AICONTEXT_HOST": "0.0.0.0", "AICONTEXT_TOKEN": token}, {})
    if len(token) == 15:
        assert settings.load({"AICONTEXT_TOKEN": token}, {}).token == token


def test_addresses_of_the_web_are_found() -> None:
    environment = {"A": "https://a.example/v1", "B": "0.0.0.0:11434", "C": ""}
    assert settings.addresses("ABCD", environment) == {"A": "https://a.example/v1"}


def test_a_server_keeps_its_state_where_it_usually_lies() -> None:
    found = settings.load({}, {"AICONTEXT_PROFILE": "server", "AICONTEXT_CACHE": "redis://c/2"})
    assert found.records == "postgresql://localhost/aicontext"
    assert (found.cache, found.keys) == ("redis://c/2", "")
    assert settings.load({}, {}).records == ""


def test_addresses_of_stores_are_not_shown() -> None:
    found = settings.load({}, {"AICONTEXT_RECORDS": "postgresql://u:secret@h/n"})
    assert found.records.endswith("@h/n")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"AICONTEXT_PROFILE": "huge"}, "embedded, server, cluster"),
        ({"AICONTEXT_PROFILE": "cluster", "AICONTEXT_CACHE": "redis://c"}, "AICONTEXT_RECORDS"),
        ({"AICONTEXT_RECORDS": "mysql://h"}, "postgresql://"),
        ({"AICONTEXT_BUS": "no address"}, "redis:// or rediss:// or kafka://"),
    ],
)
def test_stores_that_cannot_be_used(given: dict[str, str], word: str) -> None:
    with pytest.raises(InvalidInput, match=r"AICONTEXT|address") as raised:
        settings.load(given, {})
    assert word in str(raised.value)


@pytest.mark.parametrize("text", ["90", "=90", "acme=", "acme=0", "acme=65536", "acme=-1", "a=1.5"])
def test_how_long_events_are_kept_is_days_by_organisation(text: str) -> None:
    store = {"AICONTEXT_EVENTS": "chdb:///somewhere"}
    found = settings.load({"AICONTEXT_KEEP_DAYS": "*=400, acme=90"}, store)
    assert found.keep_days == (("*", 400), ("acme", 90))
    with pytest.raises(InvalidInput, match=r"as \*=400"):
        settings.load({"AICONTEXT_KEEP_DAYS": text}, store)


def test_sqlite_refuses_to_let_events_go() -> None:
    with pytest.raises(InvalidInput, match="SQLite, which keeps them all"):
        settings.load({"AICONTEXT_KEEP_DAYS": "*=400"}, {})


def test_variables_that_are_no_settings_are_told_with_the_nearest_one() -> None:
    sound = {f"AICONTEXT_{name.upper()}": "" for name in settings.Settings._fields}
    assert list(settings.unknown({**sound, "HOME": "/", "AICONTEXT_TEST_S3": "x"})) == []
    wrong = ("AICONTEXT_TOKNE", "AICONTEXT_QQ", "aicontext_port", "AICONTEXT_home", "AICONTEXT_\n")
    assert list(settings.unknown(dict.fromkeys(wrong, "secret"))) == [
        "AICONTEXT_QQ is no setting.",
        "AICONTEXT_TOKNE is no setting: is AICONTEXT_TOKEN meant?",
        "AICONTEXT_home is no setting: is AICONTEXT_HOME meant?",
        "aicontext_port is no setting: is AICONTEXT_PORT meant?",
    ]


def test_of_a_server_what_is_named_home_stays_on_this_machine() -> None:
    chosen = settings.load({"AICONTEXT_PROFILE": "server", "AICONTEXT_EVENTS": "home"}, {})
    assert (chosen.events, chosen.records) == ("", "postgresql://localhost/aicontext")
    every = {f"AICONTEXT_{name.upper()}": "home" for name in settings.STORES}
    with pytest.raises(InvalidInput, match="AICONTEXT_RECORDS is no address"):
        settings.load({"AICONTEXT_PROFILE": "cluster", **every}, {})

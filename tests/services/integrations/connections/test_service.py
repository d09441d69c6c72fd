"""Over real files in a home of their own."""

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.files.local import LocalFiles
from aicontext.domain.errors import InvalidInput, Malformed, Unavailable
from aicontext.domain.tools import Connection, Format, Scope, System, Tool, Via
from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.connections.service import ConnectionService
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.editing.plain import same

CATALOGUE = index.load()
VALUES = {
    "proxy": "http://127.0.0.1:8787",
    "mcp": "http://127.0.0.1:8787/mcp",
    "token": "",
    "command": "/opt/bin/aicontext",
    "hook": "/opt/bin/aicontext-hook",
}
ALL = frozenset({"mcp", "hook"})
CATALOG = Path(index.__file__).parent


@pytest.fixture
def service(tmp_path: Path) -> ConnectionService:
    return made(tmp_path)


def made(home: Path, commands: frozenset[str] = ALL) -> ConnectionService:
    files = LocalFiles({}, home, home / "project", "linux")
    return ConnectionService(files, ConnectionsFolder(home / "data"), VALUES, commands=commands)


def tool(name: str = "new", *ways: Connection) -> Tool:
    one = Connection(
        Via.PROXY,
        Scope.USER,
        {System.LINUX: ("~/.new/settings.json",)},
        Format.JSONC,
        {"env": {"BASE_URL": "{proxy}/v1"}},
    )
    return Tool(name, "New", "cli", "verified", "2026-11-28", connections=ways or (one,))


def rules(path: str, name: str = "new", *, owned: bool = False) -> Tool:
    files = {System.LINUX: (path,)}
    way = Connection(Via.RULES, Scope.USER, files, Format.MARKDOWN, "Do.\n", owned=owned)
    return tool(name, way)


def contents(home: Path) -> dict[str, bytes]:
    """All files but our own."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and home / "data" not in path.parents
    }


WAYS = [
    pytest.param(one, way.via, way.scope, id=f"{one.id}-{way.via}-{way.scope}")
    for one in CATALOGUE
    for way in {(way.via, way.scope): way for way in one.connections if way.files}.values()
    if not way.public and way.files.get(System.LINUX)
]


@pytest.mark.parametrize(("known", "via", "scope"), WAYS)
def test_each_tool_is_connected_and_put_back(known, via, scope, tmp_path) -> None:
    """Over its sample, over no file, and over a file that its user changed since."""
    service = made(tmp_path)
    for way in known.connections:
        if way.via is via and way.scope is scope and way.files:
            _over_sample(service, tmp_path, known, way)
    before = contents(tmp_path)
    service.connect(known, via, scope)
    connected = contents(tmp_path)
    assert connected != before
    service.connect(known, via, scope)
    assert contents(tmp_path) == connected
    service.disconnect(known.id)
    assert contents(tmp_path) == before
    service.connect(known, via, scope)
    theirs = list(_changed_by_its_user(known, via, scope, tmp_path))
    service.disconnect(known.id)
    for name, parse, value in theirs:
        assert same(parse((tmp_path / name).read_text()), value)
    assert contents(tmp_path).keys() == before.keys() | {name for name, *_ in theirs}
    assert service.held() == []


def _changed_by_its_user(known, via, scope, home):
    """(name, its parser, what it has to hold without us) of each file, now with a key more."""
    for way in known.connections:
        if way.via is not via or way.scope is not scope or not way.files or way.owned:
            continue
        path = Path(LocalFiles({}, home, home / "project", "linux").locate(way.files))
        text, kind = path.read_text(), way.format
        parts = next(one for one in made(home).held() if one.path == str(path)).original
        value = documents.parse(kind, (parts or b"").decode())
        if kind is Format.MARKDOWN:
            path.write_text(text + "\nTheirs.\n")
        elif isinstance(value, list):
            continue
        else:
            path.write_text(documents.put(kind, text, ("theirs",), "x"))
            value = {**(value or {}), "theirs": "x"}
        yield str(path.relative_to(home)), partial(documents.parse, kind), value


def _over_sample(service, home, known, way) -> None:
    path = Path(LocalFiles({}, home, home / "project", "linux").locate(way.files))
    sample = CATALOG / known.id / path.name
    shared = CATALOG / "_samples" / "AGENTS.md"
    if way.owned or not (sample.exists() or way.format is Format.MARKDOWN):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((sample if sample.exists() else shared).read_bytes())


def test_comments_order_and_unknown_keys_stay(service, tmp_path) -> None:
    path = tmp_path / ".new" / "settings.json"
    path.parent.mkdir()
    path.write_bytes(b'\xef\xbb\xbf{\r\n\t// mine\r\n\t"z": 1e5,\r\n\t"env": {"A": "1"},\r\n}')
    service.connect(tool(), None, Scope.USER)
    assert path.read_bytes() == (
        b'\xef\xbb\xbf{\r\n\t// mine\r\n\t"z": 1e5,\r\n'
        b'\t"env": {"A": "1", "BASE_URL": "http://127.0.0.1:8787/as/new/v1"},\r\n}'
    )


def test_what_the_user_changed_since_stays(service, tmp_path) -> None:
    path = tmp_path / ".new" / "settings.json"
    service.connect(tool(), None, Scope.USER)
    path.write_text(path.read_text().replace('"BASE_URL"', '"THEIRS": "x",\n    "BASE_URL"'))
    (done,) = service.disconnect("new")
    assert documents.parse(Format.JSON, path.read_text()) == {"env": {"THEIRS": "x"}}
    assert done.edit.left == ()


def test_our_value_that_the_user_changed_is_left_to_them(service, tmp_path) -> None:
    path = tmp_path / ".new" / "settings.json"
    service.connect(tool(), None, Scope.USER)
    path.write_text(path.read_text().replace("127.0.0.1", "gateway.example"))
    changed = path.read_bytes()
    (done,) = service.disconnect("new")
    assert done.edit.left == ("env.BASE_URL",)
    assert path.read_bytes() == changed
    assert service.held() == []


def test_changes_between_two_connects_survive_the_disconnect(service, tmp_path) -> None:
    path = tmp_path / "AGENTS.md"
    path.write_text("# A\n")
    service.connect(rules("~/AGENTS.md"), Via.RULES, Scope.USER)
    path.write_text(path.read_text() + "\n# Later\n")
    changed = path.read_bytes()
    service.connect(rules("~/AGENTS.md"), Via.RULES, Scope.USER)
    assert path.read_bytes() == changed
    service.disconnect("new")
    assert path.read_text() == "# A\n\n# Later\n"


def test_two_tools_share_a_file(service, tmp_path) -> None:
    path = tmp_path / "AGENTS.md"
    path.write_text("# A\n")
    service.connect(rules("~/AGENTS.md", "one"), Via.RULES, Scope.USER)
    shared = path.read_bytes()
    service.connect(rules("~/AGENTS.md", "two"), Via.RULES, Scope.USER)
    assert path.read_bytes() == shared
    service.disconnect("one")
    assert path.read_bytes() == shared
    path.write_text(path.read_text() + "more\n")
    service.disconnect("two")
    assert path.read_text() == "# A\nmore\n"


def test_another_address_takes_the_place_of_the_old_one(service, tmp_path) -> None:
    service.connect(tool(), None, Scope.USER)
    files = LocalFiles({}, tmp_path, tmp_path, "linux")
    moved = ConnectionService(
        files, ConnectionsFolder(tmp_path / "data"), {**VALUES, "proxy": "http://127.0.0.1:1"}
    )
    moved.connect(tool(), None, Scope.USER)
    text = (tmp_path / ".new" / "settings.json").read_text()
    assert "http://127.0.0.1:1/as/new/v1" in text
    assert "8787" not in text
    moved.disconnect("new")
    assert contents(tmp_path) == {}
    assert not (tmp_path / ".new").exists()


def test_calls_still_end_at_the_users_own_gateway(service, tmp_path) -> None:
    path = tmp_path / ".new" / "settings.json"
    path.parent.mkdir()
    path.write_text('{"env": {"BASE_URL": "https://gateway.example/v1/"}}')
    before = path.read_text()
    for _ in range(2):
        (done,) = service.connect(tool(), None, Scope.USER)
        assert done.edit.ends == ("https://gateway.example/v1",)
        (part,) = service.held()[0].parts
        ((name, url),) = part.upstreams
        assert url == "https://gateway.example/v1"
        assert path.read_text() == (
            f'{{"env": {{"BASE_URL": "http://127.0.0.1:8787/as/new/to/{name}"}}}}'
        )
    path.write_text(path.read_text().replace("{", '{"z": 1, ', 1))
    (done,) = service.connect(tool(), None, Scope.USER)
    assert not done.edit.changed
    service.disconnect("new")
    assert path.read_text() == before.replace("{", '{"z": 1, ', 1)


@pytest.mark.parametrize("value", ["https://me:key@gateway.example", "${GATEWAY}", "off"])
def test_what_calls_cannot_go_on_to_is_never_replaced(service, tmp_path, value) -> None:
    path = tmp_path / ".new" / "settings.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"env": {"BASE_URL": value}}))
    before = path.read_text()
    with pytest.raises(InvalidInput, match=r"settings\.json.*env\.BASE_URL is set already"):
        service.connect(tool(), None, Scope.USER)
    assert path.read_text() == before
    assert service.held() == []


@pytest.mark.parametrize("text", [b'{\n "env": oops}', b"{\n \xff\xfe}"])
def test_a_malformed_file_is_left_and_its_place_told(service, tmp_path, text) -> None:
    path = tmp_path / ".new" / "settings.json"
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(Malformed, match=rf"{path}:2:\d"):
        service.connect(tool(), None, Scope.USER)
    assert contents(tmp_path) == {".new/settings.json": text}


def test_a_dry_run_writes_nothing(service, tmp_path) -> None:
    (done,) = service.connect(tool(), None, Scope.USER, dry=True)
    assert done.edit.changed
    assert contents(tmp_path) == {}
    service.connect(tool(), None, Scope.USER)
    before = contents(tmp_path)
    (done,) = service.disconnect("new", dry=True)
    assert done.edit.after is None
    assert contents(tmp_path) == before


def test_an_owned_file_of_others_is_not_replaced(service, tmp_path) -> None:
    known = rules("~/rules/aicontext.md", owned=True)
    service.connect(known, Via.RULES, Scope.USER)
    service.disconnect("new")
    assert contents(tmp_path) == {}
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "aicontext.md").write_text("theirs")
    with pytest.raises(InvalidInput, match="not ours"):
        service.connect(known, Via.RULES, Scope.USER)


def test_a_folder_in_the_files_place_is_told(service, tmp_path) -> None:
    (tmp_path / ".new" / "settings.json").mkdir(parents=True)
    with pytest.raises(Unavailable, match="is no plain file"):
        service.connect(tool(), None, Scope.USER)


def test_commands_that_do_not_exist_are_not_written(tmp_path) -> None:
    service = made(tmp_path, frozenset())
    with pytest.raises(InvalidInput, match="no `aicontext mcp`"):
        service.connect(CATALOGUE.tool("claude-code"), Via.MCP, Scope.USER)
    with pytest.raises(InvalidInput, match="no `aicontext hook`"):
        service.connect(CATALOGUE.tool("claude-code"), Via.HOOKS, Scope.USER)
    with pytest.raises(InvalidInput, match="cannot reach this machine"):
        service.connect(CATALOGUE.tool("cursor"), Via.PROXY, Scope.USER)
    assert contents(tmp_path) == {}


def test_nothing_of_this_machine_goes_into_a_projects_file(service, tmp_path) -> None:
    service.connect(CATALOGUE.tool("claude-code"), Via.MCP, Scope.PROJECT)
    assert b"/opt/bin" not in (tmp_path / "project" / ".mcp.json").read_bytes()
    service.connect(CATALOGUE.tool("claude-code"), Via.MCP, Scope.USER)
    assert b"/opt/bin/aicontext" in (tmp_path / ".claude.json").read_bytes()


def test_a_token_goes_into_no_projects_file(tmp_path) -> None:
    fragment = {"headers": {"x-token": "{token}"}, "url": "{proxy}"}
    ways = [
        Connection(Via.PROXY, scope, {System.LINUX: (path,)}, Format.JSON, fragment)
        for scope, path in ((Scope.USER, "~/u.json"), (Scope.PROJECT, "p.json"))
    ]
    files = LocalFiles({}, tmp_path, tmp_path, "linux")
    values = VALUES | {"token": "s3cret"}
    service = ConnectionService(files, ConnectionsFolder(tmp_path / "data"), values)
    for scope in Scope:
        service.connect(tool("new", *ways), None, scope)
    assert "s3cret" in (tmp_path / "u.json").read_text()
    assert documents.parse(Format.JSON, (tmp_path / "p.json").read_text()).keys() == {"url"}
    assert "s3cret" not in (tmp_path / "p.json").read_text()


def test_where_no_file_can_be_edited_the_person_is_told(service) -> None:
    by_hand = Connection(Via.PROXY, by_hand="Set {proxy}/v1 there.")
    (done,) = service.connect(tool("new", by_hand), None, Scope.USER)
    assert done.edit is None
    assert done.by_hand == "Set http://127.0.0.1:8787/v1 there."


def test_a_file_that_cannot_be_written_stands_in_nobodys_way(tmp_path) -> None:
    record = ConnectionsFolder(tmp_path / "data")
    closed = LocalFiles({}, Path("/proc"), tmp_path, "linux")
    with pytest.raises(Unavailable, match="cannot be written"):
        ConnectionService(closed, record, VALUES).connect(tool(), None, Scope.USER)
    assert list(record.all()) == []
    made(tmp_path).connect(tool(), None, Scope.USER)


def test_a_projects_link_must_not_lead_out_of_it(service, tmp_path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".mcp.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(InvalidInput, match="out of the project"):
        service.connect(CATALOGUE.tool("claude-code"), Via.MCP, Scope.PROJECT)
    assert (tmp_path / "secret.json").read_text() == "{}"


def test_rules_are_set_only_where_they_are_asked_for(service, tmp_path) -> None:
    with pytest.raises(InvalidInput, match="cannot be reached"):
        service.connect(rules("~/AGENTS.md"), None, Scope.USER)
    assert contents(tmp_path) == {}


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[3]]
from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.files.local import LocalFiles
from services.integrations.connections.test_service import Scope, VALUES, tool
from aicontext.services.integrations.connections.service import ConnectionService

def die(*_): os.kill(os.getpid(), signal.SIGKILL)

class Files(LocalFiles):
    def write(self, *words):
        if when == "before": die()
        super().write(*words)
        if when == "after": die()

class Record(ConnectionsFolder):
    def keep(self, held):
        if when == "intent": die()
        super().keep(held)

home, (when, verb) = Path(sys.argv[1]), sys.argv[2].split()
service = ConnectionService(
    Files({}, home, home, "linux"), Record(home / "data"), VALUES
)
service.connect(tool(), None, Scope.USER) if verb == "connect" else service.disconnect("new")
"""


@pytest.mark.parametrize("when", ["intent", "before", "after"])
@pytest.mark.parametrize("verb", ["connect", "disconnect"])
def test_a_kill_in_the_middle_is_finished_by_the_next_call(service, tmp_path, when, verb) -> None:
    path = tmp_path / ".new" / "settings.json"
    path.parent.mkdir()
    path.write_text('{"z": 1}\n')
    if verb == "disconnect":
        service.connect(tool(), None, Scope.USER)
    tests = str(Path(__file__).parents[3])
    words = [sys.executable, "-c", KILLED, str(tmp_path), f"{when} {verb}", tests]
    assert subprocess.run(words, timeout=60, check=False).returncode == -signal.SIGKILL
    documents.parse(Format.JSON, path.read_text())
    service.connect(tool(), None, Scope.USER)
    assert "8787" in path.read_text()
    service.disconnect("new")
    assert path.read_text() == '{"z": 1}\n'
    assert service.held() == []


def test_of_processes_at_once_the_first_wins(service, tmp_path) -> None:
    code = KILLED.replace("tool(),", "tool(sys.argv[4]),")
    tests = str(Path(__file__).parents[3])
    names = [f"tool-{number}" for number in range(4)]
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), "never connect", tests, name])
        for name in names
    ]
    ended = [one.wait(60) for one in started]
    (held,) = service.held()
    # They set an address each under the same key.
    assert sorted(ended) == [0, 1, 1, 1]
    assert len(held.parts) == 1
    for name in names:
        service.disconnect(name)
    assert contents(tmp_path) == {}

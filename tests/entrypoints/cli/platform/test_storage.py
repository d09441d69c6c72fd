import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result
from model_server import Handler, raw, serving
from servers.moto import Moto
from servers.postgresql import Postgresql
from servers.redis import Redis
from tenants import one_of_each, organisation

from aicontext.adapters.budgets.sql import SqlBudgets
from aicontext.domain.context import Source
from aicontext.domain.events import HookEvent, Moment, UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.domain.storage.records import Budget, Organisation, User
from aicontext.domain.tenancy.budgets import START, Spent
from aicontext.domain.usage import Billed
from aicontext.entrypoints.cli.app import main
from aicontext.services.enterprise.identity.local import LOCAL_USER
from aicontext.wiring import stores, usage
from aicontext.wiring.similar import similar

OWNER = organisation()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["storage", *words])


@pytest.fixture
def server(
    moto: Moto,
    postgresql: Postgresql,
    redis: Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A file of the settings of an installation on servers."""
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {**access, "AWS_REGION": "us-east-1", "AWS_ENDPOINT": moto.url}.items():
        monkeypatch.setenv(name, value)
    bucket = tmp_path.name.replace("_", "-")
    boto3.client("s3", endpoint_url=moto.url, region_name="us-east-1").create_bucket(Bucket=bucket)
    file = tmp_path / "server.env"
    lines = {
        "HOME": tmp_path / "server",
        "RECORDS": postgresql.database(),
        "CACHE": redis.url,
        "BLOBS": f"s3://{bucket}/contents",
        "VECTORS": postgresql.database(),
    }
    text = "".join(f"AICONTEXT_{name}={value}\n" for name, value in lines.items())
    file.write_text(f"# Ours\n\n{text}")
    return str(file)


def fill() -> None:
    """What an installation holds after some use."""

    similar((Source(b"def parse(line): return line.split()", "a.py"),), 1, keep=True)

    async def records() -> None:
        kept, blobs, every = stores.records(), stores.blobs(), one_of_each(OWNER)
        await kept.migrate()
        async with kept.transaction(None) as transaction:
            for record in every:
                await transaction.add(record)
            await transaction.publish(Message("f" * 32, "topic", "key", b"\0"))
        for owner in (OWNER.id, LOCAL_USER, *(one.id for one in every if isinstance(one, User))):
            await blobs.put(owner, content())
        (budget,) = (one for one in every if isinstance(one, Budget))
        periods = [Spent(OWNER.id, budget.id, at, 7, 50) for at in (START, START + timedelta(31))]
        await SqlBudgets(kept).keep(periods)
        await kept.close()
        await blobs.close()

    asyncio.run(records())
    caller = Caller("codex", "s", "p")
    change = Change(1, "Bash", "log", "condensed", 9, 3, "lines", "h")  # type: ignore[arg-type]
    usage.events().append(
        [
            UsageEvent("a", 1.5, caller, "chat", "openai", "gpt-5", 200, Outcome.OPTIMIZED),
            UsageEvent(
                "b",
                2.5,
                caller,
                "chat",
                "openai",
                "gpt-5",
                200,
                Outcome.OPTIMIZED,
                billed=Billed(1, 2, 3, 4, 5),
                cost=0.1,
                changes=(change,),
            ),
        ],
        {"file": "7"},
    )
    usage.events().append_hooks([HookEvent("h", 3.0, caller, Moment.STOP, Outcome.UNCHANGED)])


async def content() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two" * 100_000


def test_an_installation_moves_to_servers_and_back(home: Path, server: str, tmp_path: Path) -> None:
    fill()
    done = json.loads(run("copy", "--from", "embedded", "--to", server, "--json").output)
    assert done["equal"]
    counts = {one["name"]: one["target"]["count"] for one in done["collections"]}
    assert counts["Organisation"] == counts["Message"] == counts["Mark"] == 1
    assert counts["Spent"] == 2
    assert counts["Content"] == 3  # Of the organisation, of its user, of who has no record.
    assert (counts["UsageEvent"], counts["HookEvent"], counts["Setting"]) == (2, 1, 2)
    assert counts["Vector"] == 1
    back = tmp_path / "back.env"
    back.write_text(f"AICONTEXT_HOME={tmp_path / 'back'}")
    shown = run("copy", "--from", server, "--to", str(back))
    assert "equal by count and digest" in shown.output
    assert (tmp_path / "back" / "records.db").exists()
    assert (tmp_path / "back" / "vectors.db").exists()


def test_a_second_copy_brings_what_came_meanwhile(home: Path, server: str) -> None:
    fill()
    first = run("copy", "--from", "embedded", "--to", server)
    assert first.exit_code == 0, first.output
    usage.events().append(
        [UsageEvent("c", 9.0, Caller(), "chat", "openai", "gpt-5", 200, Outcome.PASSED)]
    )
    refused = run("copy", "--from", "embedded", "--to", server)
    assert refused.exit_code == 1
    assert "holds Organisation already" in refused.output
    again = run("copy", "--from", "embedded", "--to", server, "--again", "--json")
    counts = {
        one["name"]: one["target"]["count"] for one in json.loads(again.output)["collections"]
    }
    assert counts["UsageEvent"] == 3


def test_what_only_the_target_holds_is_told(home: Path, server: str) -> None:
    fill()
    first = run("copy", "--from", "embedded", "--to", server)
    assert first.exit_code == 0, first.output

    async def remove() -> None:
        kept = stores.records()
        async with kept.transaction(None) as transaction:
            await transaction.remove(Organisation, OWNER.id)
        await kept.close()

    asyncio.run(remove())
    again = run("copy", "--from", "embedded", "--to", server, "--again")
    assert again.exit_code == 1
    assert "differs" in again.output
    assert "They differ." in again.output


def test_stores_are_looked_at(home: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = run("check")
    assert embedded.exit_code == 0, embedded.output
    assert re.search(r"^cache .* memory$", embedded.output, re.M)
    for kind, name in (("events", "usage.db"), ("webhooks", "webhooks.db"), ("spool", "spool.db")):
        assert re.search(rf"^{kind} +ok .* {re.escape(str(home / name))}$", embedded.output, re.M)
    for line in Path(server).read_text().splitlines()[2:]:
        monkeypatch.setenv(*line.split("=", 1))
    old = json.loads(run("check", "--json").output)["stores"]
    trouble = {one["kind"]: one["hint"] for one in old if one["trouble"]}
    assert trouble == {"records": "Run: aicontext storage migrate."}
    assert json.loads(run("migrate", "--json").output)["steps"]
    assert run("migrate").output == "All is up to date.\n"
    assert run("check").exit_code == 0
    monkeypatch.setenv("AICONTEXT_CACHE", "redis://u:secret@127.0.0.1:1/0")
    monkeypatch.setenv("AICONTEXT_BUS", "postgresql://u:secret@127.0.0.1:1/x")
    down = run("check")
    assert down.exit_code == 1
    assert "cache " in down.output
    assert "gave no answer" in down.output
    assert "secret" not in down.output


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("records", "records.db"),
        ("events", "usage.db"),
        ("vectors", "vectors.db"),
        ("keys", "keys.json"),
        ("originals", "archive.db"),
        ("ledger", "ledger.db"),
        ("sessions", "sessions.db"),
        ("webhooks", "webhooks.db"),
        ("connections", "connections/codex-cli.json"),
        ("sign-ins", "logins.json"),
        ("spool", "spool.db"),
    ],
)
def test_what_is_damaged_in_the_home_is_told(home: Path, kind: str, name: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_bytes(b"not what it was" * 1000)
    found = run("check", "--json")
    assert found.exit_code == 1
    (told,) = (one for one in json.loads(found.output)["stores"] if one["trouble"])
    assert told["kind"] == kind
    assert told["hint"]


def test_vectors_of_another_model_are_not_taken_for_ours(home: Path, tmp_path: Path) -> None:
    def answer(handler: Handler, body: dict[str, object]) -> None:
        data = [{"index": 0, "embedding": [1.0, 2.0]}]
        raw(200, json.dumps({"data": data}).encode())(handler, body)

    fill()
    there = tmp_path / "new.env"
    with serving(answer) as (url, _):
        lines = {"HOME": tmp_path / "new", "EMBEDDINGS_URL": url, "EMBEDDINGS_NAME": "small"}
        there.write_text("".join(f"AICONTEXT_{name}={value}\n" for name, value in lines.items()))
        refused = run("copy", "--from", "embedded", "--to", str(there))
    assert refused.exit_code == 1
    assert "the target's would be of small" in refused.output


def test_nothing_is_copied_onto_itself_or_from_nowhere(home: Path, tmp_path: Path) -> None:
    assert "Both are the same" in run("copy", "--from", "embedded", "--to", "embedded").output
    assert "neither a size nor a file" in run("copy", "--from", "x", "--to", "embedded").output
    (tmp_path / "new.env").write_text("AICONTEXT_HOME=x\nAICONTEXT_RECORD=postgresql://host/name\n")
    wrong = run("copy", "--from", "embedded", "--to", str(tmp_path / "new.env")).output
    assert "AICONTEXT_RECORD, which is no setting" in wrong


def test_originals_are_found_on_another_machine_that_shares_store_and_key(
    home: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in Path(server).read_text().splitlines()[2:]:
        monkeypatch.setenv(*line.split("=", 1))
    here = Path(os.environ["AICONTEXT_HOME"])
    log = "".join(f"12:00:{n % 60:02d} INFO worker {n} took a job\n" for n in range(2000))
    (tmp_path / "a.log").write_text(log + "12:01:00 ERROR worker 7 crashed\n")
    words = ["optimize", str(tmp_path / "a.log"), "--budget", "500", "--json"]
    done = json.loads(CliRunner().invoke(main, words).output)
    handle = done["optimizations"][0]["handle"]
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(here / "keys.json", there)
    monkeypatch.setenv("AICONTEXT_HOME", str(there))
    assert "worker 1999 took a job" in CliRunner().invoke(main, ["retrieve", handle]).output
    monkeypatch.setenv("AICONTEXT_BLOBS", "")
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "nowhere"))
    assert CliRunner().invoke(main, ["retrieve", handle]).exit_code == 1

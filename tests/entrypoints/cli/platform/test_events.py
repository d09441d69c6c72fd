"""`aicontext events dead`: what was given up, tried again, dropped, and had back."""

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from aicontext.domain.storage.messages import Message
from aicontext.entrypoints.cli.app import main
from aicontext.services.analytics.ingest import GROUP, TOPIC
from aicontext.wiring import stores


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["events", "dead", *words])


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def given_up(*ids: str) -> list[str]:
    """Has what waits given up, and these before; the ids of what waited."""

    async def go() -> list[str]:
        bus = stores.bus()
        await bus.publish([Message(id_, TOPIC, "k", b'{"no": "event"}') for id_ in ids])
        async with bus.consumer(TOPIC, GROUP) as consumer:
            batches = await consumer.take(100, 0)
            found = [message.id for batch in batches for message in batch.messages]
            await consumer.done(batches, dict.fromkeys(found, "It has no version."))
        await bus.close()
        return found

    return asyncio.run(go())


def test_what_was_given_up_is_shown_with_the_reason() -> None:
    assert run("list").output == "No event was given up.\n"
    given_up("1", "2", "3")
    assert [one["id"] for one in told("list")["dead"]] == ["1", "2", "3"]
    assert [one["id"] for one in told("list", "--after", "1", "--limit", "1")["dead"]] == ["2"]
    assert "It has no version." in run("list").output
    shown = told("show", "2")
    assert (shown["why"], shown["payload"], shown["attempts"]) == (
        "It has no version.",
        '{"no": "event"}',
        1,
    )
    missing = run("show", "9")
    assert missing.exit_code == 1
    assert "There is no such dead letter" in missing.output


def test_some_or_all_are_tried_again() -> None:
    given_up("1", "2", "3")
    assert told("replay", "2", "none") == {"replayed": 1}
    assert given_up() == ["2"]
    assert told("replay", "--all") == {"replayed": 3}
    assert given_up() == ["1", "2", "3"]
    for words in ((), ("1", "--all")):
        assert "Say which" in run("replay", *words).output


def test_what_was_dropped_can_be_had_back(home: Path) -> None:
    given_up("1", "2", "3")
    dropped = told("drop", "1", "3")
    assert dropped["dropped"] == 2
    file = Path(dropped["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one["id"] for one in told("list")["dead"]] == ["2"]
    assert told("replay", "--from", str(file)) == {"replayed": 2}
    assert given_up() == ["1", "3"]
    assert len(told("list")["dead"]) == 3
    (home / "other").write_text("[]\n")
    assert "no file of dropped events" in run("replay", "--from", str(home / "other")).output


def test_dropping_all_is_asked_for() -> None:
    given_up("1", "2")
    asked = CliRunner().invoke(main, ["events", "dead", "drop", "--all"], input="n\n")
    assert asked.exit_code == 1
    assert len(told("list")["dead"]) == 2
    assert "replay --from" in run("drop", "--all", "--yes").output
    assert told("list") == {"dead": []}
    assert told("drop", "1") == {"dropped": 0, "file": ""}

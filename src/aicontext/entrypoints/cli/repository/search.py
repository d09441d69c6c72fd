"""`aicontext search`: the files and definitions that a task concerns."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from aicontext.domain.repository.names import written
from aicontext.domain.repository.results import RankedDefinition, RankedFile, Ranking
from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.repository.task import place, say, task_text
from aicontext.entrypoints.cli.words import cut, table
from aicontext.wiring.repository import open_repository


@click.command()
@click.argument("task")
@click.option("--path", default=".", help="A folder or file of the repository; only it is meant.")
@click.option(
    "--limit",
    default=10,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Of files, definitions.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def search(task: str, path: str, limit: int, as_json: bool) -> None:
    """Find the files and definitions that a TASK concerns.

    TASK may be an issue, a failing test's output or a stack trace: @FILE reads it from a file, "-"
    from standard input.
    """
    text = task_text(task)
    with progress("Indexing", as_json) as advance:
        found = open_repository(path, tell=say).search(text, limit, advance)
    if as_json:
        click.echo(json.dumps(_record(found)))
        return
    for line in _lines(found):
        click.echo(line)


def _record(found: Ranking) -> dict[str, list[dict[str, object]]]:
    return {
        "files": [
            {"path": one.path, "score": one.score, "why": list(one.why)} for one in found.files
        ],
        "definitions": [
            {**place(one.place), "score": one.score, "why": list(one.why)}
            for one in found.definitions
        ],
    }


def _lines(found: Ranking) -> Iterator[str]:
    if not found.files and not found.definitions:
        yield "Nothing here matches the task's words."
        return
    yield click.style("Files", bold=True)
    yield from table([_file(one) for one in found.files])
    if found.definitions:
        yield ""
        yield click.style("Definitions", bold=True) + "  (aicontext show NAME)"
        yield from table([_definition(one) for one in found.definitions])


def _file(one: RankedFile) -> list[str]:
    return [cut(written(one.path), 60), cut("; ".join(one.why), 90)]


def _definition(one: RankedDefinition) -> list[str]:
    where = f"{written(one.place.path)}:{one.place.first}"
    return [cut(one.place.symbol, 48), cut(where, 60), cut("; ".join(one.why), 60)]

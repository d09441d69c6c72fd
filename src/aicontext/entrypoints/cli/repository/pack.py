"""`aicontext pack`: the code that a task needs, under a budget."""

from __future__ import annotations

import json

import click

from aicontext.domain.repository.results import Format
from aicontext.entrypoints.cli import files
from aicontext.entrypoints.cli.progress import progress
from aicontext.entrypoints.cli.repository.task import place, say, slice_record, task_text
from aicontext.entrypoints.cli.words import amount, print_text, warned
from aicontext.wiring.repository import open_repository


@click.command()
@click.argument("path", default=".")
@click.option("--task", "-t", required=True, help='In words; "@FILE" reads a file, "-" stdin.')
@click.option(
    "--budget", default=8_000, show_default=True, type=click.IntRange(1), help="Tokens at most."
)
@click.option("--model", "-m", default="", help="Whose tokens are counted.")
@click.option("--focus", multiple=True, metavar="FILE", help="A file that matters; repeatable.")
@click.option(
    "--format",
    "form",
    default=Format.MARKDOWN.value,
    show_default=True,
    type=click.Choice([one.value for one in Format]),
    help="How it is written.",
)
@click.option("--output", "-o", default="", help="Write it there instead of standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def pack(
    path: str,
    task: str,
    budget: int,
    model: str,
    *,
    focus: tuple[str, ...],
    form: str,
    output: str,
    as_json: bool,
) -> None:
    """Pack the code that a task needs, in a budget of tokens.

    Functions are shown whole, only those too large for --budget by what matches. PATH is a folder
    of the repository; only what lies below it is meant. A stack trace, a failing test's output or
    a diff in the task comes first. What was left out is counted, and named at the end where
    --budget has room for that.
    """
    text = task_text(task)
    with progress("Indexing", as_json) as advance:
        repository = open_repository(path, tell=say)
        found = repository.pack(
            text, budget, model, form=Format(form), focus=focus, progress=advance
        )
    if output:
        files.write(output, found.content.encode("utf-8", "replace"))
    if as_json:
        record = {
            "content": found.content,
            "slices": [slice_record(one) for one in found.slices],
            "left_out": [place(one.place) for one in found.left_out],
            "more": found.more,
            "tokens": found.tokens,
            "budget": found.budget,
            "model": found.model,
            "warnings": found.warnings,
        }
        click.echo(json.dumps(record))
        return
    if not output:
        print_text(found.content)
    paths = {one.place.path for one in found.slices}
    said = f"{amount(len(found.slices), 'slice')} of {amount(len(paths), 'file')}"
    left = len(found.left_out) + found.more
    more = f"; {left:,} more with a larger --budget" if left else ""
    click.echo(f"{said}: {found.tokens:,} of {budget:,} tokens{more}", err=True)
    for line in warned(found.warnings):
        click.echo(line, err=True)

"""The verbs over a context: a conversation, or any text that a tool would send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

import click

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import InvalidInput
from aicontext.entrypoints.cli import files, report, words
from aicontext.entrypoints.cli.asking import agreed
from aicontext.entrypoints.cli.progress import progress
from aicontext.wiring.context import context_service, open_archive
from aicontext.wiring.sessions.transcripts import session_source

Command = TypeVar("Command", bound=Callable[..., Any])


def _shared(command: Command) -> Command:
    """The options that every verb over an input has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs."),
        click.option("--query", "-q", default="", help="The task or question in words."),
        click.option(
            "--model", "-m", default="", help="Whose tokens and prices; else the request's own."
        ),
        click.option("--session", default="", help="In place of INPUT: TOOL, or TOOL:SESSION."),
        click.argument("name", metavar="[INPUT]", default="-"),
    ):
        command = option(command)
    return command


def _sources(name: str, session: str) -> tuple[Source, ...]:
    """What is named by one of the two."""
    if not session:
        return files.sources(name)
    if name != "-":
        raise InvalidInput("An input and --session were both given.", hint="Choose one of them.")
    return (session_source(session),)


def _output(command: Command) -> Command:
    option = click.option(
        "--output", "-o", default="", help='Write the content there; "-": stdout.'
    )
    return option(command)


@click.command()
@_shared
@_output
@click.option("--budget", "-b", type=click.IntRange(1), help="Tokens the result may have at most.")
@click.option("--explain", is_flag=True, help="Report every block, and the whole reason.")
@click.option("--diff", is_flag=True, help="Show what changed, line by line.")
@click.option("--redact", is_flag=True, help="Mask secrets first (extra: redact).")
def optimize(**given: Any) -> None:
    """Make a context smaller, keep its form, and say what was done."""
    files.check_apart(given["output"], given["name"])
    sources = _sources(given["name"], given["session"])
    with progress("Optimizing", given["as_json"]) as advance:
        result = context_service().optimize(
            sources,
            given["model"],
            query=given["query"],
            budget=given["budget"],
            redact=given["redact"],
            progress=advance,
        )
    content = _encoded(result.content)
    if given["output"]:
        files.write(given["output"], content)
    to_stderr = given["output"] == "-"
    if given["as_json"]:
        _print([json.dumps(result.as_dict())], to_stderr)
        return
    lines = list(report.optimization(result, explain=given["explain"], budget=given["budget"]))
    if given["diff"]:
        before = "\n".join(s.payload.decode("utf-8", "replace") for s in sources)
        lines += ["", *report.difference(before, content.decode("utf-8", "replace"))]
    if not given["output"]:
        lines += ["", "The content itself: -o FILE, or -o - for standard output."]
    elif not to_stderr:
        lines += ["", f"The content was written to {given['output']}."]
    _print(lines, to_stderr)


@click.command()
@_shared
def analyze(name: str, session: str, model: str, query: str, as_json: bool) -> None:
    """Show where the tokens of a context are, and what could go."""
    found = context_service().analyze(_sources(name, session), model, query=query)
    _print([json.dumps(found.as_dict())] if as_json else report.analysis(found))


@click.command()
@_shared
def predict(name: str, session: str, model: str, query: str, as_json: bool) -> None:
    """Forecast tokens, money and turns until the window is full."""
    found = context_service().predict(_sources(name, session), model, query=query)
    _print([json.dumps(asdict(found))] if as_json else report.forecast(found))


@click.command()
@_shared
@_output
@click.option("--budget", "-b", type=click.IntRange(1), required=True, help="Tokens at most.")
@click.option("--reference", "-r", help="An earlier, successful output of the same command.")
@click.option("--no-archive", is_flag=True, help="Keep no original, and leave out its mark.")
@click.option("--summary", is_flag=True, help="Add the words of the model at AICONTEXT_MODELS_URL.")
@click.option("--redact", is_flag=True, help="Mask secrets first (extra: redact).")
def compress(**given: Any) -> None:
    """Fit a text or a whole session into a budget, as in a pipe."""
    files.check_apart(given["output"], given["name"], given["reference"] or "")
    reference = files.read(given["reference"]) if given["reference"] else b""
    result = context_service().compress(
        _sources(given["name"], given["session"]),
        given["budget"],
        given["model"],
        ask=Ask(query=given["query"], reference=reference.decode("utf-8", "replace")),
        keep=not given["no_archive"],
        summary=given["summary"],
        redact=given["redact"],
    )
    content = _encoded(result.content)
    content = content if content.endswith(b"\n") else content + b"\n"
    if given["output"] or not given["as_json"]:
        files.write(given["output"] or "-", content)
    if given["as_json"]:
        _print([json.dumps(result.as_dict())], to_stderr=given["output"] == "-")
        return
    _print(words.warned(result.warnings), to_stderr=True)
    if given["output"] not in ("", "-"):
        _print([f"The content was written to {given['output']}."], to_stderr=True)


@click.command()
@click.argument("handle")
@click.option("--lines", default="", help="A line or a range of lines: 12 or 12-40.")
@click.option("--path", default="", help="A JSON path: $.items[3].name.")
@click.option("--query", "-q", default="", help="Words; the best lines with their neighbours.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def retrieve(handle: str, lines: str, path: str, query: str, as_json: bool) -> None:
    """Fetch an original from the archive, whole or in part."""
    found = context_service().retrieve(handle, lines=lines, path=path, query=query)
    if as_json:
        _print([json.dumps({"handle": handle, "content": found})])
    else:
        files.write("-", _encoded(found if found.endswith("\n") else found + "\n"))


@click.command()
@click.option("--clear", is_flag=True, help="Forget every original.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before that.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def archive(clear: bool, yes: bool, as_json: bool) -> None:
    """Show how much the archive holds, or clear it."""
    kept = open_archive()
    if clear:
        question = "Forget every original? Marks already sent will lead nowhere"
        if not yes:
            agreed(question)
        kept.clear()
    texts, size = kept.size()
    if as_json:
        _print([json.dumps({"texts": texts, "bytes": size})])
    else:
        _print([report.holdings(texts, size)])


def _encoded(content: object) -> bytes:
    text = content if isinstance(content, str) else json.dumps(content)
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # Half a surrogate pair, from an escape in JSON, has no bytes: it is shown as the escape.
        return text.encode("utf-8", "backslashreplace")


def _print(lines: Iterable[str], to_stderr: bool = False) -> None:
    for line in lines:
        click.echo(line.encode("utf-8", "replace").decode(), err=to_stderr)

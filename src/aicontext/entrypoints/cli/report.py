"""What people read: plain lines, aligned, no wider than the screen."""

from __future__ import annotations

import difflib
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import which

import click

from aicontext.domain.optimization import Analysis, Optimization, OptimizationStep
from aicontext.domain.usage import Forecast
from aicontext.entrypoints.cli.words import amount, cut, money, plain, reduced, size, table, warned

_BLOCKS = 25
_NAME = 34
_LOW = 0.5
_DIFF_LINES = 20_000


def optimization(
    result: Optimization, *, explain: bool, budget: int | None = None
) -> Iterator[str]:
    """The report of one optimization; explain: every block and the whole reason. budget: in
    tokens, where one was set."""
    about = "" if result.exact else " (estimated)"
    share = click.style(reduced(result.reduction_percentage), fg="green", bold=True)
    before, after = result.original_tokens, result.optimized_tokens
    yield f"tokens   {before:,} → {after:,}   {share}   {plain(result.model)}{about}"
    if result.cost:
        sums = f"{money(result.cost.original)} → {money(result.cost.optimized)}"
        yield f"cost     {sums}   input, sent once, uncached"
    meaning = "calibrated chance that nothing needed was left out"
    if budget and result.quality_score < _LOW:
        meaning += "; a larger budget raises it"
    yield f"quality  {result.quality_score:.2f}   {meaning}"
    yield from warned(result.warnings)
    changed = [step for step in result.optimizations if step.level != "full"]
    gone = [step for step in changed if not step.optimized_tokens]
    if not changed:
        yield "Nothing could be made smaller without a loss."
    yield from _steps(result.optimizations if explain else _largest(changed), explain)
    if not explain:
        yield from _rest(len(changed) - len(gone) - _BLOCKS, len(gone))
    yield from _archived(changed, explain)


def analysis(found: Analysis) -> Iterator[str]:
    """Where the tokens are, largest block first."""
    about = "" if found.exact else " (estimated)"
    blocks = amount(len(found.blocks), "block")
    yield f"{found.form}, {blocks}, {amount(found.tokens, 'token')} for {plain(found.model)}{about}"
    if found.tokens:
        saving = reduced(100 * (1 - found.reachable_tokens / found.tokens))
        least = amount(found.reachable_tokens, "token")
        yield f"{least} would do with all checked evidence kept: {saving}"
    yield from warned(found.warnings)
    largest = sorted(found.blocks, key=lambda b: (-b.tokens, b.block))[:_BLOCKS]
    rows = [
        (str(b.block), str(b.kind), f"{b.tokens:,}", f"{b.reachable_tokens:,}", cut(b.source, 60))
        for b in largest
    ]
    yield ""
    yield from table([("block", "kind", "tokens", "could be", "from"), *rows], right=(0, 2, 3))
    if len(found.blocks) > _BLOCKS:
        smaller = amount(len(found.blocks) - _BLOCKS, "smaller block")
        yield f"… and {smaller} (--json shows all)"


def forecast(found: Forecast) -> Iterator[str]:
    """What the next calls will take; each figure with the range that holds it 9 times of 10."""
    yield f"model    {plain(found.model.id)}, a window of {found.model.window:,} tokens"
    rows = [
        ("input of the next call", found.input_tokens, "{:,.0f}", "tokens"),
        ("output of it", found.output_tokens, "{:,.0f}", "tokens"),
        ("cost of it, input written to the cache", found.first_cost, "{:.4f}", "US dollars"),
        ("cost of each further call, input cached", found.next_cost, "{:.4f}", "US dollars"),
        ("calls until the window is full", found.turns_left, "{:,.0f}", ""),
    ]
    shown = [
        (
            name,
            figure.format(value.expected),
            f"{figure.format(value.low)} to {figure.format(value.high)}",
            unit,
        )
        for name, value, figure, unit in rows
        if value
    ]
    yield from table([("", "expected", "9 times of 10", ""), *shown], right=(1, 2))
    yield from warned(found.warnings)


def holdings(texts: int, held: int) -> str:
    """How much the archive holds; held: bytes."""
    return f"{amount(texts, 'original')}, {size(held)} (aicontext archive --clear)"


def difference(before: str, after: str) -> Iterator[str]:
    """A unified diff, coloured where the screen has colours."""
    old, new = _read(before), _read(after)
    if len(old) + len(new) > _DIFF_LINES:
        yield f"The texts have more than {_DIFF_LINES:,} lines together: compare files made by -o."
        return
    lines = difflib.unified_diff(old, new, "original", "optimized", lineterm="", n=1)
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in map(plain, lines):
        yield click.style(line, fg=colours[line[0]]) if line[:1] in colours else line


def _read(text: str) -> list[str]:
    """The lines as a model reads them: in JSON, breaks inside of strings break lines."""
    try:
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return text.splitlines()
    for escape, character in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"')):
        text = text.replace(escape, character)
    return text.splitlines()


def _largest(changed: Sequence[OptimizationStep]) -> Sequence[OptimizationStep]:
    """What is shown of the changed blocks: all in their order, or the largest that can be."""
    shown = [step for step in changed if step.optimized_tokens]
    if len(shown) <= _BLOCKS:
        return shown
    return sorted(shown, key=lambda step: (-step.original_tokens, step.block))[:_BLOCKS]


def _rest(smaller: int, gone: int) -> Iterator[str]:
    """A word on the changed blocks that are not shown. gone: how many were left out whole."""
    if smaller > 0:
        yield f"… and {amount(smaller, 'smaller block')} (--explain shows all)"
    if gone:
        yield f"… and nothing of {amount(gone, 'file')}: no room for them (--explain names them)"


def _steps(steps: Sequence[OptimizationStep], explain: bool) -> Iterator[str]:
    if not steps:
        return
    yield ""
    rows = [("block", "from", "kind", "tokens", "saved", "what was done")]
    for step in steps:
        saved = 100 * (1 - step.optimized_tokens / max(step.original_tokens, 1))
        why = cut(step.why, 1000 if explain else 72)
        sizes = f"{step.original_tokens:,} → {step.optimized_tokens:,}"
        name = cut(step.source, 200 if explain else _NAME)
        rows.append((str(step.block), name, str(step.kind), sizes, f"{saved:.0f} %", why))
    yield from table(rows, right=(0, 3, 4))


def _archived(steps: Sequence[OptimizationStep], explain: bool) -> Iterator[str]:
    kept = [step for step in steps if step.handle]
    if not kept:
        return
    yield ""
    yield f"Originals in the archive: {len(kept)}. To read one, or a part of it:"
    shown = kept if explain else kept[:_BLOCKS]
    command = _command()
    for step in shown:
        yield f"  {command} retrieve {step.handle}   # block {step.block}, {cut(step.source, 50)}"
    if len(kept) > len(shown):
        yield f"  … and {len(kept) - len(shown):,} more (--explain shows all)"
    yield "  (--lines 10-40, --path '$.items[3]' or --query \"words\" for a part)"


def _command() -> str:
    """How this program can be started again from here."""
    if which("aicontext"):
        return "aicontext"
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m aicontext"
    return shlex.quote(str(started))

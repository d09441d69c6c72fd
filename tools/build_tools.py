"""Write the index of the tools' catalogue from its manifests, with each tool's tier.

    python tools/build_tools.py

The index is what the program reads. A test compares it with what this writes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.local import READERS
from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Format, Tool
from aicontext.services.integrations.catalog import manifest
from aicontext.services.integrations.editing import documents

sys.path.insert(0, str(Path(__file__).parent))
from tiers import CATALOG, sample, tier

SECRET = re.compile(r"\b(?:sk|xox[bp]|gh[ps]|glpat|AKIA|AIza)[-_A-Z0-9][\w-]{14,}")


def index(catalog: Path = CATALOG) -> dict[str, Any]:
    """{"shapes": ..., "tools": {id: manifest}}. Raises InvalidInput with all that is wrong."""
    shapes = manifest.shapes(catalog)
    tools: dict[str, Any] = {}
    wrong: list[str] = []
    marks: dict[str, str] = {}
    for path in sorted(catalog.glob("*/manifest.toml")):
        try:
            tool = manifest.load(path, shapes)
        except InvalidInput as error:
            wrong.append(str(error))
            continue
        told = [*sampling(tool, catalog), *clashes(tool, marks)]
        wrong += [f"{path}: {one}" for one in told]
        if not told:
            found = tier(tool, shapes["environment"], catalog)
            tools[tool.id] = readable(tool.id, manifest.read(path)) | {"tier": found}
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return {"shapes": shapes, "tools": tools}


def readable(tool: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The manifest with a mark at the transcripts of which we have a reader."""
    for one in raw.get("transcripts", ()):
        if (one.get("like") or tool) in READERS:
            one["read"] = True
    return raw


def clashes(tool: Tool, marks: dict[str, str]) -> Iterator[str]:
    """Marks that show another tool too. marks: those of the tools before, to which it adds."""
    shows = tool.detection
    paths = {path for found in shows.paths.values() for path in found}
    for mark in (*shows.commands, *shows.extensions, *shows.packages, *sorted(paths)):
        if marks.setdefault(mark, tool.id) != tool.id:
            yield f"detect: {mark!r} shows {marks[mark]} too, expected what shows this tool alone"


def sampling(tool: Tool, catalog: Path = CATALOG) -> Iterator[str]:
    """What is wrong with the sample files beside a manifest."""
    wanted: dict[Path, Format] = {}
    for one in tool.connections:
        path = sample(tool, one, catalog)
        if path and one.format and wanted.setdefault(path, one.format) is not one.format:
            yield f"{path.name}: is both {wanted[path]} and {one.format}, expected one format"
    for path, kind in wanted.items():
        if not path.exists():
            yield f"{path.name}: is missing, expected a sample"
            continue
        text = path.read_bytes().decode("utf-8")
        try:
            documents.parse(kind, text)
        except InvalidInput as error:
            yield f"{path.name}: {error}"
        if SECRET.search(text):
            yield f"{path.name}: holds a key or token, expected none"
    for path in {*(catalog / tool.id).iterdir()} - {*wanted, catalog / tool.id / "manifest.toml"}:
        yield f"{path.name}: is the sample of no file that is connected"


def text(found: dict[str, Any]) -> str:
    """One tool a line, so that a change shows as such."""
    shapes = json.dumps(found["shapes"], separators=(",", ":"))
    lines = [
        f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}"
        for name, one in found["tools"].items()
    ]
    return f'{{"shapes":{shapes},"tools":{{\n' + ",\n".join(lines) + "\n}}\n"


def main() -> int:
    try:
        found = index()
    except InvalidInput as error:
        print(error, file=sys.stderr)
        return 1
    (CATALOG / "index.json").write_text(text(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

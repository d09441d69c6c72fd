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

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Connection, Format, Tier, Tool
from aicontext.services.integrations.catalog import manifest

ROOT = Path(__file__).parent.parent
CATALOG = ROOT / "src/aicontext/services/integrations/catalog"
SECRET = re.compile(r"\b(?:sk|xox[bp]|gh[ps]|glpat|AKIA|AIza)[-_A-Z0-9][\w-]{14,}")
RUN = {
    agent["package"]
    for agent in json.loads((ROOT / "benchmarks/results/agents.json").read_text())["agents"]
}
"""The packages of the agents whose runs are on record."""


def index(catalog: Path = CATALOG) -> dict[str, Any]:
    """{"shapes": ..., "tools": {id: manifest}}. Raises InvalidInput with all that is wrong."""
    shapes = manifest.read(catalog / "_shapes.toml")
    tools: dict[str, Any] = {}
    wrong: list[str] = []
    marks: dict[str, str] = {}
    for path in sorted(catalog.glob("*/manifest.toml")):
        try:
            tool = manifest.load(path, shapes)
        except InvalidInput as error:
            wrong.append(str(error))
            continue
        wrong += [f"{path}: {one}" for one in (*sampling(tool, catalog), *clashes(tool, marks))]
        tools[tool.id] = manifest.read(path) | {"tier": tier(tool)}
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return {"shapes": shapes, "tools": tools}


def clashes(tool: Tool, marks: dict[str, str]) -> Iterator[str]:
    """Marks that show another tool too. marks: those of the tools before, to which it adds."""
    shows = tool.detection
    paths = {path for found in shows.paths.values() for path in found}
    for mark in (*shows.commands, *shows.extensions, *shows.packages, *sorted(paths)):
        if marks.setdefault(mark, tool.id) != tool.id:
            yield f"detect: {mark!r} shows {marks[mark]} too, expected what shows this tool alone"


def sampling(tool: Tool, catalog: Path = CATALOG) -> Iterator[str]:
    """What is wrong with the sample files beside a manifest."""
    wanted = {path for one in tool.connections if (path := sample(tool, one, catalog))}
    yield from (
        f"{path.name}: is missing, expected a sample" for path in wanted if not path.exists()
    )
    for path in sorted((catalog / tool.id).iterdir()):
        if path.name != "manifest.toml" and path not in wanted:
            yield f"{path.name}: is the sample of no file that is connected"
        elif SECRET.search(path.read_text(encoding="utf-8")):
            yield f"{path.name}: holds a key or token, expected none"


def sample(tool: Tool, connection: Connection, catalog: Path = CATALOG) -> Path | None:
    """A sample of the file that the connection edits: the tool's own, or for texts that of all
    tools; None where nothing is edited."""
    if not connection.files or connection.owned:
        return None
    if connection.format is Format.MARKDOWN:
        return catalog / "_samples/AGENTS.md"
    name = next(iter(connection.files.values()))[0].rpartition("/")[2]
    return catalog / tool.id / name


def tier(tool: Tool) -> Tier:
    """How well it is known that the tool can be connected, from what is on record."""
    names = {package.partition(":")[2] for package in tool.detection.packages}
    if names & RUN or (tool.evidence and (ROOT / tool.evidence).is_file()):
        return Tier.GOLD
    return Tier.BRONZE


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

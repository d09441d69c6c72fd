"""Write the index of the tools' catalogue from its manifests.

    python tools/build_tools.py

The index is what the program reads. A test compares it with what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aicontext.domain.errors import InvalidInput
from aicontext.services.integrations.catalog import manifest

ROOT = Path(__file__).parent.parent
CATALOG = ROOT / "src/aicontext/services/integrations/catalog"


def index(catalog: Path = CATALOG) -> dict[str, Any]:
    """{"shapes": ..., "tools": {id: manifest}}. Raises InvalidInput with all that is wrong."""
    shapes = manifest.read(catalog / "_shapes.toml")
    tools, wrong = {}, []
    for path in sorted(catalog.glob("*/manifest.toml")):
        try:
            tool = manifest.load(path, shapes)
        except InvalidInput as error:
            wrong.append(str(error))
        else:
            tools[tool.id] = manifest.read(path)
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return {"shapes": shapes, "tools": tools}


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

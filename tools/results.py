"""What benchmarks measured and wrote down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def result(name: str) -> Any:
    """The JSON of that result; name: of its file, without the ending."""
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))

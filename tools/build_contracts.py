"""Writes contracts/ from the program: `make docs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from aicontext import settings
from aicontext.entrypoints.api import app, contract
from aicontext.wiring.platform import api

TARGET = Path(__file__).parents[1] / "contracts"


def contracts() -> dict[str, str]:
    """The text of each file."""
    with TemporaryDirectory() as home:
        parts = api.parts(settings.load({"AICONTEXT_HOME": home}))
        document = contract.document(app.surface(parts))
    return {"openapi.json": json.dumps(document, indent=2) + "\n"}


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, text in contracts().items():
        (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""Originals as plain files, for tools that can read files and nothing else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from aicontext.adapters.atomic import sync_folder
from aicontext.adapters.database import reason
from aicontext.domain.context import handle
from aicontext.domain.errors import Unavailable


class PlainFiles:
    """A folder of texts, each under its handle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, texts: Sequence[str]) -> str:
        """Writes what is not there yet, whole, and durably; the path that handles follow."""
        try:
            if texts:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            missing = [text for text in texts if not self.holds(handle(text))]
            for text in missing:
                self._write(self._folder / handle(text), text)
            if missing:
                sync_folder(self._folder)
        except OSError as error:
            raise Unavailable(
                f"Originals cannot be written to {self._folder}: {reason(error)}.",
                hint="Free some space, mend its permissions, or set AICONTEXT_HOME elsewhere.",
            ) from error
        return f"{self._folder}{os.sep}"

    def holds(self, handle: str) -> bool:
        return (self._folder / handle).exists()

    def remove(self, handles: Iterable[str]) -> None:
        """Those that are there; what cannot be removed stays."""
        for name in handles:
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def clear(self) -> None:
        with suppress(OSError):
            self.remove(path.name for path in self._folder.iterdir())

    def _write(self, target: Path, text: str) -> None:
        made, name = tempfile.mkstemp(dir=self._folder, prefix=".")
        try:
            with os.fdopen(made, "wb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

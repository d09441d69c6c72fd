"""Marks on this machine of tenants with hard budgets."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class HardMark:
    """A file in the folder for each, that is there, or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def there(self, organisation: str) -> bool:
        return self._file(organisation).exists()

    def put(self, organisation: str, there: bool) -> None:
        """Where it cannot be written, it stays as it was."""
        with suppress(OSError):
            if there:
                self._file(organisation).touch(mode=0o600)
            else:
                self._file(organisation).unlink(missing_ok=True)

    def _file(self, organisation: str) -> Path:
        return self._folder / f"budgets-{organisation}.hard"

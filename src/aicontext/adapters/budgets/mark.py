"""A mark on this machine that there is a hard budget."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class HardMark:
    """A file that is there, or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def there(self) -> bool:
        return self._path.exists()

    def put(self, there: bool) -> None:
        """Where it cannot be written, it stays as it was."""
        with suppress(OSError):
            if there:
                self._path.touch(mode=0o600)
            else:
                self._path.unlink(missing_ok=True)

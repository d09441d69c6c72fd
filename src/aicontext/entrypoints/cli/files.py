"""Reading what a person names on the command line."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from aicontext.domain.context import Source
from aicontext.domain.errors import InputTooLarge, InvalidInput, NotFound
from aicontext.entrypoints.cli.words import plain

FILE_BYTES = 256 * 2**20
FOLDER_FILES = 20_000
FOLDER_BYTES = 256 * 2**20
_NAMED = 5
_HEAD = 8192
"""Bytes in which what is no text shows itself."""

_SKIPPED = {"node_modules", "__pycache__", "venv", "target", "dist", "build", "vendor"}


def sources(name: str) -> tuple[Source, ...]:
    """What a file, a folder or standard input ("-") holds."""
    if not name:
        raise InvalidInput("The input has no name.", hint='Name a file or a folder, or "-".')
    if name != "-" and os.path.isdir(name):
        return tuple(Source(data, path) for path, data in read_folder(name).items())
    data = read(name)
    if not data:
        sys.stderr.write("The input is empty.\n")
    elif b"\0" in data[:_HEAD]:
        sys.stderr.write("The input is no text.\n")
    return (Source(data, "" if name == "-" else name),)


def read(name: str) -> bytes:
    """The bytes of a file, or of standard input for "-"; raises what a person can act on."""
    if name == "-":
        if sys.stdin and sys.stdin.isatty():
            sys.stderr.write("Reading standard input; end it with Ctrl-D, or name a file.\n")
        data = sys.stdin.buffer.read(FILE_BYTES + 1) if sys.stdin else b""
    else:
        path = Path(name)
        try:
            with path.open("rb") as file:
                data = file.read(FILE_BYTES + 1)
        except FileNotFoundError:
            raise NotFound(f"There is no file {name}.") from None
        except OSError as error:
            raise InvalidInput(f"{name} cannot be read: {error.strerror}.") from None
    if len(data) > FILE_BYTES:
        raise InputTooLarge(
            f"{name} is larger than {FILE_BYTES // 2**20} MiB.", hint="Split it first."
        )
    return data


def read_folder(name: str) -> dict[str, bytes]:
    """Path below the folder -> bytes of each text file; hidden, built and binary ones are left out.

    What cannot be read is named on standard error. Raises InputTooLarge beyond FOLDER_FILES files
    or FOLDER_BYTES bytes, NotFound where there is no text file.
    """
    files: dict[str, bytes] = {}
    unread: list[str] = []
    total = 0
    for path in _walk(Path(name), unread):
        try:
            data = path.read_bytes()
        except OSError:
            unread.append(str(path))
            continue
        if b"\0" in data[:_HEAD]:
            continue
        total += len(data)
        if len(files) >= FOLDER_FILES or total > FOLDER_BYTES:
            raise InputTooLarge(f"{name} holds too much for one run.", hint="Name a subfolder.")
        files[path.relative_to(name).as_posix()] = data
    if unread:
        more = f" and {len(unread) - _NAMED:,} more" if len(unread) > _NAMED else ""
        sys.stderr.write(f"Not readable, left out: {', '.join(unread[:_NAMED])}{more}\n")
    if not files:
        raise NotFound(f"{name} holds no text file{' that can be read' if unread else ''}.")
    return files


def _walk(folder: Path, unread: list[str]) -> Iterator[Path]:
    """The files below a folder in order; folders that cannot be opened are added to `unread`."""
    for here, folders, names in os.walk(
        folder, onerror=lambda error: unread.append(error.filename)
    ):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        for file in sorted(names):
            path = Path(here, file)
            if not file.startswith(".") and path.is_file() and path.stat().st_size <= FILE_BYTES:
                yield path


def check_apart(output: str, *inputs: str) -> None:
    """Raises InvalidInput where the output would replace what is read."""
    if output in ("", "-"):
        return
    target = Path(output).resolve()
    for name in inputs:
        if name not in ("", "-") and target.is_file() and Path(name).resolve() == target:
            raise InvalidInput(f"{output} is the input itself.", hint="Write to another file.")


def write(name: str, data: bytes) -> None:
    """Write to a file, whole or not at all; to a device or a pipe; "-" is standard output.

    A file that is there keeps its permissions, and a link to it stays a link.
    """
    if name == "-":
        if not sys.stdout:
            raise InvalidInput("Standard output is closed.")
        if sys.stdout.isatty():
            data = plain(data.decode("utf-8", "replace")).encode()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        _write_whole(Path(name).resolve(), data)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(f"{name} cannot be written: {reason}.") from None


def _write_whole(target: Path, data: bytes) -> None:
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    draft = target.with_name(target.name + ".aicontext-draft")
    try:
        draft.write_bytes(data)
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise

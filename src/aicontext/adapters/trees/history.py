"""Commits as `git log` tells them; no history where git is missing or refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aicontext.adapters.trees.git_folder import GitFolder, setting
from aicontext.domain.repository.trees import Commit, Commits

_MOST = 3_000
_SECONDS = 10.0
_START = rb"(?:\A|\0)\x01([0-9a-f]{40,64})\0(\d+)\0"
_REMOTE = ("", ".ext", ".fd", ".file", ".ftp", ".ftps", ".git", ".http", ".https", ".ssh")
"""Ways to objects that are missing here. A promise of some in the repository's settings would be
redeemed by a program that these name too."""

_LOG = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.alternateRefsCommand=", "-c", "log.showSignature=false"),
    *(word for way in _REMOTE for word in ("-c", f"protocol{way}.allow=never")),
    *("log", "--no-merges", "--no-renames", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--no-notes", "--encoding=UTF-8", "--name-only", "-z"),
    "--format=%x01%H%x00%ct%x00%B%x00",
)
"""No settings, least of all the repository's own, change what is printed or start programs."""


class GitHistory:
    """The history of the repository whose root a folder is."""

    def __init__(
        self, root: Path, *, program: str = "git", most: int = _MOST, seconds: float = _SECONDS
    ) -> None:
        """most: commits that are read. seconds: that reading them may take."""
        self._root = root
        self._program = program
        self._most = most
        self._seconds = seconds

    def head(self) -> str:
        git = GitFolder.of(self._root)
        return git.head() if git else ""

    def commits(self) -> Commits:
        import subprocess

        git = GitFolder.of(self._root)
        head = git.head() if git else ""
        if not git or not head or _remote(git):
            return Commits(head)
        words = [self._program, f"--git-dir={git.folder}", *_LOG, f"-n{self._most}", head]
        try:
            done = subprocess.run(
                [*words, "--"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._seconds,
            )
        except subprocess.TimeoutExpired as late:
            # The last record may have been cut off in the middle.
            return Commits(head, tuple(_records(late.output or b""))[:-1], whole=False)
        except OSError:
            return Commits(head, whole=False)
        return Commits(head, tuple(_records(done.stdout)), whole=done.returncode == 0)


def _remote(git: GitFolder) -> bool:
    """Whether the folders of older commits lie elsewhere, so that git would go and fetch them."""
    return setting([git.config], "remote.origin.partialclonefilter").startswith("tree")


def _records(log: bytes) -> Iterator[Commit]:
    starts = list(re.finditer(_START, log))
    ends = [after.start() for after in starts[1:]] + [len(log)]
    for here, end in zip(starts, ends, strict=False):
        body = log[here.end() : end]
        message, _, rest = body.partition(b"\0")
        names = rest.lstrip(b"\0").removeprefix(b"\n").split(b"\0")
        yield Commit(
            here[1].decode(),
            int(here[2]),
            message.decode("utf-8", "replace").strip(),
            tuple(name.decode("utf-8", "surrogateescape") for name in names if name),
        )

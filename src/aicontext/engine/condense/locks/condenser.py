"""Shows lock files a package a line, without checksums and download addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.condense.locks.tree import Node, read
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.detect.numbering import numbered, without_number
from aicontext.engine.prioritize.bm25 import scores

FEWEST = 3
"""Packages from which on a text is their list."""
USUAL = 0.5
"""Share of the packages from which on what they have in common is told once."""
EDGE = 0.01
"""Worth of a package that the query does not ask for."""
NAMED = 2.0
"""Further worth of a package that the query names: others that need it only name it too."""
_HEAD = 200
_WORD = re.compile(r"[@\w][\w./-]*[\w]")
_SEALS = {"checksum", "integrity", "hash", "hashes", "shasum", "files", "wheels", "sdist"}
_NEEDS = ("dependencies", "requires")
_VERSIONED = ("version", "resolution", "resolved", "checksum", "integrity")
_DOWNLOADED = re.compile(r"https?://\S+/-/\S+\Z")
_INTEGRITY = re.compile(r"integrity [\w+/-]+=*(?:, )?")


@dataclass(frozen=True, slots=True)
class LockCondenser:
    """Keeps every package with its version, what it needs, and all that is said of it but seals."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """A package a line; what most have in common is told once."""
        head, rows = _rows(text)
        if not rows:
            return None
        shown = "\n".join([head, *rows] if head else rows)
        if count(shown) >= count(text):
            return None
        why = "packages with version and needs; checksums and download addresses left out"
        return Rendition(Level.CONDENSED, shown, why)

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The packages that the query is about and those that need them."""
        rows = [f"{row}\n" for row in _rows(text)[1]]
        found = scores(ask.query, rows) if ask.query.strip() else [0.0] * len(rows)
        most = max(found, default=0.0) or 1.0
        asked = set(_WORD.findall(ask.query))
        worth = [
            EDGE + score / most + NAMED * (_name(row) in asked)
            for score, row in zip(found, rows, strict=True)
        ]
        why = "the packages that the query is about"
        return excerpt_by_worth(rows, worth, budget, count, why=why) if rows else None


CONDENSER = LockCondenser()


def _name(row: str) -> str:
    """The package's name, without the folder it lies in and the version it is wanted in."""
    name = row.strip().partition(" ")[0].rpartition("node_modules/")[2].rstrip(",:")
    return name[:1] + name[1:].partition("@")[0]


def _rows(text: str) -> tuple[str, list[str]]:
    """(a mark for what is left out, the lock file's rows); none where the text is no lock file."""
    lines = plain_lines(text)
    if numbered([lines[:_HEAD]]):
        lines = [without_number(line) for line in lines]
    tree = read(lines)
    packages = list(_packages(tree))
    if len(packages) < FEWEST:
        return "", []
    layout = _Layout.of(packages)
    rows = [row for node in tree for row in layout.rows(node, 0)]
    note = f": unless shown, {', '.join(' '.join(pair) for pair in layout.usual.items())}"
    head = f"checksums and download addresses{note if layout.usual else ''}"
    return Marks.of(text).gap(layout.sealed, head) if layout.sealed else "", rows


def _packages(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if _is_package(node):
            yield node
        waiting.extend(reversed(node.under))


def _is_package(node: Node) -> bool:
    return any(child.key in _VERSIONED or _is_seal(child) for child in node.under)


def _is_seal(node: Node) -> bool:
    """Whether it only tells how the download is checked, or where a registry keeps it."""
    if node.key in _SEALS:
        return True
    if node.key == "resolved":
        return _DOWNLOADED.match(node.value) is not None
    return node.key == "resolution" and not _INTEGRITY.sub("", node.value)


@dataclass(slots=True)
class _Layout:
    """usual: key and value of what most packages have. sealed: seals left out so far."""

    usual: dict[str, str]
    sealed: int = 0

    @classmethod
    def of(cls, packages: Sequence[Node]) -> _Layout:
        told = Counter(
            (leaf.key, leaf.value)
            for node in packages
            for leaf in node.under
            if leaf.value
            and not leaf.under
            and leaf.key not in ("name", "version")
            and not _is_seal(leaf)
        )
        return cls({k: v for (k, v), times in told.items() if times > USUAL * len(packages)})

    def rows(self, node: Node, depth: int) -> Iterator[str]:
        """The row of a node, and of those under it that have rows of their own."""
        if _is_seal(node):
            self.sealed += max(1, len(node.under))
            return
        indent = " " * depth
        if not _is_package(node):
            yield f"{indent}{node.key}{': ' + node.value if node.value else ''}"
            for child in node.under:
                yield from self.rows(child, depth + 1)
            return
        below = [child for child in node.under if any(map(_is_package, child.under))]
        yield indent + self._package([child for child in node.under if child not in below], node)
        for child in below:
            yield from self.rows(child, depth + 1)

    def _package(self, fields: Sequence[Node], node: Node) -> str:
        name = node.get("name") if node.key == "package" else node.key
        said, needs, groups = [f"{name} {node.get('version')}".strip()], "", list[str]()
        for one in fields:
            if _is_seal(one):
                self.sealed += max(1, len(one.under))
            elif one.under:
                items = ", ".join(f"{item.key} {item.value}".strip() for item in one.under)
                if one.key in _NEEDS:
                    needs = f": {items}"
                else:
                    groups.append(f"; {one.key} {items}")
            elif one.key == "version" or (one.key == "name" and node.key == "package"):
                continue
            elif self.usual.get(one.key) != one.value:
                said.append(one.key if one.value == "true" else f"{one.key} {one.value}".strip())
        own = {one.key for one in fields}
        said += [f"no {key}" for key in self.usual if key not in own]
        return f"{', '.join(said)}{needs}{''.join(groups)}"

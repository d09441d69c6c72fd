"""Check the limits of size and shape that ARCHITECTURE.md sets; exceptions stand in limits.toml."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FUNCTION_LINES, FILE_LINES, FOLDER_FILES, CLASS_METHODS = 60, 600, 12, 25
SAYS_NOTHING = {"utils", "util", "helpers", "common", "misc", "manager", "legacy"}


def findings(root: Path) -> Iterator[tuple[str, str]]:
    """(place, what is wrong) for every limit passed under `root`."""
    for folder in (root, *(p for p in root.rglob("*") if p.is_dir() and p.name != "__pycache__")):
        files = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        if len(files) > FOLDER_FILES:
            yield _place(folder), f"{len(files)} files, {FOLDER_FILES} at most"
    for path in root.rglob("*.py"):
        if path.stem in SAYS_NOTHING or path.stem.endswith(("_v2", "_v3", "_old", "_new")):
            yield _place(path), "a name that says nothing"
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > FILE_LINES:
            yield _place(path), f"{lines} lines, {FILE_LINES} at most"
        yield from _shapes(path, ast.parse(text))


def _shapes(path: Path, tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > FUNCTION_LINES:
                yield f"{_place(path)}:{node.name}", f"{size} lines, {FUNCTION_LINES} at most"
            if (count := len(node.args.args + node.args.posonlyargs)) > 5:
                yield f"{_place(path)}:{node.name}", f"{count} positional arguments, 5 at most"
        if isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            if len(methods) > CLASS_METHODS:
                yield f"{_place(path)}:{node.name}", f"{len(methods)} methods"


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    allowed = tomllib.loads((ROOT / "tools/limits.toml").read_text(encoding="utf-8"))["allowed"]
    found = dict(findings(ROOT / "src/aicontext"))
    for place, what in found.items():
        if place not in allowed:
            print(f"{place}: {what}")
    for place in allowed.keys() - found.keys():
        print(f"{place}: is within the limits now; take it off tools/limits.toml")
    return int(found.keys() != allowed.keys())


if __name__ == "__main__":
    sys.exit(main())

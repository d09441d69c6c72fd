"""The checker of sizes finds what it should."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("sizes", ROOT / "tools/sizes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("long.py", "\n" * 601, "601 lines"),
        ("utils.py", "", "says nothing"),
        ("deep.py", "def f():\n" + "    x = 1\n" * 60, "61 lines"),
        ("wide.py", "def f(a, b, c, d, e, g): ...\n", "6 positional"),
        ("fine.py", "def f(a): ...\n", ""),
    ],
)
def test_each_limit_is_checked(sizes, tmp_path: Path, name: str, text: str, complaint: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / name).write_text(text)
    found = " ".join(what for _, what in sizes.findings(tmp_path))
    assert complaint in found if complaint else not found

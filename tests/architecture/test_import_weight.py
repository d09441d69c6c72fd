"""What `import aicontext` and `aicontext --help` load, and what the public face offers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import aicontext

HEAVY = ("sqlite3", "tree_sitter", "aicontext.engine", "aicontext.services", "asyncio", "socket")


def _modules(code: str) -> list[str]:
    code += "\nimport sys; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_import_loads_at_most_300_modules() -> None:
    assert len(_modules("import aicontext")) <= 300


def test_help_loads_none_of_the_engine() -> None:
    code = (
        "import contextlib, io, aicontext.entrypoints.cli.app as app\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    app.main(['--help'], standalone_mode=False)"
    )
    loaded = _modules(code)
    assert not [name for name in loaded if name.startswith(HEAVY)]


def test_an_index_that_is_up_to_date_loads_nothing_of_what_makes_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(): ...\n")
    code = (
        "import os, sys, aicontext.entrypoints.cli.app as app\n"
        f"os.environ['AICONTEXT_HOME'] = {os.fspath(tmp_path / 'home')!r}\n"
        f"app.main(['index', {os.fspath(tmp_path)!r}], standalone_mode=False)"
    )
    rest = {"aicontext.engine.prioritize.index.scan", "hashlib"}
    assert rest <= set(_modules(code))
    time.sleep(0.1)
    _modules(code)
    loaded = _modules(code)
    assert "none read" in loaded[0]
    assert not {*rest, "subprocess", "json", "asyncio"} & set(loaded)


def test_no_optional_engine_is_loaded_unless_it_is_used(tmp_path: Path) -> None:
    code = (
        "import os, aicontext\n"
        f"os.environ['AICONTEXT_HOME'] = {os.fspath(tmp_path)!r}\n"
        "aicontext.optimize('a text')\n"
    )
    engines = {"numpy", "qdrant_edge", "sqlalchemy", "tokenizers"}
    assert not engines & set(_modules(code))
    found = set(_modules(code + "aicontext.similar('a text')"))
    assert engines & found == {"numpy", "tokenizers"}


def test_the_public_face_is_small_complete_and_sorted() -> None:
    assert len(aicontext.__all__) <= 15
    assert list(aicontext.__all__) == sorted(aicontext.__all__)
    assert all(getattr(aicontext, name) is not None for name in aicontext.__all__)
    assert set(dir(aicontext)) == set(aicontext.__all__)

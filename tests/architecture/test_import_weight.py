"""`import aicontext` stays light."""

import subprocess
import sys


def test_import_loads_at_most_300_modules() -> None:
    code = "import sys, aicontext; print(len(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(out.stdout) <= 300

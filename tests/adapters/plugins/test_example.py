"""The example's package, installed as its users would, and found."""

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "plugin"
USE = """
import json, sys
from aicontext import integrations

tools = integrations.service()
log = open(sys.argv[1]).read()
request = {"engine": "gpt-4o", "lines": [["user", "Why does it fail?"], ["tool", log]]}
done = tools.optimize_for_tool("scribe", request)
print(json.dumps([done.optimization.reduction_percentage, done.request, tools.tool_ui("scribe")]))
"""


def test_an_installed_package_adds_its_tool(tmp_path: Path) -> None:
    place, log = tmp_path / "packages", tmp_path / "test.log"
    words = ["install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    command = [sys.executable, "-m", "pip", *words, str(place), str(EXAMPLE)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    turns = json.loads((EXAMPLE.parent / "session.json").read_text())["messages"]
    log.write_text(turns[2]["content"][0]["content"])
    told = {"PYTHONPATH": str(place), "AICONTEXT_HOME": str(tmp_path / "home")}

    def run(*words: str) -> object:
        done = subprocess.run(
            [sys.executable, *words], env=os.environ | told, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (one,) = run("-m", "aicontext", "plugins", "--check", "--json")["plugins"]  # type: ignore[index]
    assert (one["name"], one["origin"], one["why"]) == ("scribe", "aicontext-scribe", "")
    assert "track_usage" in one["verbs"]
    reduced, request, ui = run("-c", USE, str(log))  # type: ignore[misc]
    assert reduced > 50
    assert request["engine"] == "gpt-4o"
    assert "FAILED" in request["lines"][1][1]
    assert ui["badge"].endswith("tokens saved")

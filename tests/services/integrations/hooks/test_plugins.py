"""Our plugins inside tools, in a JavaScript engine, each handed an output in its tool's form."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aicontext.domain.tools import Via
from aicontext.services.integrations.catalog import index

LONG = "x" * 500
WORKS = """printf '{"output": "short"}' #"""
FAILS = "exit 1 #"
PI = """
const calls = {}
plugin({ on: (event, call) => { calls[event] = call } })
const given = { toolCallId: "c", toolName: "bash", content: [{ type: "text", text: LONG }] }
show((await calls.tool_result(given, {})).content[0].text)
"""
CLINE = """
const given = (output, isError) => ({
  snapshot: {}, toolCall: { toolCallId: "c", toolName: "t" }, result: { output, isError },
})
const said = async (output) => (await plugin.hooks.afterTool(given(output))).result.output
const failed = { query: "b", result: LONG, success: false }
const [first, second] = await said([{ query: "a", result: LONG }, failed])
if (second.result !== LONG || await plugin.hooks.afterTool(given(LONG, true))) throw "changed"
if (await said(LONG) !== first.result || first.query !== "a") throw "by form"
show(first.result)
"""


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
@pytest.mark.parametrize(("tool", "asks"), [("pi", PI), ("cline-cli", CLINE)], ids=["pi", "cline"])
@pytest.mark.parametrize(("hook", "shown"), [(WORKS, "short"), (FAILS, LONG)], ids=["ok", "fails"])
def test_what_the_hook_answers_stands_for_the_output_and_nothing_else_does(
    tool: str, asks: str, hook: str, shown: str, tmp_path: Path
) -> None:
    ways = index.load().tool(tool).connections
    text: Any = next(one.fragment for one in ways if one.via is Via.HOOKS)
    (tmp_path / "plugin.mjs").write_text(text.replace("{hook}", hook).replace("{tool}", tool))
    start = f"import plugin from './plugin.mjs'\nconst LONG = {json.dumps(LONG)}\n"
    start += "const show = (text) => process.stdout.write(text)\n"
    (tmp_path / "ask.mjs").write_text(start + asks)
    done = subprocess.run(
        ["node", "ask.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (shown, "")

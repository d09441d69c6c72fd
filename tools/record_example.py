"""Record examples/session.json: a coding agent's session over examples/shop, from real commands.

    python tools/record_example.py

The agent's words are written here; every tool output is what the command printed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
TASK = (
    "The checkout test fails since yesterday. Find out why and fix it. Keep the public functions "
    "of shop.cart as they are, do not touch shop/tax.py, and the rounding rule (half to even per "
    "line) must stay: the tax office checks it."
)
BUG = "tax_on(line.net(), self.country, line.product.tax_class)"
FIX = "tax_on(self._discounted(line.net()), self.country, line.product.tax_class)"
TESTS = f"{sys.executable} -m pytest -v -p no:cacheprovider -c /dev/null --rootdir . tests"
AUTHOR = "-c user.name=ada -c user.email=ada@shop.example"
ORDERS = """
import json
from datetime import datetime, timedelta
rows = []
for i in range(160):
    net = 990 + (i * 7919) % 14000
    status = "failed" if i == 97 else ("shipped" if i % 3 else "paid")
    error = "tax 190 != 171: discount of 10 % not applied before tax" if i == 97 else None
    rows.append({"id": f"o-{1001 + i}", "placed_at": (datetime(2026, 11, 20, 8) +
        timedelta(minutes=3 * i)).isoformat() + "Z", "customer": {"id": 500 + (i * 37) % 90,
        "country": ["DE", "FR", "AT", "NL"][i % 4]}, "status": status, "currency": "EUR",
        "net_cents": net, "discount_percent": 10 if i % 9 == 7 else 0,
        "url": f"https://shop.example/api/orders/o-{1001 + i}", "error": error})
print(json.dumps(rows))
"""
STEPS: list[tuple[str, str, dict[str, str]]] = [
    ("I'll run the tests first.", "Bash", {"command": "pytest -v tests"}),
    ("Two failures, both about tax. Where is tax computed?", "Grep", {"pattern": "tax|discount"}),
    ("The cart computes it; let me read that file.", "Read", {"file_path": "shop/cart.py"}),
    ("And the tax module, which must not change.", "Read", {"file_path": "shop/tax.py"}),
    ("Did this reach real orders?", "Bash", {"command": "curl -s https://shop.example/api/orders"}),
    (
        "Order o-1098 shows it: tax is taken before the discount. I'll fix Cart.tax.",
        "Edit",
        {"file_path": "shop/cart.py", "old_string": BUG, "new_string": FIX},
    ),
    ("Check the file after the edit.", "Read", {"file_path": "shop/cart.py"}),
    ("Run everything again.", "Bash", {"command": "pytest -v tests"}),
    ("All pass. The change in full:", "Bash", {"command": "git diff"}),
    ("And nothing else was touched:", "Bash", {"command": "ls -la shop tests"}),
]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name, "shop")
        shutil.copytree(EXAMPLES / "shop", tree, ignore=shutil.ignore_patterns("__pycache__"))
        _run(
            tree, "git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm a"
        )
        messages = [{"role": "user", "content": TASK}]
        for number, (words, tool, arguments) in enumerate(STEPS):
            call = {"type": "tool_use", "id": f"toolu_{number:02d}", "name": tool}
            said = {"type": "text", "text": words}
            result = {"type": "tool_result", "tool_use_id": call["id"]}
            result["content"] = _result(tree, tool, arguments)
            messages.append({"role": "assistant", "content": [said, call | {"input": arguments}]})
            messages.append({"role": "user", "content": [result]})
    messages.append({"role": "user", "content": "Why did the checkout test fail, in one sentence?"})
    session = {"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": messages}
    text = json.dumps(session, indent=1, ensure_ascii=False) + "\n"
    (EXAMPLES / "session.json").write_text(text, encoding="utf-8")


def _result(tree: Path, tool: str, arguments: dict[str, str]) -> str:
    if tool == "Read":
        lines = (tree / arguments["file_path"]).read_text().splitlines()
        return "\n".join(f"{number:6d}\t{line}" for number, line in enumerate(lines, 1))
    if tool == "Edit":
        path = tree / arguments["file_path"]
        path.write_text(path.read_text().replace(arguments["old_string"], arguments["new_string"]))
        return f"The file {arguments['file_path']} has been updated."
    if tool == "Grep":
        return _run(tree, f"grep -rnE '{arguments['pattern']}' shop tests")
    command = arguments["command"]
    if command.startswith("pytest"):
        return _run(tree, TESTS)
    if command.startswith("curl"):
        return _run(tree, f"{sys.executable} -c '{ORDERS}'")
    return _run(tree, command)


def _run(tree: Path, command: str) -> str:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, shell=True, cwd=tree, env=environment, text=True, capture_output=True
    )
    printed = (done.stdout + done.stderr).replace(sys.executable, "/usr/bin/python3")
    return printed.replace(str(tree.parent), "/home/ada").rstrip("\n")


if __name__ == "__main__":
    main()

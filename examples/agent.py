"""An agent that works through examples/session.json: one call for each of its turns."""

import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SESSION = json.loads(Path(__file__).with_name("session.json").read_text())
TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("Bash", "Read", "Grep")]
HEADERS = {
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    "x-api-key": "none",
    "user-agent": "claude-cli/2.1 (example)",
    "x-claude-code-session-id": "example-session",
}

sent = 0
for turn, message in enumerate(SESSION["messages"], 1):
    if message["role"] == "user":
        body = {**SESSION, "tools": TOOLS, "messages": SESSION["messages"][:turn]}
        body["cache_control"] = {"type": "ephemeral"}
        url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
        try:
            with urlopen(Request(url, json.dumps(body).encode(), HEADERS)) as answer:
                json.load(answer)
        except HTTPError as error:
            sys.exit(f"{error}: {json.load(error)['error']['message']}")
        sent += 1
print(f"The agent made {sent} calls.")

"""Write examples/session.json down as Claude Code would have, yesterday, in a folder of its own.

python3 examples/transcript.py FOLDER
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

SESSION = json.loads(Path(__file__).with_name("session.json").read_text())
NAME = "example-session"
START = time.time() - 86_400

lines: list[str] = []
tools, given, cached = 12_000, 0, 0
for at, message in enumerate(SESSION["messages"]):
    tokens = len(json.dumps(message["content"])) // 4
    about = {"role": message["role"], "content": message["content"]}
    if message["role"] == "assistant":
        written = tools + given - cached
        usage = {
            "input_tokens": 4,
            "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": written,
            "output_tokens": tokens,
        }
        about |= {"id": f"msg_{at}", "model": SESSION["model"], "usage": usage}
        cached += written
    given += tokens
    line = {
        "type": message["role"],
        "uuid": f"line-{at}",
        "sessionId": NAME,
        "cwd": "/home/you/shop",
        "timestamp": datetime.fromtimestamp(START + 40 * at, UTC).isoformat(),
        "requestId": f"req_{at}",
        "message": about,
    }
    lines.append(json.dumps(line))

path = Path(sys.argv[1]) / "projects" / "-home-you-shop" / f"{NAME}.jsonl"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("\n".join(lines) + "\n")
print(f"A session of {len(lines)} lines.")

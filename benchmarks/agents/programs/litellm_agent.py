"""A loop over LiteLLM with a shell."""

import json
import subprocess
import sys

from litellm import completion

TOOL = {
    "type": "function",
    "function": {
        "name": "bash",
        "description": "Runs a command and returns what it prints.",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    },
}
talk = [{"role": "user", "content": sys.argv[1]}]
while True:
    said = completion(model="anthropic/claude-sonnet-4-5", messages=talk, tools=[TOOL])
    message = said.choices[0].message
    talk.append(message.model_dump())
    if not message.tool_calls:
        break
    for call in message.tool_calls:
        command = json.loads(call.function.arguments)["command"]
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        talk.append({"role": "tool", "tool_call_id": call.id, "content": done.stdout})
print(talk[-1]["content"])

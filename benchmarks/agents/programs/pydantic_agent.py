"""An agent of Pydantic AI with a shell."""

import subprocess
import sys

from pydantic_ai import Agent

agent = Agent("anthropic:claude-sonnet-4-5")


@agent.tool_plain
def bash(command: str) -> str:
    """Runs a command and returns what it prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout


print(agent.run_sync(sys.argv[1]).output)

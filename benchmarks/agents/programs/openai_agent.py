"""An agent of the OpenAI Agents SDK with a shell."""

import subprocess
import sys

from agents import Agent, Runner, function_tool


@function_tool
def bash(command: str) -> str:
    """Runs a command and returns what it prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout


agent = Agent(name="Fixer", model="gpt-5.2", tools=[bash])
print(Runner.run_sync(agent, sys.argv[1]).final_output)

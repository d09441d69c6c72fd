"""An agent of LlamaIndex with a shell."""

import asyncio
import subprocess
import sys

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI


def bash(command: str) -> str:
    """Runs a command and returns what it prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout


async def main() -> None:
    agent = FunctionAgent(tools=[bash], llm=OpenAI(model="gpt-4.1"), streaming=False)
    print(await agent.run(sys.argv[1]))


asyncio.run(main())

"""An agent of the Claude Agent SDK."""

import asyncio
import sys

from claude_agent_sdk import ClaudeAgentOptions, query


async def main() -> None:
    options = ClaudeAgentOptions(
        model="claude-sonnet-4-5", allowed_tools=["Bash", "Read"], setting_sources=[]
    )
    async for message in query(prompt=sys.argv[1], options=options):
        last = message
    print(last.result)


asyncio.run(main())

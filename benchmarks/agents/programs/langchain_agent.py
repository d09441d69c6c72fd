"""An agent of LangChain with a shell."""

import subprocess
import sys

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model


def bash(command: str) -> str:
    """Runs a command and returns what it prints."""
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout


agent = create_agent(init_chat_model("gpt-5.2", model_provider="openai"), [bash])
print(agent.invoke({"messages": [("user", sys.argv[1])]})["messages"][-1].content)

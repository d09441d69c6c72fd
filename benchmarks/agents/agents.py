"""The agents: where they come from, how they are started, and what their tools are called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"
TASK = "The checkout test fails. Find out why."
LLM_BASH = """
import subprocess

def bash(command: str) -> str:
    "Runs a command and returns what it prints."
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout
"""
CLAUDE, GPT, GEMINI = "claude-sonnet-4-5", "gpt-5.2-codex", "gemini-3-pro-preview"
VIBE = """
active_model = "ours"
enable_telemetry = false
enable_update_checks = false
[[providers]]
name = "ours"
api_base = "@ADDRESS@/v1"
api_key_env_var = "KEY"
api_style = "openai"
backend = "generic"
[[models]]
name = "gpt-4o"
provider = "ours"
alias = "ours"
"""
HERMES = f"""
model:
  default: {GPT}
  provider: custom
  base_url: @ADDRESS@/v1
  api_key: k
"""
CONTINUE = f"""
name: Ours
version: 1.0.0
schema: v1
models:
  - name: Claude
    provider: anthropic
    model: {CLAUDE}
    apiKey: k
    apiBase: @ADDRESS@/v1
    roles: [chat]
    capabilities: [tool_use]
"""
OPENHANDS = {"security_risk": "LOW", "summary": "Look"}
CLINE = f"""
cline auth -p openai -k k -m {GPT} -b "$OPENAI_BASE_URL"
cline -P openai -m {GPT} --json "$1"; status=$?
cline hub stop; exit $status
"""
"""Its service for all sessions would stay."""
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Agent:
    """package: on npm, or on PyPI where `python` is set. version: the one that was tried. beside:
    packages that it needs, as the installer takes them.
    command: its words, the first one a program of the package. shell, reader: its calls of tools
    for a command and for a file. environment: what it reads; {home} stands for the folder of its
    settings, {provider} for the provider's address. files: in that folder, by name; @ADDRESS@
    stands for the proxy's address in the form for Anthropic. last: a command that the agent takes
    for the end. interpreter: of Python, where the package needs a newer one than ours. chats: it
    has no tools; what its commands print are words of its user, which stay.
    """

    name: str
    package: str
    version: str
    command: tuple[str, ...]
    shell: Callable[[str], Call]
    reader: Callable[[Path], Call] | None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    python: bool = False
    last: str = ""
    beside: tuple[str, ...] = ()
    interpreter: str = ""
    chats: bool = False

    @property
    def key(self) -> str:
        """Its name in commands: its program's, or its package's where that is an interpreter."""
        first = self.command[0]
        return self.package if first in ("python", "node", "sh") else first


def _bash(command: str) -> Call:
    return "bash", {"command": command}


def _library(name: str, package: str, version: str, program: str, **given: Any) -> Agent:
    """An agent made of a library, by one of our programs."""
    return Agent(
        name=name,
        package=package,
        version=version,
        command=("python", str(PROGRAMS / program), TASK),
        python=True,
        **{"shell": _bash, "reader": None, "environment": {"OPENAI_API_KEY": "k"}, **given},
    )


def _pi() -> str:
    return json.dumps({"providers": {"anthropic": {"baseUrl": "@ADDRESS@", "apiKey": "k"}}})


AGENTS = (
    Agent(
        name="Claude Code",
        package="@anthropic-ai/claude-code",
        version="2.1.332",
        command=("claude", "-p", TASK, "--model", CLAUDE, "--allowedTools", "Bash,Read"),
        shell=lambda command: ("Bash", {"command": command, "description": "Run it"}),
        reader=lambda path: ("Read", {"file_path": str(path)}),
        environment={
            "ANTHROPIC_API_KEY": "k",
            "CLAUDE_CONFIG_DIR": "{home}",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
    ),
    Agent(
        name="Codex CLI",
        package="@openai/codex",
        version="0.171.0",
        command=(
            *("codex", "exec", "--skip-git-repo-check", "-m", GPT),
            *("--dangerously-bypass-approvals-and-sandbox", TASK),
        ),
        shell=lambda command: ("exec_command", {"cmd": command}),
        reader=None,
        environment={"CODEX_API_KEY": "k", "CODEX_HOME": "{home}"},
    ),
    Agent(
        name="Gemini CLI",
        package="@google/gemini-cli",
        version="0.61.0",
        command=("gemini", "-p", TASK, "--yolo", "-m", GEMINI),
        shell=lambda command: ("run_shell_command", {"command": command}),
        reader=lambda path: ("read_file", {"file_path": str(path)}),
        environment={"GEMINI_API_KEY": "k", "GEMINI_CLI_TRUST_WORKSPACE": "true"},
        files={
            ".gemini/settings.json": json.dumps(
                {
                    "security": {"auth": {"selectedType": "gemini-api-key"}},
                    "privacy": {"usageStatisticsEnabled": False},
                }
            )
        },
    ),
    Agent(
        name="Qwen Code",
        package="@qwen-code/qwen-code",
        version="0.15.10",
        command=("qwen", "-p", TASK, "--yolo", "--auth-type", "openai"),
        shell=lambda command: ("run_shell_command", {"command": command, "is_background": False}),
        reader=lambda path: ("read_file", {"file_path": str(path)}),
        environment={
            "OPENAI_API_KEY": "k",
            "OPENAI_MODEL": GPT,
            # It asks a web proxy for every address, NO_PROXY or not.
            "HTTPS_PROXY": "",
            "https_proxy": "",
        },
    ),
    Agent(
        name="OpenCode",
        package="opencode-ai",
        version="1.18.33",
        command=(
            "opencode",
            "run",
            "--pure",
            "--print-logs",
            "--model",
            f"anthropic/{CLAUDE}",
            TASK,
        ),
        shell=lambda command: ("bash", {"command": command, "description": "Run it"}),
        reader=lambda path: ("read", {"filePath": str(path)}),
        environment={
            "ANTHROPIC_API_KEY": "k",
            "OPENCODE_DISABLE_MODELS_FETCH": "true",
        },
    ),
    Agent(
        name="Pi",
        package="@mariozechner/pi-coding-agent",
        version="0.73.1",
        command=("pi", "--offline", "--provider", "anthropic", "--model", CLAUDE, "-p", TASK),
        shell=lambda command: ("bash", {"command": command}),
        reader=lambda path: ("read", {"path": str(path)}),
        environment={"PI_CODING_AGENT_DIR": "{home}"},
        files={"models.json": _pi()},
    ),
    Agent(
        name="Copilot CLI",
        package="@github/copilot",
        version="1.0.102",
        command=("copilot", "-p", TASK, "--allow-all-tools", "--model", CLAUDE),
        shell=lambda command: ("bash", {"command": command, "description": "Run it"}),
        reader=lambda path: ("view", {"path": str(path)}),
        environment={
            "COPILOT_PROVIDER_BASE_URL": "{provider}",
            "COPILOT_PROVIDER_TYPE": "anthropic",
            "COPILOT_PROVIDER_API_KEY": "k",
            "COPILOT_OFFLINE": "true",
        },
    ),
    Agent(
        name="Cline CLI",
        package="cline",
        version="3.0.65",
        command=("sh", "-c", CLINE, "sh", TASK),
        shell=lambda command: ("run_commands", {"commands": [command]}),
        reader=lambda path: ("read_files", {"files": [{"path": str(path)}]}),
        environment={"CLINE_TELEMETRY_DISABLED": "1"},
    ),
    Agent(
        name="OpenHands",
        package="openhands",
        version="1.16.0",
        command=("openhands", "--headless", "--override-with-envs", "-t", TASK),
        shell=lambda command: ("terminal", {"command": command, **OPENHANDS}),
        reader=lambda path: ("file_editor", {"command": "view", "path": str(path), **OPENHANDS}),
        environment={
            "LLM_API_KEY": "k",
            "LLM_MODEL": f"anthropic/{CLAUDE}",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENHANDS_SUPPRESS_BANNER": "1",
        },
        python=True,
        interpreter="python3.12",
    ),
    Agent(
        name="Mistral Vibe",
        package="mistral-vibe",
        version="3.0.2",
        command=("vibe", "-p", TASK, "--auto-approve", "--trust"),
        shell=lambda command: ("bash", {"command": command}),
        reader=None,
        environment={"KEY": "k", "VIBE_HOME": "{home}"},
        files={"config.toml": VIBE},
        python=True,
        interpreter="python3.12",
    ),
    Agent(
        name="Hermes Agent",
        package="hermes-agent",
        version="0.19.0",
        command=("hermes", "chat", "-q", TASK, "--yolo", "-Q", "-m", GPT),
        shell=lambda command: ("terminal", {"command": command}),
        reader=lambda path: ("read_file", {"path": str(path)}),
        files={".hermes/config.yaml": HERMES},
        python=True,
    ),
    Agent(
        name="Continue CLI",
        package="@continuedev/cli",
        version="1.5.47",
        command=("sh", "-c", 'cn -p "$1" --auto --config "$HOME/cn.yaml"', "sh", TASK),
        shell=lambda command: ("Bash", {"command": command}),
        reader=lambda path: ("Read", {"filepath": str(path)}),
        environment={"CONTINUE_TELEMETRY_ENABLED": "0"},
        files={"cn.yaml": CONTINUE},
    ),
    Agent(
        name="aider",
        package="aider-chat",
        version="0.86.2",
        command=(
            *("aider", "--model", "openai/gpt-4o", "--weak-model", "openai/gpt-4o-mini"),
            *("--no-git", "--yes-always", "--edit-format", "whole", "--no-check-update"),
            *("--analytics-disable", "--no-show-model-warnings", "--no-show-release-notes"),
            *("--max-chat-history-tokens", "100000", "--auto-test"),
            *("--test-cmd", "sh test.sh; exit 1", "--message", TASK, "notes.txt", "shop/cart.py"),
        ),
        shell=_bash,
        reader=None,
        environment={"OPENAI_API_KEY": "k", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        python=True,
        chats=True,
    ),
    Agent(
        name="mini-SWE-agent",
        package="mini-swe-agent",
        version="2.4.6",
        command=("mini", "-y", "--exit-immediately", "-m", f"openai/{GPT}", "-t", TASK),
        shell=lambda command: ("bash", {"command": command}),
        reader=None,
        environment={
            "OPENAI_API_KEY": "k",
            "MSWEA_CONFIGURED": "true",
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_GLOBAL_CONFIG_DIR": "{home}",
        },
        python=True,
        last="echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT",
    ),
    _library(
        "LangChain",
        "langchain",
        "1.5.2",
        "langchain_agent.py",
        beside=("langchain-openai==1.7.4",),
    ),
    _library(
        "LlamaIndex",
        "llama-index-llms-openai",
        "0.8.3",
        "llama_index_agent.py",
    ),
    _library(
        "LiteLLM",
        "litellm",
        "1.110.2",
        "litellm_agent.py",
        environment={"ANTHROPIC_API_KEY": "k", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ),
    _library(
        "Pydantic AI",
        "pydantic-ai-slim",
        "2.68.0",
        "pydantic_agent.py",
        beside=("anthropic==2.14.0",),
        environment={"ANTHROPIC_API_KEY": "k"},
    ),
    _library(
        "OpenAI Agents SDK",
        "openai-agents",
        "0.24.0",
        "openai_agent.py",
        environment={"OPENAI_API_KEY": "k", "OPENAI_AGENTS_DISABLE_TRACING": "1"},
    ),
    _library(
        "Claude Agent SDK",
        "claude-agent-sdk",
        "0.2.189",
        "claude_agent.py",
        shell=lambda command: ("Bash", {"command": command, "description": "Run it"}),
        reader=lambda path: ("Read", {"file_path": str(path)}),
        environment={
            "ANTHROPIC_API_KEY": "k",
            "CLAUDE_CONFIG_DIR": "{home}",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        },
    ),
    Agent(
        name="Vercel AI SDK",
        package="ai",
        version="7.0.173",
        command=("node", str(PROGRAMS / "ai_agent.mjs"), TASK),
        shell=_bash,
        reader=None,
        environment={"ANTHROPIC_API_KEY": "k", "PACKAGES": "{packages}"},
        beside=("@ai-sdk/anthropic@4",),
    ),
    Agent(
        name="llm",
        package="llm",
        version="0.36",
        command=("llm", "-m", "gpt-5", "--no-stream", "--functions", LLM_BASH, TASK),
        shell=_bash,
        reader=None,
        environment={"OPENAI_API_KEY": "k", "LLM_USER_PATH": "{home}"},
        python=True,
    ),
)

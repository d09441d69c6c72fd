"""The providers' protocols."""

from __future__ import annotations

from enum import StrEnum


class Wire(StrEnum):
    """A protocol between tools and models."""

    ANTHROPIC = "anthropic-messages"
    CHAT = "openai-chat"
    RESPONSES = "openai-responses"
    GEMINI = "gemini"
    OLLAMA = "ollama"

"""One line that lets a library's calls of models go out smaller, in its own process.

The requests are planned as the proxy plans them: with the cache ledger, so that what a provider may
hold cached is not changed unless that pays, and as they came where anything of ours fails. Each
library's adapter is a module of its own, which needs that library and nothing else.
"""

from __future__ import annotations

from aicontext.middleware.sdk import anthropic, openai

__all__ = ["anthropic", "openai"]

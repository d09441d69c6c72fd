"""Whether, and how, a client's model can fetch what was left out."""

from __future__ import annotations

import re

from aicontext.domain.requests import Caller

_SHELLS = re.compile(
    r"^(?:bash|shell|sh|terminal|powershell|local_shell|shell_command|unified_exec|exec|"
    r"exec_command|execute_command|execute_bash|run_command|run_shell_command|run_in_terminal|"
    r"run_terminal_cmd|run_terminal_command|developer__shell)$",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?:^|_)aicontext(?:__|_|$).*retrieve$|^retrieve_original$")


def reaches(tools: tuple[str, ...], caller: Caller) -> bool:
    """Whether the model has our own tool, or a shell on this machine, to fetch originals with."""
    if any(_OURS.search(name) for name in tools):
        return True
    return caller.local and any(_SHELLS.match(name) for name in tools)

"""How a client's model can fetch what was left out."""

from __future__ import annotations

import re
from enum import StrEnum

from aicontext.domain.requests import Caller

_SHELLS = re.compile(
    r"^(?:bash|shell|sh|terminal|powershell|local_shell|shell_command|unified_exec|exec|"
    r"exec_command|execute_command|execute_bash|run_command|run_shell_command|run_in_terminal|"
    r"run_terminal_cmd|run_terminal_command|developer__shell)$",
    re.IGNORECASE,
)
_READERS = re.compile(
    r"^(?:read|view|cat|open_file|fs_read|read_?files?|read_many_files|view_file|"
    r"read_text_file|str_replace_editor|str_replace_based_edit_tool|text_editor)$",
    re.IGNORECASE,
)
_OURS = re.compile(r"(?:^|_)aicontext(?:__|_|$).*retrieve$")


class Reach(StrEnum):
    """COMMAND: by `aicontext retrieve`, or our tool of that name. FILE: as a plain file."""

    COMMAND = "command"
    FILE = "file"
    NONE = "none"


def reach(tools: tuple[str, ...], caller: Caller, command: bool) -> Reach:
    """The best way for the model behind these tools. command: shells here know `aicontext`."""
    if any(_OURS.search(name) for name in tools):
        return Reach.COMMAND
    shell = any(_SHELLS.match(name) for name in tools)
    if caller.local and shell and command:
        return Reach.COMMAND
    if caller.local and (shell or any(_READERS.match(name) for name in tools)):
        return Reach.FILE
    return Reach.NONE

"""Long outputs that Claude Code puts into a file, and of which its model is shown the beginning.

Read from 2.1.332: above 30,000 characters a hook is handed these of them, and the path of the file
that holds all. What the hook puts in their place is shown as the preview, beside the path.
"""

from __future__ import annotations

from pathlib import PurePath

from aicontext.services.integrations.hooks.calls import HookCall

SHOWN = 2000
"""Bytes of a preview that are surely shown whole: it is cut after 2 KB."""

BUDGETS = (500, 350)
"""Tokens of a preview: the first, and where that is too many bytes the second."""


def persisted(call: HookCall) -> str:
    """The path of the file with the whole output; "" where there is none of the session's own.

    Other tools' outputs may be anybody's words, and so may a path in them.
    """
    said, output = call.said or {}, call.output
    if call.tool != "Bash" or not isinstance(output, dict):
        return ""
    path, transcript = output.get("persistedOutputPath"), said.get("transcript_path")
    if not isinstance(path, str) or not isinstance(transcript, str) or ".." in PurePath(path).parts:
        return ""
    within = PurePath(path).is_relative_to(PurePath(transcript).with_suffix(""))
    return path if within and isinstance(output.get("stdout"), str) else ""

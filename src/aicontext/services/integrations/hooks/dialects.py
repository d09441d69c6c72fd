"""How tools call their moments, and what of a tool's output may be put in its place.

Tools that are not listed in DIALECTS take no other output than their own: theirs is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.events import Moment

Path = tuple[str, ...]
"""Keys from the output down to a text; `*` is each element of a list."""

_SEPARATORS = re.compile(r"[^a-z]+")
_MOMENTS: Mapping[str, Moment] = {
    name: moment
    for moment, names in {
        Moment.SESSION_START: "sessionstart sessioncreated taskstart agentspawn setup",
        Moment.SESSION_END: "sessionend sessiondeleted sessionshutdown taskcomplete taskcancel",
        Moment.PROMPT: "userpromptsubmit userpromptsubmitted beforesubmitprompt beforeagent"
        " chatmessage userprompt",
        Moment.BEFORE_TOOL: "pretooluse beforetool pretool toolexecutebefore toolcall"
        " beforeshellexecution beforemcpexecution beforereadfile",
        Moment.AFTER_TOOL: "posttooluse aftertool posttool toolexecuteafter toolresult"
        " aftershellexecution aftermcpexecution",
        Moment.TOOL_FAILED: "posttoolusefailure erroroccurred",
        Moment.BEFORE_MODEL: "beforemodel preinvocation beforeproviderrequest chatparams",
        Moment.AFTER_MODEL: "aftermodel postinvocation afteragentresponse afteragentthought",
        Moment.BEFORE_COMPACTION: "precompact precompress sessionbeforecompact"
        " experimentalsessioncompacting",
        Moment.AFTER_COMPACTION: "postcompact postcompress sessioncompact sessioncompacted",
        Moment.SUBAGENT_START: "subagentstart",
        Moment.SUBAGENT_STOP: "subagentstop",
        Moment.STOP: "stop afteragent postagent postagentturn agentstop sessionidle",
        Moment.NOTIFICATION: "notification",
        Moment.FILE_CHANGED: "filechanged afterfileedit fileedited",
        Moment.STATUS_LINE: "statusline",
    }.items()
    for name in names.split()
}


def moment(event: str) -> Moment:
    """What a tool means by its event's name, in whatever case and with whatever between words."""
    return _MOMENTS.get(_SEPARATORS.sub("", event.lower()), Moment.OTHER)


class Answer(StrEnum):
    """How a tool is handed another output."""

    CLAUDE = "claude"
    """`hookSpecificOutput.updatedToolOutput`, in the shape of the tool's own; Claude Code ignores
    one of another shape."""

    DENY = "deny"
    """`decision` "deny": the text in `reason` then stands for the output."""

    COPILOT = "copilot"
    """`modifiedResult`, in the shape of the tool's own."""

    PLUGIN = "plugin"
    """`output`, to a plugin of ours inside the tool."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """answer: how the tool is handed another output. texts: by the name of the tool's own tool as
    a pattern, where in its output the texts are that a model reads and that no line numbers are
    added to afterwards. introduced: it takes a text at the start of a session."""

    answer: Answer
    texts: Mapping[str, tuple[Path, ...]]
    introduced: bool = False

    def paths(self, tool: str) -> tuple[Path, ...]:
        """Of the texts in an output of the tool's own tool of that name."""
        found = (paths for name, paths in self.texts.items() if re.fullmatch(name, tool))
        return next(found, ())


TOLD_AT_START = frozenset(("claude-code", "codex-cli", "gemini-cli", "qwen-code"))
"""Tools that take a text of a hook's at the start of a session, in Claude Code's form."""

_WHOLE: Path = ()
DIALECTS: Mapping[str, Dialect] = {
    "claude-code": Dialect(
        Answer.CLAUDE,
        {
            "Bash": (("stdout",),),
            "Grep": (("content",),),
            "WebFetch": (("result",),),
            "Task|Agent": (("content", "*", "text"),),
            "mcp__.*": (_WHOLE, ("*", "text"), ("content", "*", "text")),
        },
        introduced=True,
    ),
    "copilot-cli": Dialect(Answer.COPILOT, {".*": (("textResultForLlm",),)}),
    "mistral-vibe": Dialect(Answer.DENY, {".*": (_WHOLE,)}),
    "opencode": Dialect(Answer.PLUGIN, {".*": (_WHOLE,)}),
    "kilo-code": Dialect(Answer.PLUGIN, {".*": (_WHOLE,)}),
    "cline-cli": Dialect(Answer.PLUGIN, {".*": (_WHOLE,)}),
    "pi": Dialect(Answer.PLUGIN, {".*": (_WHOLE,)}),
}

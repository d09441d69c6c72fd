"""Compaction: a whole session as one shorter text that an agent can go on from, extractively."""

from aicontext.engine.compress.compact.compaction import Compaction, Share, compact
from aicontext.engine.compress.compact.layout import Frame
from aicontext.engine.compress.compact.summary import TASK, Summary, grounded

__all__ = ["TASK", "Compaction", "Frame", "Share", "Summary", "compact", "grounded"]

"""Compaction: a whole session as one shorter text that an agent can go on from, extractively."""

from aicontext.engine.compress.compact.compaction import Compaction, Share, compact

__all__ = ["Compaction", "Share", "compact"]

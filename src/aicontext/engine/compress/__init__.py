"""ConversationCompressor: whole sessions, made smaller without changing what was sent."""

"""The most useful part of a JSON document for a question, within a token budget."""

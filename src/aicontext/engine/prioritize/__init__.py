"""ContextPrioritizer: which parts of a text matter for a query."""

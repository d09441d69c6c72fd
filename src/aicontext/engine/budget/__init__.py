"""BudgetAllocator: which parts of a text to show within a hard number of tokens."""

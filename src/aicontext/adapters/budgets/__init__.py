"""What may yet be spent of budgets."""

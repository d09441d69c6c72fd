"""What may be spent: setting budgets, and holding calls to them."""

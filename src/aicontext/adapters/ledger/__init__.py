"""Where the cache ledger is kept."""

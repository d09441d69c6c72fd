"""The installation: its state, its services, its accounts."""

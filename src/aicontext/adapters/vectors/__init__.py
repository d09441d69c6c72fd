"""Vectors of tenants: in a SQLite file, with Qdrant's index beside it, and in PostgreSQL."""

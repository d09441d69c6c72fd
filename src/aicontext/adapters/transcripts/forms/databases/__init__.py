"""Forms of SQLite databases."""

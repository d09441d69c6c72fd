"""FileCondenser and the tool-output condensers: one module a kind, one protocol."""

"""Rules and MCP servers of one tool, for the others too."""

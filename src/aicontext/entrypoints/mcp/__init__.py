"""The MCP server: context for tools that ask for it."""

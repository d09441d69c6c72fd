"""The OAuth 2.0 authorization server over HTTP."""

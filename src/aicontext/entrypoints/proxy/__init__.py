"""The transparent proxy between AI tools and their providers. Needs the `proxy` extra."""

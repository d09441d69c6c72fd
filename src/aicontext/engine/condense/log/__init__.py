"""Build and service logs: errors, novelty, templates."""

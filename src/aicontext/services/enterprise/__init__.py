"""Enterprise management: what whoever runs the platform needs."""

"""How ports are met: one folder a port, one file a technology."""

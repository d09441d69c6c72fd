"""What the services ask of the world: Protocols, one file a port, named after what is kept."""

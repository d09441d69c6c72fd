"""What belongs to an organisation."""

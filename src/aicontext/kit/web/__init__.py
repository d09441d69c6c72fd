"""What servers of HTTP share."""

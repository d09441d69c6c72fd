"""Messages between the parts of the platform: logs in partitions, read by groups."""

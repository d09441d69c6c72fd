"""Messages: from outboxes to the bus, and from the bus to who handles them."""

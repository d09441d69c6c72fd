"""Messages that wait to be delivered, and those that came in; and how one is sent."""

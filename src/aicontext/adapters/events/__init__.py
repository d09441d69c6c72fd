"""Where usage events are kept."""

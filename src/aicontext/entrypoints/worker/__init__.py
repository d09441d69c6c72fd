"""What works beside the calls."""

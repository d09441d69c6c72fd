"""A provider that behaves and bills like the real ones, on this machine."""

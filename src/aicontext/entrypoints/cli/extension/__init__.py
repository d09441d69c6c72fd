"""Commands for what others add to the platform, and what it tells them."""

"""Commands over the sessions that tools wrote down."""

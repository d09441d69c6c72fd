"""What every request passes on its way to a route, outermost first: edge, hosts, callers, bodies,
repeats."""

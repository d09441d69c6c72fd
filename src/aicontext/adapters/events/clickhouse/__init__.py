"""Events in ClickHouse: a server, or the same engine in this process."""

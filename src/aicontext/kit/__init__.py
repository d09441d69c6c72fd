"""What knows no word of the domain: time, identifiers, circuit breakers."""

"""Commands over the calls that go through the proxy."""

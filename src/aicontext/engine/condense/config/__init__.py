"""Settings and markup: YAML, TOML, INI, XML, HTML."""

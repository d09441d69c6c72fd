"""The nouns of the product: frozen values without behaviour that needs I/O."""

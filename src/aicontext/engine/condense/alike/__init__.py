"""Lines that are alike: which they are, which of them look like trouble, and their count."""

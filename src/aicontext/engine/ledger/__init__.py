"""What a provider may hold cached, what a call therefore costs, and when rewriting pays."""

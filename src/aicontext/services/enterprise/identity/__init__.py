"""Who people and programs are, and by what they are known."""

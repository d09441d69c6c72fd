"""What a block holds, judged by its content."""

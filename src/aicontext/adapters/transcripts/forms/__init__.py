"""How each tool writes its sessions down."""

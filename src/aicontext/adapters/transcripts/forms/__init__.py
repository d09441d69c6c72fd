"""How each tool writes its sessions down, a file a form."""

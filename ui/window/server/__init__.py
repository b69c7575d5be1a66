"""What serves the window: the address, who may come in, what may be uploaded."""

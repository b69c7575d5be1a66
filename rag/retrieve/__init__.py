"""A question to passages, best first, and to the sentences of them that answer."""

"""Cases that a language model proposes, and a person reviews."""

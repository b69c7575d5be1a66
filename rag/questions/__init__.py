"""Questions that an article answers: made of its own sentences, and asked before they are shown."""

"""What was said: its types, where it is kept, how it leaves as text or a page."""

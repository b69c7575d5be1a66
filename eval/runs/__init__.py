"""A run: its cases asked, its rows on disk, what it was made with."""

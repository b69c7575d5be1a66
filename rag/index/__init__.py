"""Articles to chunks, catalog and vectors on disk, and back; one owner at a time."""

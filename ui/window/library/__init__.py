"""The tab in which articles are added, read and removed."""

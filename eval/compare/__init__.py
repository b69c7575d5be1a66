"""Two runs against each other, and a run against bounds."""

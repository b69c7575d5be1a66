"""Q&A sets: their cases, and where in an article each answer stands."""

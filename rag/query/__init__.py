"""What is asked: a question that stands alone, its kind, and what to search for."""

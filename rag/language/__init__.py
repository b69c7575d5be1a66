"""Text to sentences, words and facts: numbers, dates and names with their places."""

"""What an answer is worth, by a rule or by a judging model."""

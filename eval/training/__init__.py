"""Training of the reader that Ibid ships: public question sets to weights, and what they are worth."""

"""Training of the reader and of the decision: public question sets to the weights of Ibid."""

"""Evidence and a draft to the answer that is shown: the chain, the decision, the composition."""

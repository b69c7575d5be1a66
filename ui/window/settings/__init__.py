"""Settings that a person changes in the window, and the models that it still needs."""

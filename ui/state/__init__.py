"""What one process must not hold alone where others serve the same library: kept here or shared."""

"""A set asked again with one thing changed that should change nothing."""

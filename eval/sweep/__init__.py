"""A set asked under several settings: quality against seconds."""

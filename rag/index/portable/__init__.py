"""A library as one file, which goes from machine to machine."""

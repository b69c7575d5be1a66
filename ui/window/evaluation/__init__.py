"""The tab in which sets are run, reviewed and reported."""

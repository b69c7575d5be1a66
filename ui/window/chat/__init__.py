"""The tab in which one asks: the exchange, its sources, the article beside it."""

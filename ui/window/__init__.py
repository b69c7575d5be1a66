"""The chat window, in a browser: a folder a tab, and the server behind them."""

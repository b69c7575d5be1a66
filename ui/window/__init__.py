"""The chat window, in a browser: a folder a tab, and the server behind them."""

from ui.window.page import quick as quick  # before anything of it imports gradio

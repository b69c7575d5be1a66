"""``python -m ui`` is ``ibid``."""

from ui.cli.entry import main

main()

"""``python -m ui`` is ``ibid``."""

from ui.cli.main import main

main()

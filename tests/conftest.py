"""Its place makes what lies beside it importable from every test: ``from tiny import ...``."""

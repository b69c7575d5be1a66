"""Its place makes what lies beside it importable from every test: ``from tiny import ...``."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: no other event loop starts beside the one Playwright leaves."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)

"""Its place makes what lies beside it importable from every test: ``from tiny import ...``."""

import pytest
from hypothesis import HealthCheck, settings

# A machine that others share may stand still for a moment, and no test here is about seconds.
settings.register_profile("ibid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ibid")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last: no other event loop starts beside the one Playwright leaves."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)

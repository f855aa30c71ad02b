"""What holds for every test."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test that fails is played once more, and the report names it.

    A real browser on a machine that does other things too is now and then slower than any patience;
    what is truly broken is broken twice.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))

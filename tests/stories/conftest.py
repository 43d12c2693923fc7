"""Whatever a story tells, the books and all counts are in order at its end."""

from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run the audit while the story's database is still there."""
    yield
    if item.get_closest_marker("django_db"):
        from marketplace.auditing import audit  # here, once Django is set up

        assert audit() == [], "the audit after the story"

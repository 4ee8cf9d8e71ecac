"""The pair of twins that the adapters' tests share; each test begins with an empty story."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.wired import Wired, wired


@pytest.fixture(scope="session")
def _twins() -> Iterator[Wired]:
    with wired() as one:
        yield one


@pytest.fixture
def world(_twins: Wired) -> Wired:
    """Both twins, empty, with a clock that only the test moves."""
    return _twins.reset()

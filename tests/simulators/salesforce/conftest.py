"""Fixtures of the Salesforce twin's tests."""

from __future__ import annotations

import pytest

from tests.simulators.salesforce.api import Api


@pytest.fixture(scope="session")
def shared_api() -> Api:
    return Api()


@pytest.fixture
def api(shared_api: Api) -> Api:
    """An empty organisation at noon."""
    shared_api.start_afresh()
    return shared_api

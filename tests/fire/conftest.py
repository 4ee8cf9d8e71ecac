"""Both simulators, a connection at rest, and its processes; every wait is long, for a machine that is busy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulators.simulate import Pair
from tests.e2e.test_kill import RECORDS, Scene
from tests.fire.scenes import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Pair(scenario="synced", records=RECORDS, seed=1) as pair:
        stage = Stage(Scene(pair, tmp_path, random.Random(7)))
        urls = ("--salesforce-url", pair.salesforce.url, "--xero-url", pair.xero.url)
        made = stage.start("connect", "--name", "kill", *urls, "--activate").ended()
        assert made.code == 0, made
        assert stage.run().report["status"] == "done"
        stage.latency(15)
        yield stage

"""A Concord on two sides in memory, as the engine's own tests have it, and one between both simulators."""

from __future__ import annotations

from tests.commandline.conftest import concord, pair
from tests.engine.conftest import bench, database

__all__ = ["bench", "concord", "database", "pair"]

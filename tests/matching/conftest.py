"""The bench of the engine's tests: what is told here runs on it too."""

from __future__ import annotations

from tests.engine.conftest import bench, database

__all__ = ["bench", "database"]

"""A fresh bench for each test, over one database file for all of them."""

from __future__ import annotations

from tests.engine.conftest import bench, database

__all__ = ["bench", "database"]

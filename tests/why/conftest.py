"""A fresh bench for each test."""

from __future__ import annotations

from tests.undo.conftest import bench, database

__all__ = ["bench", "database"]

"""A fresh bench for each test, over one database for all of them: SQLite, and slowly PostgreSQL too."""

from __future__ import annotations

from tests.databases import new_database
from tests.engine.conftest import bench, database

__all__ = ["bench", "database", "new_database"]

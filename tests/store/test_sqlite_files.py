"""SQLite files: what a new one is given, and one that was made before."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text

from reconciler.store.database import make_engine


def test_a_new_file_gets_pages_in_which_several_records_fit(tmp_path: Path) -> None:
    assert pages_of(tmp_path / "new.db") == 8_192


def test_a_file_that_was_made_with_other_pages_goes_on_with_them(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.executescript(
            "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; CREATE TABLE kept (id); INSERT INTO kept VALUES (1)"
        )
    old.close()
    assert pages_of(path) == 4_096


def pages_of(path: Path) -> int:
    engine = make_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        db.execute(text("CREATE TABLE thing (id INTEGER)"))
        db.execute(text("INSERT INTO thing VALUES (1)"))
        size: int = db.exec_driver_sql("PRAGMA page_size").scalar_one()
    engine.dispose()
    return size

"""What waits is found by an index, so that a quiet run costs the same at ten thousand links and at a million."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from reconciler.store import journal, last_seen, links, moves
from tests.engine.bench import make_database

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LOOKS: dict[str, Callable[[Connection], Any]] = {
    "ix_link_pending": lambda db: links.pending(db, 1, NOW, 0, "customer"),
    "ix_record_pending": lambda db: last_seen.waiting(db, 1, 0, "customer"),
    "ix_action_intended": lambda db: journal.intended(db, 1),
}


@pytest.mark.parametrize("index", LOOKS)
def test_what_waits_is_looked_up_and_never_searched_for(index: str) -> None:
    (plan,) = plans(LOOKS[index])
    assert index in plan


def test_links_whose_record_was_merged_away_are_looked_up() -> None:
    assert "ix_link_pending" in " ".join(plans(lambda db: moves.merged(db, 1, "customer")))


def plans(look: Callable[[Connection], Any]) -> list[str]:
    """How SQLite means to answer each question that is asked."""
    engine, asked = make_database(), list[str]()
    with engine.connect() as db:
        driver: Any = db.connection.driver_connection
        driver.set_trace_callback(asked.append)
        look(db)
        driver.set_trace_callback(None)
        questions = [question for question in asked if question.startswith("SELECT")]
        found = [" ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {each}")) for each in questions]
    engine.dispose()
    return found

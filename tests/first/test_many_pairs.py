"""The first sync's pages at the size of a real firm: each pair is looked up, none is searched for among all records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from reconciler.queries import differences, first
from reconciler.queries.differences import Filters
from reconciler.store.tables import ActionRow, PlanRow, RecordRow
from tests.engine.bench import make_database
from tests.portal import world

PAIRS, PLAN = 1_200, 9
PHONES = {"salesforce": "+64 9 1", "xero": "+64 9 2"}


@pytest.fixture(scope="module")
def large() -> Iterator[Engine]:
    """A plan that means to link many pairs, each of which differs in its telephone."""
    engine = make_database()
    with Session(engine) as session:
        world.fill(session)
        made = {"connection_id": 1, "digest": "c" * 64, "rules_version": 2, "made_at": world.NOW, "status": "proposed"}
        session.execute(insert(PlanRow).values(id=PLAN, **made))
        session.execute(insert(RecordRow), [record(side, number) for side in PHONES for number in range(PAIRS)])
        session.execute(insert(ActionRow), [link(number) for number in range(PAIRS)])
        session.commit()
    yield engine
    engine.dispose()


def record(side: str, number: int) -> dict[str, Any]:
    fields = {"name": f"Customer {number}", "phone": PHONES[side]}
    return {
        "connection_id": 1, "side": side, "ref": f"{side}-{number}", "kind": "customer", "version": "1",
        "changed_at": world.NOW, "edited_at": world.NOW, "read_at": world.NOW, "status": "active", "fields": fields,
    }  # fmt: skip


def link(number: int) -> dict[str, Any]:
    return {
        "plan_id": PLAN, "connection_id": 1, "seq": number, "do": "adopt", "kind": "customer", "side": "xero",
        "ref": f"xero:xero-{number}", "source": f"salesforce:salesforce-{number}", "state": "planned", "fields": {},
        "why": "The two records are the same thing.",
    }  # fmt: skip


def by_field(session: Session) -> int:
    return next(each.different for each in first.differences(session, 1, PLAN) if each.rule.key == "phone")


def by_record(session: Session) -> int:
    found, after = 0, None
    for _ in range(PAIRS):
        page = differences.differences(session, 1, Filters(), after, limit=500)
        found, after = found + len(page.rows), page.next
        if after is None:
            break
    return found


@pytest.mark.parametrize("look", [by_field, by_record])
def test_the_differences_of_every_pair_are_told(large: Engine, look: Callable[[Session], int]) -> None:
    with Session(large) as session:
        assert look(session) == PAIRS


@pytest.mark.parametrize("look", [by_field, by_record])
def test_each_record_of_a_pair_is_looked_up_by_its_address(large: Engine, look: Callable[[Session], int]) -> None:
    """Were an address put together from every record, each would be compared with each: minutes at 300 customers."""
    asked: list[tuple[str, Any]] = []

    def hear(*said: Any) -> None:
        asked.append((said[2], said[3]))

    event.listen(large, "before_cursor_execute", hear)
    with Session(large) as session:
        look(session)
    event.remove(large, "before_cursor_execute", hear)
    joins = [(text, values) for text, values in asked if "JOIN record" in text]
    assert joins
    with large.connect() as db:
        for text, values in joins:
            steps = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
            assert sum("record_" in step and "ref=?" in step for step in steps) == 2, steps

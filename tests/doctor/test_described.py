"""What an organisation says its columns hold goes before the lengths that are standard, in syncs as on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.commands import rejections
from reconciler.core.schema import FieldRule, Flow
from reconciler.errors import Usage
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import RejectionRow
from tests.adapters.wired import Wired
from tests.e2e.live import Live, differences, stage
from tests.engine.bench import S, X

pytestmark = pytest.mark.prove
REGION = FieldRule("region", "Region__c", "CompanyNumber", "text", Flow.BOTH)
KIND = replace(CUSTOMER, fields=(*CUSTOMER.fields, REGION))


@pytest.fixture(scope="module")
def theatre() -> Iterator[tuple[Wired, Engine]]:
    with stage() as both:
        yield both


def declare(world: Wired, length: int) -> None:
    """The organisation has a column of its own, so long."""
    column = {"type": "string", "length": length}
    world.pair.salesforce.twin.settings({"custom_fields": {"Account.Region__c": column}})


def begin(theatre: tuple[Wired, Engine], *, length: int, shared: bool = True) -> tuple[Live, str, str]:
    """One customer at rest, in an organisation with such a column."""
    world, engine = theatre
    world.reset("synced", 1)
    declare(world, length)
    live = Live(world, engine, KIND if shared else CUSTOMER)
    assert live.run()["status"] == "done"
    (pair,) = live.pairs()
    return live, pair[S], pair[X]


def described(live: Live) -> int:
    return sum(heard.path.endswith("/describe") for heard in live.world.wires[S].heard)


def test_a_value_that_a_column_of_this_organisation_does_not_hold_is_never_sent(theatre: tuple[Wired, Engine]) -> None:
    live, account, contact = begin(theatre, length=5)
    assert described(live) == 1
    live.edit(X, contact, region="Northland")
    live.run()
    assert described(live) == 1, "what was told holds between full compares"
    (row,) = live.rows(RejectionRow, status="open")
    assert (row.code, row.field) == ("too_long", "region")
    assert "holds at most 5 characters; this value has 9" in row.message
    with Session(live.engine) as session, pytest.raises(Usage, match="at most 5"):
        rejections.edit(session, row.id, "Southland", by="Rui", now=live.world.clock.now())
    assert live.run()["writes"] == 0
    declare(live.world, length=20)
    live.run(full=True)
    assert described(live) == 2
    with Session(live.engine) as session:
        rejections.retry(session, row.id, by="Rui", now=live.world.clock.now())
    live.run()
    assert live.shown(S, account)["region"] == "Northland"
    assert live.rows(RejectionRow, status="open") == []
    assert differences(live) == []


def test_a_column_that_is_shared_later_is_asked_about_then(theatre: tuple[Wired, Engine]) -> None:
    live, _account, contact = begin(theatre, length=5, shared=False)
    live.rule(KIND)
    live.edit(X, contact, region="Northland")
    live.run()
    assert described(live) == 2
    assert [row.code for row in live.rows(RejectionRow, status="open")] == ["too_long"]

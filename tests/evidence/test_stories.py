"""Two people edit one field, one in each system; both systems' own histories say who did it and when.

Through both SDKs.  Who wins on which evidence is the decision table's to show; here it is what is asked, what it costs
and what people are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.core.model import Ref, Side
from reconciler.mapping.shipped import CUSTOMER
from reconciler.queries import why
from reconciler.store.tables import ConflictRow
from tests.adapters.wired import Wired
from tests.e2e.live import Live, limitless

S, X = Side.SALESFORCE, Side.XERO
pytestmark = pytest.mark.prove


def begin(theatre: tuple[Wired, Engine], customers: int = 1, *, tracked: tuple[str, ...] = ("Phone",)) -> Live:
    """So many customers, linked and at rest; Salesforce keeps the history of the `tracked` columns."""
    world, engine = theatre
    world.reset("synced", customers)
    world.pair.salesforce.twin.settings({"field_history": list(tracked)})
    live = Live(world, engine, limitless(CUSTOMER))
    assert live.run()["status"] == "done"
    live.run(later=3600)
    return live


def clash(live: Live, pair: Mapping[Side, str], number: int = 0) -> None:
    """Salesforce is edited first, and its record once more after Xero: by the stamps alone nobody can tell."""
    live.edit(S, pair[S], phone=f"+64 9 300 {number:04}")
    live.world.clock.advance(600)
    live.edit(X, pair[X], phone=f"+64 9 400 {number:04}")
    live.world.clock.advance(600)
    live.edit(S, pair[S], account_number=f"A-{number}")


def histories(live: Live) -> dict[str, int]:
    """The calls that asked for a history since the run began."""
    heard = {side: live.world.wires[side].heard for side in (S, X)}
    return {
        "salesforce": sum("FROM%20AccountHistory" in h.query or "FROM+AccountHistory" in h.query for h in heard[S]),
        "xero": sum(h.path.endswith("/History") for h in heard[X]),
    }


def asked(live: Live, ref: Ref, field: str = "phone") -> dict[str, Any]:
    with Session(live.engine) as session:
        return why.as_json(why.why(session, live.id, ref, field))


def run(live: Live, **how: Any) -> dict[str, Any]:
    for wire in live.world.wires.values():
        wire.heard.clear()
    return live.run(**how)


def test_field_history_decides_what_the_stamps_could_not_and_both_histories_are_quoted(
    theatre: tuple[Wired, Engine],
) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    clash(live, pair)
    report = run(live)
    assert histories(live) == {"salesforce": 1, "xero": 1}
    assert report["calls"]["salesforce"] <= 1 + 1 + 1 + 1 + 1  # read, history, canary, sources, write
    assert live.shown(S, pair[S])["phone"] == "+64 9 400 0000"
    (decided,) = live.rows(ConflictRow, status="decided")
    assert decided.winner == "xero"
    assert decided.edited["salesforce"]["grade"] == "field"
    wrote = next(event for event in asked(live, Ref(S, pair[S]))["chain"] if event["what"] == "wrote")
    (row,) = wrote["edited"]["salesforce"]["told"]
    assert "Hana Petera: Phone from" in row
    assert "+64 9 300 0000" in row
    (line,) = wrote["edited"]["xero"]["told"]
    assert "Hana Petera: Edited" in line
    assert wrote["edited"]["xero"]["by"] == "Hana Petera"
    assert "give or take" in wrote["why"]


def test_without_field_history_the_clash_is_asked_and_the_histories_only_once(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre, tracked=())
    (pair,) = live.pairs()
    clash(live, pair)
    run(live)
    (waiting,) = live.rows(ConflictRow, status="open")
    assert (waiting.edited["salesforce"]["grade"], waiting.edited["salesforce"]["told"]) == ("interval", [])
    assert waiting.edited["xero"]["told"]
    live.edit(S, pair[S], fax="+64 9 500 0000")
    run(live)
    assert histories(live) == {"salesforce": 0, "xero": 0}
    live.edit(S, pair[S], phone="+64 9 300 1111")
    run(live)
    assert histories(live) == {"salesforce": 1, "xero": 0}


def test_runs_without_a_clash_ask_for_no_history(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre, 2)
    one, other = live.pairs()
    run(live)
    assert histories(live) == {"salesforce": 0, "xero": 0}
    live.edit(S, one[S], phone="+64 9 300 0000")
    live.edit(X, one[X], account_number="A-1")
    live.edit(X, other[X], phone="+64 9 400 0000")
    assert run(live)["actions"]["update"] == {"salesforce": 2, "xero": 1}
    assert histories(live) == {"salesforce": 0, "xero": 0}


def test_many_clashes_cost_one_query_for_twenty_and_at_most_twenty_looks_into_xero(
    theatre: tuple[Wired, Engine],
) -> None:
    live = begin(theatre, 25)
    for number, pair in enumerate(live.pairs()):
        live.edit(S, pair[S], phone=f"+64 9 300 {number:04}")
        live.edit(X, pair[X], phone=f"+64 9 400 {number:04}")
    run(live)
    assert histories(live) == {"salesforce": 2, "xero": 20}


def test_when_xeros_calls_of_the_day_run_short_none_is_spent_on_a_quotation(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    live.world.pair.xero.twin.settings({"day_limit": 150})
    clash(live, pair)
    run(live)
    assert histories(live) == {"salesforce": 1, "xero": 0}
    assert live.rows(ConflictRow, status="decided")


def test_an_organisation_that_hides_its_history_stops_no_run(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    clash(live, pair)
    hidden = [{"errorCode": "INVALID_TYPE", "message": "sObject type 'AccountHistory' is not supported."}]
    live.fault(S, "query", {"status": 400, "body": hidden}, nth=2)
    assert live.run()["status"] == "open"
    (waiting,) = live.rows(ConflictRow, status="open")
    assert waiting.edited["salesforce"]["grade"] == "interval"


def test_field_history_on_a_clock_that_is_wrong_is_corrected_by_the_measured_offset(
    theatre: tuple[Wired, Engine],
) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    live.world.pair.salesforce.twin.clock.set(offset_seconds=3600, frozen=False)
    live.run()  # measures the jump: what is older decides nothing
    live.run(later=7200)
    clash(live, pair)
    live.run()
    (decided,) = live.rows(ConflictRow, status="decided")
    assert decided.winner == "xero"  # by its own clock Salesforce would have been an hour later
    assert "clocks corrected by -3600 s in Salesforce" in decided.why

"""For every value: one sentence, and the chain of who wrote what, where, when, on what evidence and by which sync."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reconciler.core.model import Ref
from reconciler.core.schema import Policy
from reconciler.core.undo import Scope
from reconciler.errors import Usage
from reconciler.queries import why
from reconciler.store.tables import SideRow
from tests.engine.bench import Bench, S, X, owned


def asked(bench: Bench, ref: Ref, field: str = "phone") -> dict[str, Any]:
    with bench.session() as session:
        return why.as_json(why.why(session, why.connection_of(session, ref), ref, field))


def test_a_carried_value_tells_who_typed_it_when_it_was_written_and_what_it_replaced(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    run = bench.run()["run_id"]
    found = asked(bench, Ref(X, contact))
    assert found["sentence"].startswith(f"Sync {run} wrote it in Xero at ")
    assert found["sentence"].endswith("because it was edited in Salesforce, by a person.")
    wrote = next(event for event in found["chain"] if event["what"] == "wrote")
    assert (wrote["from"], wrote["to"], wrote["run"], wrote["rules_version"]) == ("+64 9 1", "+64 9 2", run, 1)
    edit = wrote["edited"]["salesforce"]
    assert edit["by"] == "a person"
    assert edit["after"] < edit["until"]


def test_a_clash_decided_by_a_policy_tells_both_edits_and_the_rule(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.XERO}))
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    bench.edit(X, contact, phone="+64 9 3")
    bench.run()
    wrote = next(event for event in asked(bench, Ref(S, account))["chain"] if event["what"] == "wrote")
    assert (wrote["side"], wrote["from"], wrote["to"]) == ("salesforce", "+64 9 2", "+64 9 3")
    assert "Xero wins" in wrote["why"]
    assert wrote["edited"].keys() == {"salesforce", "xero"}


def test_an_edit_is_told_at_our_time_unless_the_sides_clock_has_jumped_since(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    bench.run()
    for jumped, hours in ((None, 1), (bench.clock.now(), 0)):
        with bench.session() as session:
            fast = {"clock_offset": 3600.0, "clock_jumped_at": jumped}
            session.execute(update(SideRow).where(SideRow.side == S.value).values(fast))
            session.commit()
        edited = next(event for event in asked(bench, Ref(X, contact))["chain"] if event["what"] == "edited")
        stamped = datetime.fromisoformat(edited["edited"]["salesforce"]["until"])
        assert datetime.fromisoformat(edited["at"]) == stamped - timedelta(hours=hours)


def test_an_edit_that_stays_where_it_is_says_what_it_waits_for(bench: Bench) -> None:
    out, contact = bench.linked("Opted out", phone="+64 9 1")
    account, gone = bench.linked("Archived", phone="+64 9 1")
    bench.worlds[S].edit(out, flag=False)
    bench.edit(S, out, phone="+64 9 2")
    bench.worlds[X].remove(gone)
    bench.edit(S, account, phone="+64 9 3")
    bench.run()
    assert "not opted in" in asked(bench, Ref(X, contact))["sentence"]
    assert "while a question is open" in asked(bench, Ref(S, account))["sentence"]


def test_an_open_conflict_is_the_answer_while_it_is_open(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    bench.edit(X, contact, phone="+64 9 3")
    bench.run()
    assert "a conflict about it is open" in asked(bench, Ref(S, account))["sentence"]


def test_a_persons_decision_is_in_the_chain_with_name_and_reason(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    bench.edit(X, contact, phone="+64 9 3")
    bench.run()
    bench.resolve(bench.conflicts()[0].id, take=S, reason="Called them.")
    bench.run()
    decision = next(event for event in asked(bench, Ref(X, contact))["chain"] if event["what"] == "conflict")
    assert (decision["by"], decision["why"], decision["from"], decision["to"]) == (
        "Rui", "Called them.", "+64 9 3", "+64 9 2",
    )  # fmt: skip


def test_what_was_taken_back_says_of_which_sync(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    run = bench.run()["run_id"]
    bench.run(undo=Scope(run))
    newest = next(event for event in asked(bench, Ref(X, contact))["chain"] if event["what"] == "wrote")
    assert f"what sync {run} had written was taken back" in newest["why"]


def test_what_concord_never_wrote_is_said_to_be_so(bench: Bench) -> None:
    account, _ = bench.linked(phone="+64 9 1")
    found = asked(bench, Ref(S, account))
    assert found["sentence"].startswith("Concord never wrote it")
    assert found["chain"] == []


def test_a_field_that_is_not_shared_is_refused_with_those_that_are(bench: Bench) -> None:
    account, _ = bench.linked()
    with pytest.raises(Usage, match="not a shared field") as refused:
        asked(bench, Ref(S, account), "shoe_size")
    assert "phone" in refused.value.remedy


def test_a_record_that_was_never_read_is_refused(bench: Bench) -> None:
    with pytest.raises(Usage, match="never been read"):
        asked(bench, Ref(S, "001000000000099AAA"))


def test_a_value_without_a_partner_is_nobodys_but_the_persons_who_typed_it(bench: Bench) -> None:
    bench.rule(replace(bench.kind))
    contact = bench.customer("Alone", X, phone="+64 9 1").ref
    bench.run()
    assert "has no partner" in asked(bench, contact)["sentence"]

"""What the rules name in another place, or name again, has not been read: nothing that was known of it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.commands import rules as rule_commands
from reconciler.core.match.finding import sort_of
from reconciler.core.model import Side
from reconciler.core.schema import FieldRule, Flow, Policy, Rules
from reconciler.rules import export
from reconciler.store.keys import off
from reconciler.store.tables import MatchKeyRow, SideRow
from tests.engine.bench import S, X, make_database, owned
from tests.engine.places import PlacedBench

NICKNAME = FieldRule("nickname", "Nick__c", "FirstName", flow=Flow.BOTH)


@pytest.fixture
def bench() -> PlacedBench:
    return PlacedBench(make_database())


def sides(bench: PlacedBench) -> list[SideRow]:
    with bench.session() as session:
        return session.query(SideRow).filter_by(connection_id=bench.id).all()


def asked_first(bench: PlacedBench, field: str = "phone") -> dict[str, object]:
    """What waits as the first comparison of a field, and was not written."""
    (conflict,) = bench.conflicts()
    assert (conflict.field, conflict.reason) == (field, "first")
    return dict(conflict.values)


def test_a_field_that_is_mapped_elsewhere_in_xero_is_compared_as_for_the_first_time(bench: PlacedBench) -> None:
    account, contact = bench.linked(phone="111")
    bench.types(X, contact, {"phone@Phones.MOBILE": "999"})
    bench.run()
    bench.rule(owned(bench, phone={"xero": "Phones.MOBILE"}))
    bench.run()
    assert asked_first(bench) == {"salesforce": "111", "xero": "999"}
    assert (bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]) == ("111", "111")


def test_a_field_that_is_mapped_to_an_empty_place_erases_nothing(bench: PlacedBench) -> None:
    account, contact = bench.linked(phone="111")
    bench.rule(owned(bench, phone={"xero": "Phones.MOBILE"}))
    bench.run()
    assert bench.shown(S, account)["phone"] == "111"
    assert bench.worlds[X].records[contact].fields["phone@Phones.MOBILE"] == "111"


def test_a_field_that_is_mapped_elsewhere_in_salesforce_is_compared_as_for_the_first_time(bench: PlacedBench) -> None:
    account, contact = bench.linked(phone="111")
    bench.types(S, account, {"phone@Mobile__c": "777"})
    bench.run()
    bench.rule(owned(bench, phone={"salesforce": "Mobile__c"}))
    bench.run()
    assert asked_first(bench) == {"salesforce": "777", "xero": "111"}
    assert bench.shown(X, contact)["phone"] == "111"


def test_what_is_compared_anew_is_found_by_what_it_shows_now_and_by_nothing_else(bench: PlacedBench) -> None:
    account, _ = bench.linked(phone="+64 9 300 1000")
    before = keys_of(bench)
    for flow in (Flow.OFF, Flow.BOTH):
        bench.rule(owned(bench, phone={"flow": flow}))
        bench.run()
    assert keys_of(bench) == before
    bench.rule(owned(bench, phone={"salesforce": "Mobile__c"}))
    bench.types(S, account, {"phone@Mobile__c": "+64 9 300 2000"})
    bench.run()
    phones = [row for row in keys_of(bench) if sort_of(off(row[0])) == "phone"]
    assert len(phones) == 2


def keys_of(bench: PlacedBench) -> list[tuple[int, int]]:
    return sorted((row.key, row.record_id) for row in bench.rows(MatchKeyRow))


def nicknamed(bench: PlacedBench) -> tuple[str, str]:
    """A pair whose nickname, a field of the administrator's own, is in its baseline; the rules know it by version 2."""
    bench.rule(replace(bench.kind, fields=(*bench.kind.fields, NICKNAME)))
    account, contact = bench.linked()
    bench.types(S, account, {"nickname@Nick__c": "old"})
    bench.run()
    assert bench.worlds[X].records[contact].fields["nickname@FirstName"] == "old"
    return account, contact


def test_a_field_that_an_earlier_version_brings_back_is_compared_as_for_the_first_time(bench: PlacedBench) -> None:
    account, contact = nicknamed(bench)
    bench.bring_back(1)
    bench.run()
    bench.types(S, account, {"nickname@Nick__c": "typed while it was not shared"})
    bench.run()
    bench.bring_back(2)
    bench.run()
    assert asked_first(bench, "nickname") == {"salesforce": "typed while it was not shared", "xero": "old"}
    assert bench.worlds[X].records[contact].fields["nickname@FirstName"] == "old"


def test_a_write_in_doubt_of_a_field_that_the_rules_name_no_more_is_settled(bench: PlacedBench) -> None:
    account, _ = nicknamed(bench)
    bench.types(S, account, {"nickname@Nick__c": "new"})
    assert bench.killed_at("after_send")
    bench.bring_back(1)
    assert [bench.run()["status"] for _ in range(2)] == ["done", "done"]


def test_another_opt_in_field_counts_as_it_is_read_and_not_as_the_old_one_was(bench: PlacedBench) -> None:
    account, contact = bench.linked(phone="111")
    bench.run(later=3600)
    bench.rule(replace(bench.kind, opt_in=replace(bench.kind.opt_in, salesforce="Share_v2__c")))
    bench.edit(X, contact, phone="333")
    assert bench.run()["writes"] == 0
    bench.types(S, account, {"@Share_v2__c": "yes"})
    bench.run()
    assert [link.status for link in bench.links()] == ["active"]


def switched_off(bench: PlacedBench) -> tuple[str, str]:
    """A pair whose telephone was shared and is off; somebody has typed another one on each side since."""
    account, contact = bench.linked(phone="111", fax="1")
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    bench.run()
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run(later=3600)
    return account, contact


def switch_on(bench: PlacedBench, *, at_once: bool = True) -> Callable[[], None]:
    """The administrator shares the telephone; the gateways of a run under way go on as they were made."""
    bench.kind = owned(bench, phone={"flow": Flow.BOTH, "policy": Policy.ASK})

    def save() -> None:
        with bench.session() as session:
            text = export(Rules({bench.kind.kind: bench.kind}))
            rule_commands.save(session, bench.id, text, by="Ada", now=bench.clock.now())

    if at_once:
        bench.rule(bench.kind)
    return save


@pytest.mark.parametrize("full", [False, True], ids=["run", "full compare"])
@pytest.mark.parametrize("side", [S, X])
def test_a_field_that_is_shared_while_a_run_reads_is_read_by_the_next(
    bench: PlacedBench, side: Side, full: bool
) -> None:
    switched_off(bench)
    save = switch_on(bench, at_once=False)

    def saved() -> None:
        bench.gateways[side].hooks.before_call = None
        save()

    bench.gateways[side].hooks.before_call = saved
    bench.run(full=full)
    assert None in [row.read_up_to for row in sides(bench)]
    bench.run(later=3600)
    assert asked_first(bench) == {"salesforce": "222", "xero": "333"}


def test_a_field_that_is_shared_while_a_write_is_in_doubt_is_read_before_it_is_compared(bench: PlacedBench) -> None:
    """What was read of it before it was off is the same on both sides, and proves nothing."""
    account, contact = bench.linked(phone="111", fax="1")
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    bench.run()
    bench.edit(S, account, phone="222", fax="2")
    assert bench.killed_at("after_send")
    switch_on(bench)
    bench.run()
    bench.run()
    assert asked_first(bench) == {"salesforce": "222", "xero": "111"}
    assert bench.shown(X, contact)["fax"] == "2"


def test_a_field_that_is_shared_while_a_run_writes_is_carried_by_the_next(bench: PlacedBench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    account, contact = bench.linked(fax="1")
    bench.edit(X, contact, phone="333")
    bench.run()
    bench.edit(S, account, fax="2")
    waiting = [switch_on(bench, at_once=False)]

    def saved(point: str) -> None:
        if point == "after_intent" and waiting:
            waiting.pop()()

    bench.at = saved
    bench.run()
    for gateway in bench.gateways.values():
        gateway._rules = Rules({bench.kind.kind: bench.kind})
    bench.run()
    assert bench.shown(S, account)["phone"] == "333"

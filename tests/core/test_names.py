"""Renames in an order in which each name is free when it is taken."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import Record, Ref, Side
from reconciler.core.names import Taken, in_order, key
from reconciler.core.plan import Action, Change, Do
from tests.core.linked_pair import NOON

NAMES = ("Acme", "ACME", "Birch", "Cedar  Ltd", "cedar ltd", "Dune")


def holder(record_id: str, name: str) -> Record:
    return Record(Ref(Side.XERO, record_id), "customer", "1", NOON, NOON, {"name": name})


def rename(record_id: str, name: str, **others: str) -> Action:
    changes = {"name": Change("old", name)} | {field: Change("", value) for field, value in others.items()}
    return Action(Do.UPDATE, "customer", Side.XERO, Ref(Side.XERO, record_id), None, changes)


def create(record_id: str, name: str) -> Action:
    ref = Ref(Side.SALESFORCE, record_id)
    return Action(Do.CREATE, "customer", Side.XERO, ref, ref, {"name": Change("", name)})


def ids(actions: list[Action]) -> list[str]:
    return [action.ref.id for action in actions]


def refusals(taken: list[Taken]) -> dict[str, str]:
    return {one.action.ref.id: one.refusal.message for one in taken}


def test_a_rename_that_frees_a_name_comes_before_the_one_that_takes_it():
    holders = [holder("1", "Acme"), holder("2", "Birch"), holder("3", "Cedar")]
    ordered, taken = in_order([rename("1", "Birch"), rename("2", "Cedar"), rename("3", "Dune")], holders)
    assert (ids(ordered), taken) == (["3", "2", "1"], [])


def test_a_create_waits_for_the_rename_that_frees_its_name():
    ordered, taken = in_order([create("new", "Acme"), rename("1", "Birch")], [holder("1", "Acme")])
    assert (ids(ordered), taken) == (["1", "new"], [])


def test_two_that_exchange_names_are_refused_each_naming_the_other():
    ordered, taken = in_order([rename("1", "Birch"), rename("2", "Acme")], [holder("1", "Acme"), holder("2", "Birch")])
    assert ordered == []
    messages = refusals(taken)
    assert "xero:2" in messages["1"]
    assert "xero:1" in messages["2"]
    assert all("exchange" in message for message in messages.values())


def test_three_that_pass_their_names_round_are_refused_as_an_exchange():
    holders = [holder("1", "Acme"), holder("2", "Birch"), holder("3", "Cedar")]
    _, taken = in_order([rename("1", "Birch"), rename("2", "Cedar"), rename("3", "Acme")], holders)
    assert [one.refusal.message.count("exchange") for one in taken] == [1, 1, 1]


def test_a_name_that_nobody_frees_is_no_exchange_even_for_those_who_wait_in_line():
    holders = [holder("1", "Acme"), holder("2", "Birch"), holder("3", "Cedar")]
    _, taken = in_order([rename("1", "Birch"), rename("2", "Cedar")], holders)
    messages = refusals(taken)
    assert "xero:3" in messages["2"]
    assert "xero:2" in messages["1"]
    assert not any("exchange" in message for message in messages.values())


def test_a_refused_rename_leaves_the_other_fields_to_be_written():
    _, (taken,) = in_order([rename("1", "Birch", phone="1")], [holder("1", "Acme"), holder("2", "Birch")])
    assert list(taken.action.fields) == ["phone"]
    assert (taken.name, taken.refusal.field) == ("Birch", "name")


def test_the_letter_case_of_ones_own_name_may_change():
    ordered, taken = in_order([rename("1", "ACME")], [holder("1", "Acme")])
    assert (ids(ordered), taken) == (["1"], [])


def test_of_two_that_want_one_free_name_the_first_has_it():
    ordered, taken = in_order([rename("1", "Dune"), rename("2", "dune")], [holder("1", "Acme"), holder("2", "Birch")])
    assert (ids(ordered), ids([one.action for one in taken])) == (["1"], ["2"])


@st.composite
def renamings(draw: st.DrawFn) -> tuple[list[Action], list[Record]]:
    """Holders with a name each, some of which are renamed; now and then one more is created."""
    unique: Mapping[str, str] = {key(name): name for name in draw(st.permutations(NAMES))}
    holders = [holder(str(number), name) for number, name in enumerate(unique.values())]
    wanted = st.sampled_from([*NAMES, "Elm", "Fir"])
    chosen = draw(st.lists(st.sampled_from(holders), unique_by=lambda record: record.ref.id))
    actions = [rename(record.ref.id, draw(wanted)) for record in chosen]
    return [*actions, *(create(f"new {name}", name) for name in draw(st.lists(wanted, max_size=2)))], holders


@given(renamings())
def test_applied_in_order_no_name_is_ever_taken_from_another(drawn):
    actions, holders = drawn
    names = {record.ref: key(record.fields["name"]) for record in holders}
    ordered, taken = in_order(actions, holders)
    for action in ordered:
        wanted = key(action.fields["name"].new)
        assert all(name != wanted for ref, name in names.items() if ref != action.ref)
        names[action.ref] = wanted
    assert len(ordered) + len(taken) == len(actions)
    for one in taken:  # and whoever is refused would take somebody's name even now
        assert any(name == key(one.name) for ref, name in names.items() if ref != one.action.ref)
        assert any(str(ref) in one.refusal.message for ref, name in names.items() if name == key(one.name))


def test_a_name_that_two_hold_for_xero_is_free_when_both_have_left_it():
    holders = [holder("1", "Strauß"), holder("2", "Strauss")]
    ordered, taken = in_order([rename("3", "Strauss"), rename("1", "Birch"), rename("2", "Cedar")], holders)
    assert [action.ref.id for action in ordered] == ["1", "2", "3"]
    assert not taken


def test_a_name_that_two_hold_is_not_free_when_one_of_them_has_left_it():
    holders = [holder("1", "Strauß"), holder("2", "Strauss")]
    ordered, taken = in_order([rename("3", "Strauss"), rename("1", "Birch")], holders)
    assert [action.ref.id for action in ordered] == ["1"]
    assert [each.name for each in taken] == ["Strauss"]

"""The laws of a map of values: there and back is the same word, and no word ever means two things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.match.deciding import create
from reconciler.core.model import SIDES, Decision, Side, Value
from reconciler.core.plan import Deciding, Do
from reconciler.core.schema import ADDRESS, FieldRule, Flow, Unmapped, ValueMap
from reconciler.core.values import equal, meant, no_word, same, translated
from tests.core.linked_pair import LinkedPair, Listed, holds_anything, kind_rule, record

S, X = SIDES
WORDS = st.text("ABab1", min_size=1, max_size=2)
PAIRS = st.lists(st.tuples(WORDS, WORDS), unique_by=(lambda p: p[0], lambda p: p[1]), max_size=6).map(tuple)
GOLD = (("Gold", "G"), ("Silver", "S"))


def tier(*pairs: tuple[str, str], unmapped: Unmapped = Unmapped.REFUSE, flow: Flow = Flow.BOTH) -> FieldRule:
    return FieldRule("tier", "Tier__c", "AccountNumber", flow=flow, values=(ValueMap(pairs),), unmapped=unmapped)


@given(PAIRS, WORDS, st.sampled_from(Unmapped), st.sampled_from(SIDES))
def test_a_word_translated_there_and_back_is_the_same_word(pairs, word, unmapped, there):
    rule = tier(*pairs, unmapped=unmapped)
    said = translated(rule, there, word)
    assert said is None or translated(rule, there.other, said) == word


@given(PAIRS, WORDS, st.sampled_from(SIDES))
def test_a_word_that_is_not_listed_is_refused_or_passes_as_it_stands_but_never_as_another_s(pairs, word, there):
    words = {S: {s for s, _ in pairs}, X: {x for _, x in pairs}}
    if word in words[there.other]:
        return
    assert translated(tier(*pairs), there, word) is None
    passed = translated(tier(*pairs, unmapped=Unmapped.PASS), there, word)
    assert passed == (None if word in words[there] else word)


@given(PAIRS, WORDS, WORDS, st.sampled_from(Unmapped))
def test_two_sides_say_the_same_exactly_when_one_is_the_other_s_translation(pairs, one, other, unmapped):
    rule = tier(*pairs, unmapped=unmapped)
    assert same(rule, {S: one, X: other}) == (translated(rule, X, one) == other)
    assert same(rule, {S: one, X: other}) == (translated(rule, S, other) == one)


@given(
    PAIRS, st.sampled_from([Flow.BOTH, Flow.S2X, Flow.X2S]), st.sampled_from(Unmapped),
    st.lists(st.tuples(st.sampled_from(SIDES), WORDS | st.just("")), min_size=1, max_size=5),
)  # fmt: skip
def test_after_a_run_the_two_say_the_same_or_it_is_told_why_not_and_a_second_run_writes_nothing(
    pairs, flow, unmapped, edits
):
    rule = tier(*pairs, flow=flow, unmapped=unmapped)
    both = LinkedPair(kind_rule(rule), {S: {"tier": ""}, X: {"tier": ""}})
    both.run()
    for side, word in edits:
        both.shows[side]["tier"] = word
        first = both.run()
        again = both.run()
        assert not again.actions
        told = first.rejections or again.rejections or again.refused or any(e.status == "open" for e in both.queue)
        shown = {side: both.shows[side]["tier"] for side in SIDES}
        assert same(rule, shown) or told or flow is not Flow.BOTH


def test_an_edit_is_carried_in_the_other_side_s_words_and_each_side_keeps_its_own():
    both = LinkedPair(kind_rule(tier(*GOLD)), {S: {"tier": "Gold"}, X: {"tier": "G"}})
    assert not both.run().actions
    both.shows[X]["tier"] = "S"
    both.run()
    assert both.written == [(S, "tier", "Silver")]
    assert both.baseline == {S: {"tier": "Silver"}, X: {"tier": "S"}}


def test_an_unmapped_value_is_a_rejection_that_names_field_value_and_remedy():
    both = LinkedPair(kind_rule(tier(*GOLD)), {S: {"tier": "Gold"}, X: {"tier": "G"}})
    both.run()
    both.shows[S]["tier"] = "Platinum"
    deciding: Deciding = both.run()
    (found,) = deciding.rejections
    assert (found.side, found.field, found.value, found.refusal.code) == (X, "tier", "Platinum", "unmapped")
    assert "'Platinum' of Salesforce has no one value in Xero" in found.refusal.message
    assert "values of tier" in found.refusal.remedy
    assert both.shows[X]["tier"] == "G"


def test_a_value_that_passes_is_carried_as_it_stands():
    both = LinkedPair(kind_rule(tier(*GOLD, unmapped=Unmapped.PASS)), {S: {"tier": "Gold"}, X: {"tier": "G"}})
    both.run()
    both.shows[S]["tier"] = "Platinum"
    both.run()
    assert both.shows[X]["tier"] == "Platinum"


@pytest.mark.parametrize(
    ("value", "winner", "written"),
    [("Gold", S, {S: "Gold", X: "G"}), ("S", X, {S: "Silver", X: "S"}), ("Silver", None, {S: "Silver", X: "S"}),
     ("G", None, {S: "Gold", X: "G"})],
)  # fmt: skip
def test_what_a_person_decides_stands_on_each_side_in_its_own_words(value: Value, winner: Side | None, written):
    rule = tier(*GOLD)
    assert meant(rule, value, winner) == written
    both = LinkedPair(kind_rule(rule), {S: {"tier": "Gold"}, X: {"tier": "S"}})
    both.run()
    (listed,) = both.queue
    assert (listed.reason, listed.status) == ("first", "open")
    listed.decision = Decision({S: "Gold", X: "S"}, value, winner, "Hana")
    both.run()
    assert {side: both.shows[side]["tier"] for side in SIDES} == written
    assert listed.status == "decided"


def test_a_decision_for_a_word_that_the_map_has_lost_is_refused_and_not_guessed():
    both = LinkedPair(kind_rule(tier(("Gold", "G"))), {S: {"tier": "Bronze"}, X: {"tier": "G"}})
    both.queue.append(
        Listed("first", values={S: "Bronze", X: "G"}, decision=Decision({S: "Bronze", X: "G"}, "Bronze", S, "Ada"))
    )
    both.fields_of.append("tier")
    (found,) = both.run().rejections
    assert (found.refusal.code, both.shows[X]["tier"]) == ("unmapped", "G")


def test_several_words_of_one_side_for_one_of_the_other_are_read_the_way_the_value_flows():
    rule = tier(("Gold", "KEY"), ("Platinum", "KEY"), flow=Flow.S2X)
    assert same(rule, {S: "Platinum", X: "KEY"})
    assert translated(rule, S, "KEY") is None
    assert "no one value" in no_word(rule, S, "KEY").message


def test_a_group_is_translated_member_by_member_and_the_rest_stays():
    rule = FieldRule(
        "billing", "Billing", "Addresses.POBOX", "address", members=ADDRESS,
        values=(ValueMap((("United Kingdom", "Great Britain"),), "country"),),
    )  # fmt: skip
    home = ("1 High Street", "Leeds", "", "LS1", "United Kingdom")
    there = translated(rule, X, home)
    assert there == ("1 High Street", "Leeds", "", "LS1", "Great Britain")
    assert there is not None
    assert equal(rule, translated(rule, S, there) or "", home)
    assert translated(rule, X, ("", "", "", "", "")) == ("", "", "", "", "")
    lost = ("1 Quay", "Nelson", "", "7010", "Aotearoa")
    assert translated(rule, X, lost) is None
    assert no_word(rule, X, lost).message.startswith("'Aotearoa' of Salesforce")


def test_a_new_record_gets_the_words_of_its_side_and_the_default_where_there_is_nothing():
    rules = (
        FieldRule("name", "Name", "Name"),
        tier(*GOLD),
        FieldRule("terms", "Terms__c", "CompanyNumber", defaults=((X, "NET30"),)),
        FieldRule("fax", "Fax", "Phones.FAX", flow=Flow.X2S, defaults=((S, "none"),)),
    )
    source = record(S, {"name": "Aurora", "tier": "Silver", "terms": "", "fax": ""})
    made = create(source, kind_rule(*rules), holds_anything).actions[0]
    assert made.do is Do.CREATE
    assert {key: change.new for key, change in made.fields.items()} == {"name": "Aurora", "tier": "S", "terms": "NET30"}
    given = record(S, {"name": "Aurora", "tier": "Bronze", "terms": "NET7", "fax": ""})
    deciding = create(given, kind_rule(*rules), holds_anything)
    assert {key: change.new for key, change in deciding.actions[0].fields.items()} == {
        "name": "Aurora",
        "terms": "NET7",
    }
    assert [(r.field, r.refusal.code) for r in deciding.rejections] == [("tier", "unmapped")]

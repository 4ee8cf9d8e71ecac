"""The laws of the merge, for every rule, baseline and pair of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.merge import Agree, Carry, Cause, Clash, Verdict, merge
from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Blank, Drift, FieldRule, First, Flow
from reconciler.core.values import equal, is_blank
from tests.core.strategies import Fields, rules, situations, values

MIRRORED_FLOW = {Flow.S2X: Flow.X2S, Flow.X2S: Flow.S2X}
MIRRORED_FIRST = {First.SALESFORCE: First.XERO, First.XERO: First.SALESFORCE}
firsts = st.sampled_from(First)


def settled(drawn: Sequence[FieldRule], baseline: Fields, now: Fields, verdicts: Sequence[Verdict]) -> None:
    """Carry the verdicts out on `now` and move `baseline` as settling does."""
    for verdict in verdicts:
        if isinstance(verdict, Carry):
            now[verdict.to][verdict.field] = verdict.value
            for side in SIDES:
                baseline[side][verdict.field] = now[side][verdict.field]
        elif isinstance(verdict, Agree):
            for side, value in verdict.values.items():
                baseline[side][verdict.field] = value


@given(situations())
def test_unchanged_what_both_showed_when_they_agreed_asks_for_nothing(situation):
    drawn, baseline, _ = situation
    assert merge(drawn, baseline, baseline) == ()


@given(rules(flow=Flow.BOTH, blank=Blank.CARRY), st.data(), st.sampled_from(Side))
def test_no_loss_an_edit_made_on_one_side_only_is_carried(rule, data, side):
    agreed, edited = data.draw(values(rule)), data.draw(values(rule))
    assume(not equal(rule, agreed, edited))
    baseline = {one: {rule.key: agreed} for one in SIDES}
    now = baseline | {side: {rule.key: edited}}

    assert merge([rule], baseline, now) == [Carry(rule.key, side.other, edited, Cause.EDITED)]


@given(situations(), firsts)
def test_no_loss_what_a_person_typed_is_written_over_only_by_name(situation, first):
    drawn, baseline, now = situation
    by_key = {rule.key: rule for rule in drawn}
    for verdict in merge(drawn, baseline, now, first):
        if not isinstance(verdict, Carry):
            continue
        rule, there = by_key[verdict.field], now[verdict.to][verdict.field]
        before = baseline[verdict.to].get(verdict.field, "")
        if not equal(rule, before, there) and not is_blank(there):
            assert verdict.lost == there


@given(situations(), firsts)
def test_symmetry_the_other_way_round_is_the_same_the_other_way_round(situation, first):
    drawn, baseline, now = situation
    other = [
        replace(r, flow=MIRRORED_FLOW.get(r.flow, r.flow), first=MIRRORED_FIRST.get(r.first, r.first)) for r in drawn
    ]
    swapped = merge(other, swap(baseline), swap(now), MIRRORED_FIRST.get(first, first))
    assert [mirrored(verdict) for verdict in swapped] == list(merge(drawn, baseline, now, first))


def swap(fields: Fields) -> Fields:
    return {side: fields[side.other] for side in SIDES}


def mirrored(verdict: Verdict) -> Verdict:
    if isinstance(verdict, Carry):
        return verdict._replace(to=verdict.to.other)
    if isinstance(verdict, Agree):
        return replace(verdict, values={side.other: value for side, value in verdict.values.items()})
    return verdict


@given(situations(), firsts)
def test_fixpoint_merging_again_after_settling_finds_nothing_but_what_waits_for_a_person(situation, first):
    drawn, baseline, now = situation
    verdicts = merge(drawn, baseline, now, first)
    settled(drawn, baseline, now, verdicts)
    again = merge(drawn, baseline, now, first)
    assert list(again) == [verdict for verdict in verdicts if isinstance(verdict, Clash)]


def test_fixpoint_where_a_field_is_only_filled_and_numbers_leave_out_their_country():
    rule = FieldRule("phone", "Phone", "Phones.DEFAULT", "phone", Flow.S2X, blank=Blank.FILL)
    baseline: Fields = {Side.SALESFORCE: {"phone": ""}, Side.XERO: {"phone": "09 123 4567"}}
    now: Fields = {Side.SALESFORCE: {"phone": "+64 9 123 4567"}, Side.XERO: {"phone": "+61 9 123 4567"}}
    settled([rule], baseline, now, merge([rule], baseline, now))
    assert list(merge([rule], baseline, now)) == []


@given(situations(blank=Blank.CARRY, flow=Flow.BOTH), firsts)
def test_two_way_fields_are_equal_after_settling_or_wait_for_a_person(situation, first):
    drawn, baseline, now = situation
    for rule in drawn:  # values that agreed
        if rule.key in baseline[Side.SALESFORCE]:
            baseline[Side.XERO][rule.key] = baseline[Side.SALESFORCE][rule.key]
    verdicts = merge(drawn, baseline, now, first)
    settled(drawn, baseline, now, verdicts)
    waiting = {verdict.field for verdict in verdicts if isinstance(verdict, Clash)}
    for rule in drawn:
        assert rule.key in waiting or equal(rule, now[Side.SALESFORCE][rule.key], now[Side.XERO][rule.key])


@given(situations(), firsts)
def test_only_fields_that_differ_are_written_and_only_where_the_arrow_points(situation, first):
    drawn, baseline, now = situation
    by_key = {rule.key: rule for rule in drawn}
    verdicts = merge(drawn, baseline, now, first)
    assert len({verdict.field for verdict in verdicts}) == len(verdicts)
    for verdict in verdicts:
        rule = by_key[verdict.field]
        assert rule.flow is not Flow.OFF
        if isinstance(verdict, Carry):
            assert rule.flow.reaches(verdict.to)
            assert not equal(rule, verdict.value, now[verdict.to][verdict.field])
            assert verdict.value == now[verdict.to.other][verdict.field]


@given(situations(), firsts)
def test_a_blank_is_never_carried_without_a_baseline_nor_where_blanks_are_kept_or_filled(situation, first):
    drawn, baseline, now = situation
    by_key = {rule.key: rule for rule in drawn}
    for verdict in merge(drawn, baseline, now, first):
        if isinstance(verdict, Carry) and is_blank(verdict.value):
            assert by_key[verdict.field].blank is Blank.CARRY
            assert verdict.field in baseline[Side.SALESFORCE]


@given(situations(blank=Blank.FILL), firsts)
def test_fill_writes_onto_blanks_only(situation, first):
    drawn, baseline, now = situation
    for verdict in merge(drawn, baseline, now, first):
        assert not isinstance(verdict, Carry) or is_blank(now[verdict.to][verdict.field])


@given(situations(flow=Flow.S2X, drift=Drift.OVERWRITE), firsts)
def test_a_field_that_flows_one_way_is_never_asked_about(situation, first):
    drawn, baseline, now = situation
    assert not any(isinstance(verdict, Clash) for verdict in merge(drawn, baseline, now, first))


@given(situations(), firsts, st.sampled_from(Side))
def test_a_field_that_was_not_read_is_passed_over(situation, first, side):
    drawn, baseline, now = situation
    now[side].pop("uno")
    assert all(verdict.field != "uno" for verdict in merge(drawn, baseline, now, first))


@given(situations(), firsts)
def test_fields_do_not_know_of_each_other(situation, first):
    drawn, baseline, now = situation
    together = list(merge(drawn, baseline, now, first))
    alone = [verdict for rule in drawn for verdict in merge([rule], baseline, now, first)]
    assert together == alone

"""Limits on what a plan would do, judged on its effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.guard import Effects, breaches
from reconciler.core.model import Ref, Side
from reconciler.core.plan import Action, Change, Do
from reconciler.core.schema import Limits

S, X = Side.SALESFORCE, Side.XERO
LIMITS = {"customer": Limits()}


def action(do: Do = Do.UPDATE, side: Side = X, **changes: tuple[str, str]) -> Action:
    fields = {key: Change(old, new) for key, (old, new) in changes.items()}
    return Action(do, "customer", side, Ref(side, "1"), None, fields)


EDIT, BLANK = action(phone=("1", "2")), action(phone=("1", ""))


def passed(actions: list[Action], links: int = 1000, by_rule_edit: list[Action] | None = None) -> set[tuple]:
    effects, alone = Effects(), Effects()
    effects.add(actions)
    alone.add(by_rule_edit or [])
    found = breaches(effects, LIMITS, {"customer": links}, alone)
    return {(breach.limit, breach.side, breach.found) for breach in found}


AT_THE_LIMIT = {
    "creates": (action(Do.CREATE, name=("", "Acme")), 100),
    "retirements": (action(Do.RETIRE), 5),
    "blanks": (BLANK, 20),
}


@pytest.mark.parametrize("limit", AT_THE_LIMIT)
def test_a_plan_may_reach_a_limit_and_not_pass_it(limit):
    one, most = AT_THE_LIMIT[limit]
    assert passed([one] * most) == set()
    assert passed([one] * (most + 1)) == {(limit, X, most + 1)}


@pytest.mark.parametrize(
    ("updates", "links", "halts"),
    [
        (201, 800, True),  # more than 200 and more than a quarter of the links
        (200, 400, False),  # not more than 200
        (201, 804, False),  # a quarter and no more
        (40, 40, False),
        (201, 49, False),  # shares count from 50 links up
        (201, 50, True),
        (5_000, 1_000_000, False),
        (5_001, 1_000_000, True),  # too many whatever the share
        (5_001, 10, True),
    ],
)
def test_updates_halt_by_number_and_share_together_or_by_sheer_number(updates, links, halts):
    assert bool(passed([EDIT] * updates, links)) is halts


def test_a_blank_written_onto_a_blank_erases_nothing():
    assert passed([action(phone=("", ""))] * 100) == set()


def test_an_address_is_blanked_when_all_of_it_is():
    blanked = Action(Do.UPDATE, "customer", X, Ref(X, "1"), None, {"billing": Change(("a", ""), ("", ""))})
    parted = Action(Do.UPDATE, "customer", X, Ref(X, "1"), None, {"billing": Change(("a", "b"), ("a", ""))})
    assert passed([blanked] * 21) == {("blanks", X, 21)}
    assert passed([parted] * 21) == set()


def test_each_side_has_its_own_totals():
    there = action(Do.CREATE, S)
    assert passed([action(Do.CREATE)] * 100 + [there] * 100) == set()
    assert passed([action(Do.CREATE)] * 100 + [there] * 101) == {("creates", S, 101)}


def test_stamps_and_adoptions_change_nothing_that_a_person_typed():
    nothing = [action(Do.STAMP, S, partner=("", "x")), action(Do.ADOPT)]
    assert passed(nothing * 6_000) == set()


def test_an_edit_of_the_rules_halts_beyond_twenty_updates_of_its_own():
    assert passed([EDIT] * 21, by_rule_edit=[EDIT] * 20) == set()
    assert passed([EDIT] * 21, by_rule_edit=[EDIT] * 21) == {("updates_by_rule_edit", X, 21)}


def test_an_edit_of_the_rules_halts_at_its_first_blank_and_its_first_retirement():
    assert passed([], by_rule_edit=[BLANK]) == {("blanks_by_rule_edit", X, 1)}
    assert passed([], by_rule_edit=[action(Do.RETIRE)]) == {("retirements_by_rule_edit", X, 1)}


SOME = st.lists(
    st.builds(
        lambda do, side, old, new, n: [action(do, side, phone=(old, new))] * n,
        st.sampled_from(Do),
        st.sampled_from(Side),
        st.sampled_from(["", "1"]),
        st.sampled_from(["", "2"]),
        st.sampled_from([1, 5, 6, 20, 21, 100, 101, 201, 5_001]),
    ),
    max_size=4,
).map(lambda lists: [one for some in lists for one in some])


@given(SOME, SOME, st.sampled_from([0, 49, 50, 400, 804, 10**6]))
def test_monotonic_a_larger_plan_never_passes_fewer_limits(plan, more, links):
    smaller = {(limit, side) for limit, side, _ in passed(plan, links, plan)}
    larger = {(limit, side) for limit, side, _ in passed(plan + more, links, plan + more)}
    assert smaller <= larger


@given(SOME, st.sampled_from([0, 50, 400]))
def test_a_plan_is_judged_alike_in_any_order(plan, links):
    assert passed(plan, links) == passed(plan[::-1], links)

"""How two records compare, by table: what speaks for their being one, what against, and what follows from that."""

from __future__ import annotations

import pytest

from reconciler.core.match.evidence import Evidence, compare
from reconciler.core.match.finding import sort_of
from reconciler.core.match.judging import certain, chosen, likely_twice
from reconciler.core.match.naming import Likeness, likeness
from reconciler.core.match.profile import of_fields
from reconciler.core.model import Fields

MAIL, PHONE = "accounts@aurora.example", "+64 9 300 1000"
SAME, NEAR, LOOSE, OTHER = Likeness.SAME, Likeness.NEAR, Likeness.LOOSE, Likeness.OTHER


def found(one: Fields, other: Fields) -> Evidence:
    """As if nobody else had what the two have in common."""
    ours, theirs = of_fields(one), of_fields(other)
    shared = {sort_of(key): True for key in set(ours.found_by()) & set(theirs.found_by())}
    return compare(ours, theirs, shared)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("aurora brewing", "aurora brewing", SAME),
        ("aurora brewing", "brewing aurora", SAME),
        ("aurora brewing", "aurorabrewing", SAME),
        ("aurora brewing", "aurora brweing", NEAR),
        ("aurora brewing", "aurora brewing of auckland", LOOSE),
        ("aurora brewing", "boreal bakery", OTHER),
        ("", "", OTHER),
        ("aurora brewing", "", OTHER),
    ],
)
def test_names_are_compared_whatever_the_order_of_their_words(one: str, other: str, alike: Likeness) -> None:
    assert likeness(one, other) is likeness(other, one) is alike


def test_two_legal_forms_of_one_name_may_be_two_companies() -> None:
    evidence = found({"name": "Aurora Ltd", "email": MAIL}, {"name": "Aurora GmbH", "email": MAIL})
    assert (evidence.likeness, "form" in evidence.against, certain(evidence)) == (NEAR, True, False)


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        ("49-091-850", "49-091-851", False),  # one of them is no number at all: a slip of the keyboard
        ("49-091-850", "35-901-981", True),
        ("49-091-850", "", False),
    ],
)
def test_tax_numbers_a_slip_apart_do_not_make_two_companies(one: str, other: str, two: bool) -> None:
    evidence = found({"name": "Aurora", "tax_number": one}, {"name": "Aurora", "tax_number": other})
    assert ("tax" in evidence.against) is two


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        (("1 Elgin St", "Auckland", "", "", "NZ"), ("1 Elgin St", "Wellington", "", "", "NZ"), True),
        (("1 Elgin St", "", "", "", "New Zealand"), ("1 Elgin St", "", "", "", "Australia"), True),
        (("1 Elgin St", "", "", "", "New Zealand"), ("1 Elgin St", "Auckland", "", "", ""), False),
        (("1 Elgin St", "Auckland", "", "1010", "NZ"), ("1 Elgin St", "Tamaki", "", "1010", "NZ"), False),
    ],
)
def test_another_town_is_another_town_or_another_country_where_no_town_is_told(
    one: tuple[str, ...], other: tuple[str, ...], far: bool
) -> None:
    assert ("far" in found({"name": "A", "billing": one}, {"name": "A", "billing": other}).against) is far


@pytest.mark.parametrize(
    ("alike", "reasons", "against", "twice"),
    [
        (SAME, {"name"}, set(), True),
        (SAME, {"name"}, {"phone"}, False),
        (SAME, {"name", "email"}, {"phone"}, True),
        (SAME, {"name", "email"}, {"far"}, False),
        (NEAR, {"near"}, set(), False),
        (NEAR, {"near", "phone"}, set(), True),
        (LOOSE, {"like", "tax"}, set(), False),  # a group with one number
        (LOOSE, {"like", "tax", "email"}, set(), True),
        (LOOSE, {"like", "email", "phone"}, set(), False),
        (OTHER, {"tax", "email"}, set(), False),
    ],
)
def test_what_makes_two_records_of_one_side_likely_to_be_one(
    alike: Likeness, reasons: set[str], against: set[str], twice: bool
) -> None:
    assert likely_twice(Evidence(alike, frozenset(reasons), frozenset(against))) is twice


@pytest.mark.parametrize(
    ("best", "rival", "is_chosen"),
    [
        ({"id"}, {"name", "email"}, True),
        ({"id"}, {"id"}, False),
        ({"name", "email", "phone"}, {"id"}, False),
        ({"name", "email", "phone"}, {"tax"}, False),
        ({"name", "tax", "phone"}, {"tax"}, True),
        ({"name", "email", "phone"}, {"email"}, True),
        ({"name", "email", "phone"}, {"name", "email"}, False),
    ],
)
def test_the_best_is_linked_without_asking_only_where_no_rival_comes_into_question(
    best: set[str], rival: set[str], is_chosen: bool
) -> None:
    other = SAME if "name" in rival else OTHER
    assert chosen(Evidence(SAME, frozenset(best)), [Evidence(other, frozenset(rival))]) is is_chosen


def test_a_namesake_with_another_tax_number_is_no_rival() -> None:
    best = Evidence(SAME, frozenset({"name", "email", "phone"}))
    assert chosen(best, [Evidence(SAME, frozenset({"name"}), frozenset({"tax"}))])
    assert not chosen(best, [Evidence(SAME, frozenset({"name"}))])

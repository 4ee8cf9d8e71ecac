"""Criteria: what each condition means, and that no condition a person can save is a burden."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import criteria
from reconciler.core.criteria import Group, Operator, Row, met, told, version
from reconciler.core.model import Record, Ref, Side
from reconciler.core.schema import OptIn
from reconciler.mapping.shipped import CUSTOMER

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MEMBERS = {field.key: field.members for field in CUSTOMER.fields}
RECORD = Record(
    Ref(Side.XERO, "x1"), "customer", "v1", NOW, NOW,
    {
        "name": "Straße & Söhne Ltd", "account_number": "120.50", "phone": "",
        "billing": ("1 Quay Street", "Auckland", "", "1010", "New Zealand"),
    },
    groups=("Wholesale", "Prompt payers"), is_customer=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("field", "operator", "values", "holds"),
    [
        ("name", "equal", ("STRASSE & SÖHNE LTD",), True),
        ("name", "equal", ("Söhne",), False),
        ("name", "not_equal", ("Söhne",), True),
        ("name", "containing", ("söhne",), True),
        ("name", "beginning", ("straße",), True),
        ("name", "beginning", ("Ltd",), False),
        ("name", "one_of", ("a", "strasse & söhne ltd"), True),
        ("name", "one_of", ("a", "b"), False),
        ("phone", "blank", (), True),
        ("phone", "filled", (), False),
        ("phone", "equal", ("1",), False),
        ("phone", "not_equal", ("1",), True),
        ("billing.country", "equal", ("new zealand",), True),
        ("billing.region", "blank", (), True),
        ("billing", "containing", ("quay",), True),
        ("billing", "filled", (), True),
        ("name.country", "filled", (), False),
        ("unknown", "filled", (), False),
        ("account_number", "at_least", ("120.5",), True),
        ("account_number", "at_least", ("121",), False),
        ("account_number", "at_most", ("121",), True),
        ("account_number", "at_most", ("1e999999999",), False),
        ("name", "at_least", ("0",), False),
        ("groups", "equal", ("wholesale",), True),
        ("groups", "one_of", ("retail", "prompt payers"), True),
        ("groups", "not_equal", ("wholesale",), False),
        ("is_customer", "equal", ("yes",), True),
        ("is_supplier", "equal", ("yes",), False),
    ],
)
def test_a_condition_means_what_it_says(field: str, operator: str, values: tuple[str, ...], *, holds: bool) -> None:
    assert met(Row(field, Operator(operator), values), RECORD, MEMBERS) is holds


YES, NO = Row("name", Operator.FILLED), Row("name", Operator.BLANK)


def test_all_wants_every_one_and_any_wants_one() -> None:
    assert met(Group(True, (YES, YES)), RECORD, MEMBERS)
    assert not met(Group(True, (YES, NO)), RECORD, MEMBERS)
    assert met(Group(False, (NO, YES)), RECORD, MEMBERS)
    assert not met(Group(False, (NO, NO)), RECORD, MEMBERS)
    assert met(Group(True, (YES, Group(False, (NO, YES)))), RECORD, MEMBERS)
    assert met(None, RECORD, MEMBERS)


def test_criteria_stand_beside_the_other_conditions_of_sharing() -> None:
    everybody = replace(CUSTOMER, opt_in=OptIn(xero="all"))
    assert everybody.admits(RECORD)
    assert not replace(everybody, opt_in=replace(everybody.opt_in, criteria=NO)).admits(RECORD)
    assert not replace(CUSTOMER, opt_in=OptIn(xero="none", criteria=YES)).admits(RECORD)
    account = replace(RECORD, ref=Ref(Side.SALESFORCE, "s1"), flag=True)
    assert replace(CUSTOMER, opt_in=OptIn(criteria=YES)).admits(account)
    assert not replace(CUSTOMER, opt_in=OptIn(criteria=NO)).admits(account)
    assert not replace(CUSTOMER, opt_in=OptIn(criteria=YES)).admits(replace(account, flag=False))


def test_criteria_are_told_in_words_and_have_a_fingerprint() -> None:
    found = Group(True, (Row("name", Operator.CONTAINING, ("Ltd",)), Group(False, (YES, NO))))
    assert told(found) == "name containing Ltd and (name filled or name blank)"
    assert version(found) == version(replace(found))
    assert version(found) != version(YES)
    assert version(None) == told(None) == ""


texts = st.text(max_size=30)
fields = st.one_of(st.sampled_from([*MEMBERS, *criteria.FACTS, "billing.country", "."]), texts)
rows = st.builds(
    lambda field, operator, values: Row(field, operator, tuple(values) if operator.takes_value else ()),
    fields, st.sampled_from(Operator), st.lists(texts, min_size=1, max_size=5),
)  # fmt: skip
conditions = st.recursive(
    rows,
    lambda inner: st.builds(lambda every, of: Group(every, tuple(of)), st.booleans(), st.lists(inner, min_size=1)),
    max_leaves=30,
)


@given(conditions, st.dictionaries(st.sampled_from(list(MEMBERS)), st.one_of(texts, st.tuples(texts, texts))))
def test_any_condition_is_judged_on_any_record(condition: criteria.Condition, shown: dict[str, str]) -> None:
    assert met(condition, replace(RECORD, fields=shown), MEMBERS) in (True, False)
    assert isinstance(told(condition), str)


@given(conditions)
def test_all_and_any_are_each_other_s_mirror(condition: criteria.Condition) -> None:
    both = Group(True, (condition, condition))
    either = Group(False, (condition, condition))
    assert met(both, RECORD, MEMBERS) == met(either, RECORD, MEMBERS) == met(condition, RECORD, MEMBERS)

"""Criteria in a document: what is taken, what is refused and how it is said, and that nothing escapes or swells."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import criteria
from reconciler.core.criteria import Group, Operator, Row
from reconciler.core.schema import Rules
from reconciler.errors import Usage
from reconciler.rules import changes, export, parse, shipped

DOCUMENT = """
kinds:
  customer:
    opt_in:
      criteria:
        all:
          - {field: name, is: containing, value: Ltd}
          - any:
              - {field: billing.country, is: one_of, value: [New Zealand, Australia]}
              - {field: tax_number, is: filled}
"""
WANTED = Group(
    True,
    (
        Row("name", Operator.CONTAINING, ("Ltd",)),
        Group(
            False,
            (
                Row("billing.country", Operator.ONE_OF, ("New Zealand", "Australia")),
                Row("tax_number", Operator.FILLED),
            ),
        ),
    ),
)


def found(rules: Rules) -> criteria.Condition | None:
    return rules.kinds["customer"].opt_in.criteria


def with_criteria(content: Any) -> str:
    return json.dumps({"kinds": {"customer": {"opt_in": {"criteria": content}}}})


def test_rows_and_groups_are_taken_as_they_stand() -> None:
    rules = parse(DOCUMENT)
    assert found(rules) == WANTED
    assert parse(export(rules)) == rules
    assert [change.path for change in changes(shipped(), rules)] == ["kinds.customer.opt_in.criteria"]


def test_criteria_stay_when_a_document_does_not_name_them_and_go_when_it_says_null() -> None:
    rules = parse(DOCUMENT)
    assert found(parse("schedule: {every_minutes: 5}", rules)) == WANTED
    assert found(parse("kinds: {customer: {opt_in: {xero: all}}}", rules)) == WANTED
    assert found(parse("kinds: {customer: {opt_in: {criteria: null}}}", rules)) is None


NESTED: Any = {"field": "name", "is": "filled"}
for _ in range(criteria.DEEPEST + 1):
    NESTED = {"all": [NESTED]}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("all", "write all: [...]"),
        ({}, "write all: [...]"),
        ({"all": []}, "at least one condition"),
        ({"all": {"field": "name"}}, "at least one condition"),
        ({"all": [], "any": []}, "all stands alone"),
        ({"field": "name"}, "needs field and is"),
        ({"field": "name", "is": "like", "value": "x"}, "'like' is not known here"),
        ({"field": "name", "is": "equal"}, "equal takes one value"),
        ({"field": "name", "is": "filled", "value": "x"}, "filled takes no value"),
        ({"field": "name", "is": "equal", "value": ["a", "b"]}, "equal takes one value"),
        ({"field": "name", "is": "equal", "value": "x" * 256}, "longer than 255"),
        ({"field": "name", "is": "one_of", "value": ["x"] * 101}, "more than 100 values"),
        ({"field": "salary", "is": "filled"}, "'salary' is not shared"),
        ({"field": "billing.moon", "is": "filled"}, "no part called 'moon'"),
        ({"field": "name.first", "is": "filled"}, "it has: none"),
        ({"all": [{"field": "name", "is": "filled"}] * 101}, "more than 100 conditions"),
        (NESTED, "nested deeper than 4"),
        ({"field": "name", "is": "filled", "eval": "1"}, "there is no such setting"),
    ],
)
def test_what_cannot_be_a_condition_is_refused_with_its_place(content: Any, sentence: str) -> None:
    with pytest.raises(Usage) as refused:
        parse(with_criteria(content))
    assert any(sentence in problem for problem in refused.value.problems), refused.value.problems
    assert all("line" in problem for problem in refused.value.problems)


SPOILT = """
kinds:
  customer:
    opt_in:
      criteria:
        all:
          - {field: name, is: containing, value: Ltd}
          - any:
              - {field: name, is: like}
              - {field: salary, is: filled}
          - field: phone
            is: equal
            value: []
          - field: name
            is: one_of
            value:
              - x
              - {y: z}
"""


def test_a_fault_within_a_condition_names_its_row_and_the_line_it_stands_on() -> None:
    with pytest.raises(Usage) as refused:
        parse(SPOILT)
    places = {problem.partition(": ")[0] for problem in refused.value.problems}
    row = "kinds.customer.opt_in.criteria.all"
    assert places == {
        f"line 9, {row}[1].any[0].is",
        f"line 9, {row}[1].any[0]",
        f"line 10, {row}[1].any[1].field",
        f"line 11, {row}[2]",
        f"line 14, {row}[3]",
        f"line 17, {row}[3].value",
    }
    with pytest.raises(Usage) as refused:
        parse("kinds: {customer: {opt_in: {criteria: {all: [{field: name, is: *x}]}}}}")
    assert f"{row}[0].is" in refused.value.problems[0]


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.sampled_from(["name", "filled", "all"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["all", "any", "field", "is", "value", "or"]), inner, max_size=3),
    ),
    max_leaves=40,
)


@given(anything)
def test_whatever_is_written_there_is_taken_whole_or_refused(content: Any) -> None:
    try:
        rules = parse(with_criteria(content))
    except Usage:
        return
    assert parse(export(rules)) == rules
    assert len(criteria.rows(found(rules))) <= criteria.MOST_ROWS


@pytest.mark.parametrize("word", ["all", "any"])
def test_a_bomb_is_refused_before_it_grows(word: str) -> None:
    bombs = [
        "kinds: {customer: {opt_in: {criteria: " + f"{{{word}: [" * 500,
        with_criteria({word: [{"field": "name", "is": "filled"}] * 300}),
        "a: &a [x, x]\nb: &b [*a, *a]\nkinds: {customer: {opt_in: {criteria: *b}}}",
    ]
    tracemalloc.start()
    for bomb in bombs:
        with pytest.raises(Usage):
            parse(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024

"""The laws of the rules' document, for every rules and every text."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler import rules
from reconciler.core.schema import Blank, Create, Drift, First, Policy, Unmapped
from reconciler.core.values.text import one_line
from reconciler.errors import Usage

SHIPPED = rules.shipped()
KEYS = [rule.key for rule in SHIPPED.kinds["customer"].fields]
GROUPS = st.text(min_size=1, max_size=60).map(one_line).filter(bool)


def words(kind):
    return st.sampled_from([choice.value for choice in kind])


WORDS = st.text(min_size=1, max_size=9).map(one_line).filter(bool)
FIELD = st.fixed_dictionaries(
    {},
    optional={
        "flow": st.sampled_from(["X2S", "off"]),
        "policy": words(Policy),
        "blank": words(Blank),
        "drift": words(Drift),
        "first": words(First) | st.none(),
    },
)
PAIRS = st.lists(st.tuples(WORDS, WORDS), unique_by=(lambda pair: pair[0], lambda pair: pair[1]), max_size=4)
WORDED = st.fixed_dictionaries(
    {"flow": st.just("X2S"), "unmapped": words(Unmapped)},
    optional={
        "values": PAIRS.map(dict) | st.none(),
        "default": WORDS.map(lambda word: {"salesforce": word}) | st.none(),
    },
)
EDITS = st.fixed_dictionaries(
    {
        "create": words(Create),
        "retire": st.sampled_from(["ask", "none"]),
        "suppliers": st.sampled_from(["leave_out", "include"]),
        "first": words(First),
        "policy": words(Policy),
        "opt_in": st.fixed_dictionaries(
            {"xero": st.sampled_from(["none", "all"]) | GROUPS.map(lambda g: {"group": g})}
        ),
        "limits": st.fixed_dictionaries(
            {
                "creates": st.integers(0, 1_000_000),
                "updates_share": st.integers(0, 10_000).map(lambda n: f"{n / 10_000:.4f}"),
            }
        ),
        "fields": st.builds(
            lambda plain, worded: plain | {"account_number": worded},
            st.dictionaries(st.sampled_from(KEYS), FIELD, max_size=4),
            WORDED,
        ),
    }
)
TIMES = st.times().map(lambda time: f"{time:%H:%M}") | st.just("")
SCHEDULES = st.fixed_dictionaries({"every_minutes": st.integers(1, 10_080), "full_compare": TIMES})


@st.composite
def edited(draw):
    return rules.revise(SHIPPED, {"kinds": {"customer": draw(EDITS)}, "schedule": draw(SCHEDULES)})


@given(edited())
def test_an_exported_document_makes_the_same_rules(made):
    assert rules.parse(rules.export(made)) == made


@given(edited(), edited())
def test_an_exported_document_says_everything_so_that_what_was_there_does_not_matter(made, base):
    assert rules.parse(rules.export(made), base) == made


@given(edited(), edited())
def test_nothing_differs_exactly_when_the_rules_are_the_same(one, other):
    assert (rules.changes(one, other) == ()) == (one == other)
    assert rules.changes(one, one) == ()


@given(
    st.text(max_size=200)
    | st.text(alphabet="kinds:customrfelpho{}[],-'\"&*!?|>%@ \n\t~0\\U", max_size=200)
    | st.builds(
        lambda text, start, junk: text[:start] + junk + text[start:],
        st.just(rules.export(SHIPPED)),
        st.integers(0, 1500),
        st.text(max_size=6) | st.sampled_from([": ", "{", "'", "*a", "&a", "!t ", "\t", "\n- ", "- ", "? ", "off"]),
    )
)
@example("%YAML 9" + "9" * 5000 + ".1\n---\n")
@example("a: \ud800")
@example("\ufeffkinds: {}")
def test_no_document_whatever_meets_anything_but_rules_or_a_reason(text):
    with suppress(Usage):
        assert rules.parse(text).kinds.keys() == {"customer"}

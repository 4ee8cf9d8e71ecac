"""What Hypothesis draws for the core: few values, often the same, so that coincidences are the rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from hypothesis import strategies as st

from reconciler.core.model import SIDES, ClockReading, Grade, Side, Value
from reconciler.core.model import Edit as Evidence
from reconciler.core.schema import ADDRESS, Blank, Drift, FieldRule, First, Flow, Policy
from tests.core.decision_table import Act, Decide, Edit, OptIn, Row, Setting, Turn
from tests.core.linked_pair import NOON

# Per comparison: values of which some are one value in two spellings, and always the blank.
POOLS: Mapping[str, tuple[Value, ...]] = {
    "text": ("", "a", "b", "c"),
    "email": ("", "kim@firm.example", "Kim@Firm.example", "sam@firm.example"),
    # The first three ring alike in New Zealand, the fourth in Australia, where it has the digits of the first.
    "phone": ("", "09 123 4567", "+64 9 123 4567", "0064 9 1234567", "+61 9 123 4567", "ask for Kim"),
    "country": ("", "NZ", "New Zealand", "AU", "Australia"),
    "address": (
        ("",) * 5,
        ("1 Quay St", "Napier", "", "4110", "New Zealand"),
        ("1 Quay St", "Napier", "", "4110", "NZ"),
        ("2 Wharf Rd", "Napier", "", "4110", "NZ"),
        ("1 Quay St", "Napier", "", "", "NZ"),
    ),
}
POSITIONS = ("uno", "due", "tre")  # keys of up to three fields

settings = st.builds(
    Setting,
    flow=st.sampled_from(Flow),
    policy=st.sampled_from(Policy),
    blank=st.sampled_from(Blank),
    drift=st.sampled_from(Drift),
    first=st.sampled_from(First),
)
comparisons = st.sampled_from(sorted(POOLS))


@st.composite
def rules(draw: st.DrawFn, /, key: str = "uno", **fixed: object) -> FieldRule:
    """A field's rule with any setting; `fixed` are not drawn."""
    comparison = draw(comparisons)
    chosen = {
        "flow": draw(st.sampled_from(Flow)),
        "blank": draw(st.sampled_from(Blank)),
        "drift": draw(st.sampled_from(Drift)),
        "first": draw(st.none() | st.sampled_from(First)),
        **fixed,
    }
    members = ADDRESS if comparison == "address" else ()
    return FieldRule(key, "Shared", "Shared", comparison, members=members, **chosen)


def values(rule: FieldRule) -> st.SearchStrategy[Value]:
    """Any value of the rule's comparison, blank ones included."""
    return st.sampled_from(POOLS[rule.comparison])


Fields = dict[Side, dict[str, Value]]


@st.composite
def situations(draw: st.DrawFn, /, **fixed: object) -> tuple[list[FieldRule], Fields, Fields]:
    """Up to three fields, each with a baseline or none, and what the sides show now."""
    drawn = [draw(rules(key, **fixed)) for key in POSITIONS[: draw(st.integers(1, 3))]]
    baseline: Fields = {side: {} for side in SIDES}
    now: Fields = {side: {} for side in SIDES}
    for rule in drawn:
        known = draw(st.booleans())
        for side in SIDES:
            now[side][rule.key] = draw(values(rule))
            if known:
                baseline[side][rule.key] = draw(values(rule))
    return drawn, baseline, now


moments = st.integers(0, 120).map(lambda minutes: NOON + timedelta(seconds=minutes))


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """When a field was edited, to the second, within two minutes."""
    after, until = sorted((draw(moments), draw(moments)))
    return Evidence(after, until, draw(st.sampled_from(Grade)))


edits = st.fixed_dictionaries({side: st.none() | evidence() for side in SIDES})
clocks = st.fixed_dictionaries(
    {
        side: st.builds(
            ClockReading,
            offset=st.integers(-30, 30).map(float),
            uncertainty=st.integers(0, 3).map(float),
            jumped_at=st.none() | moments,
        )
        for side in SIDES
    }
)


def _edit(minute: int) -> st.SearchStrategy[Act]:
    return st.builds(
        Edit,
        side=st.sampled_from(Side),
        value=st.sampled_from(POOLS["text"]),
        minute=st.just(minute),
        crowded=st.booleans(),
    )


_ACTS: st.SearchStrategy[Act] = (
    st.integers(1, 50).flatmap(_edit)
    | st.integers(1, 50).flatmap(_edit)
    | st.builds(Turn, to=settings)
    | st.builds(OptIn, on=st.booleans())
)
_DECISIONS: st.SearchStrategy[Act] = st.builds(Decide, take=st.sampled_from(Side)) | st.builds(
    Decide, value=st.sampled_from(POOLS["text"])
)


@st.composite
def stories(draw: st.DrawFn) -> Row:
    """Any history of one field: edits, decisions, changed rules, opt-outs; where it ends is for the law to say."""
    start = (draw(st.sampled_from(POOLS["text"])), draw(st.sampled_from(POOLS["text"])))
    rounds = []
    for _ in range(draw(st.integers(1, 4))):
        decision = draw(st.none() | _DECISIONS)
        acts = draw(st.lists(_ACTS, max_size=3))
        rounds.append((*([decision] if decision else []), *acts))
    return Row("a story", draw(settings), start, tuple(rounds), start)

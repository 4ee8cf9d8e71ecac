"""Three-way merge of one linked pair, field by field.

Each side is compared with what *it* showed when the two last agreed.  A field edited on one side only is
carried; edited on both to equal values it is agreed; edited on both to different values it is a clash, and
clashes are returned, not decided: that is `core.policy`.

Laws, each checked by name in tests/core/test_merge_laws.py:

    unchanged    merging what both showed when they agreed writes nothing
    no loss      on a two-way field an edit made on one side only is carried
    symmetry     swapping the sides (and the flows) swaps the result
    fixpoint     merging again after applying the result finds nothing to do
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from reconciler.core.model import SIDES, Fields, Side, Value, Word
from reconciler.core.schema import Blank, Drift, FieldRule, First, Flow
from reconciler.core.values import equal, is_blank, same


class Cause(Word):
    """Why a value is carried."""

    EDITED = "edited"  # on the other side, since the two last agreed
    FILLED = "filled"  # the target was blank
    PUT_BACK = "put_back"  # edited against a one-way flow
    FIRST = "first"  # the two differed when they were first compared
    DECIDED = "decided"  # a person or a policy decided a clash
    UNDONE = "undone"  # a person took back what was written
    BALANCE = "balance"  # what is owed has changed; nobody edited it


class Carry(NamedTuple):
    """Write `value`, in the words of the other side, on `to`.

    `lost` is what a person had typed there and is now overwritten, if anything.
    """

    field: str
    to: Side
    value: Value
    cause: Cause
    lost: Value | None = None


@dataclass(frozen=True, slots=True)
class Agree:
    """The sides agree, or are taken as they are: the baseline becomes `values`; nothing is written.

    Only one side is named where only that side's baseline moves (blank: keep and fill).
    """

    field: str
    values: Mapping[Side, Value]


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that only a policy or a person can decide.  `reason`: clash | first | protected."""

    field: str
    reason: str


Verdict: TypeAlias = Carry | Agree | Clash


def merge(
    rules: Iterable[FieldRule],
    baseline: Mapping[Side, Fields],
    now: Mapping[Side, Fields],
    first: First = First.ASK,
) -> Sequence[Verdict]:
    """Say, for each field that is not as it was, what is to be done.

    `first` applies to fields without a baseline whose rule names none of its own.  A field that a side has not
    been read with yet is passed over: not seen is not blank.
    """
    base_s, base_x = baseline[Side.SALESFORCE], baseline[Side.XERO]
    now_s, now_x = now[Side.SALESFORCE], now[Side.XERO]
    if base_s == now_s and base_x == now_x:
        return ()
    found: list[Verdict] = []
    off = Flow.OFF  # looked up once: that takes longer than comparing two values
    for rule in rules:
        key = rule.key
        if rule.flow is off or key not in now_s or key not in now_x:
            continue
        if key not in base_s or key not in base_x:
            found.append(_first(rule, _pair(now, key), rule.first or first))
        elif base_s[key] != now_s[key] or base_x[key] != now_x[key]:
            verdict = _edited(rule, _pair(baseline, key), _pair(now, key))
            found.extend((verdict,) if verdict else ())
    return found


def _pair(fields: Mapping[Side, Fields], key: str) -> Mapping[Side, Value]:
    return {side: fields[side][key] for side in SIDES}


# Where both are filled, `filled` cannot say whose value stands, and a person is asked.
_STANDS = {First.SALESFORCE: Side.SALESFORCE, First.XERO: Side.XERO}


def _first(rule: FieldRule, now: Mapping[Side, Value], first: First) -> Verdict:
    """No baseline: a blank never erases, and both filled and different is decided by the direction or asked."""
    if same(rule, now):
        return Agree(rule.key, now)
    blank = next((side for side in SIDES if is_blank(now[side])), None)
    if blank:
        fills = rule.flow.reaches(blank)
        cause = Cause.BALANCE if rule.derived else Cause.FILLED
        return Carry(rule.key, blank, now[blank.other], cause) if fills else Agree(rule.key, now)
    winner = rule.flow.origin or _STANDS.get(first)
    if winner is None:
        return Clash(rule.key, "first")
    if rule.blank is Blank.FILL:  # only a blank is ever written
        return Agree(rule.key, now)
    return Carry(rule.key, winner.other, now[winner], Cause.FIRST, lost=now[winner.other])


def _edited(rule: FieldRule, base: Mapping[Side, Value], now: Mapping[Side, Value]) -> Verdict | None:
    """At least one side does not show what it did when the two last agreed."""
    if same(rule, now):
        return Agree(rule.key, now)
    moved = _moved(rule, base, now)
    cleared = {side for side in moved if is_blank(now[side])} if rule.blank is Blank.KEEP else set()
    moved -= cleared
    if not moved:
        return Agree(rule.key, {side: now[side] for side in cleared}) if cleared else None
    if rule.blank is Blank.FILL:
        return _fill(rule, now, moved)
    origin = rule.flow.origin
    return _one_way(rule, origin, base, now, moved) if origin else _both_ways(rule, now, moved)


def _moved(rule: FieldRule, base: Mapping[Side, Value], now: Mapping[Side, Value]) -> set[Side]:
    """The sides that were edited: a new spelling is no edit, unless it is one that parts what was equal.

    A telephone number without its country equals that number in two countries; one of the two may yet be added to it.
    """
    # The words of Salesforce first, as the two were just compared: which of them are equal is then known already.
    moved = set[Side]()
    if not equal(rule, now[Side.SALESFORCE], base[Side.SALESFORCE]):
        moved.add(Side.SALESFORCE)
    if not equal(rule, base[Side.XERO], now[Side.XERO]):
        moved.add(Side.XERO)
    if not moved and same(rule, base):
        return {side for side in SIDES if base[side] != now[side]}
    return moved


def _fill(rule: FieldRule, now: Mapping[Side, Value], moved: set[Side]) -> Verdict:
    """Only a blank target is ever written; other edits stay where they are and both sides count as agreed.

    Both: a spelling left behind in one baseline could come to equal the other's new value, and look like an edit.
    """
    for side in SIDES:
        if side in moved and not is_blank(now[side]) and is_blank(now[side.other]) and rule.flow.reaches(side.other):
            return Carry(rule.key, side.other, now[side], Cause.FILLED)
    return Agree(rule.key, now)


def _both_ways(rule: FieldRule, now: Mapping[Side, Value], moved: set[Side]) -> Verdict:
    if len(moved) == len(SIDES):
        return Clash(rule.key, "clash")
    (side,) = moved
    return Carry(rule.key, side.other, now[side], Cause.EDITED)


def _one_way(
    rule: FieldRule, origin: Side, base: Mapping[Side, Value], now: Mapping[Side, Value], moved: set[Side]
) -> Verdict:
    """The from-side's edit is carried; an edit against the arrow is put back, or held where it is protected."""
    target = origin.other
    if target not in moved:
        apart = not is_blank(now[target]) and not same(rule, base)
        # A value that stood there by itself, taken as it was: it was never carried, so its going is shown.
        cause = Cause.BALANCE if rule.derived else Cause.EDITED
        return Carry(rule.key, target, now[origin], cause, lost=now[target] if apart else None)
    if rule.drift is Drift.PROTECT:
        return Clash(rule.key, "protected")
    if is_blank(now[origin]) and (rule.blank is Blank.KEEP or (origin not in moved and not is_blank(base[target]))):
        return Agree(rule.key, now)  # a blank that is not carried, or never was, takes nothing back
    cause = Cause.EDITED if origin in moved else Cause.PUT_BACK
    return Carry(rule.key, target, now[origin], cause, lost=now[target])

"""What is known of one linked pair, field by field; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.model import SIDES, Decision, Edit, LinkState, OpenConflict, Ref, Side, Value
from reconciler.core.schema import FieldRule, KindRule
from reconciler.core.values import equal, meant, same


class Pair:
    """A link's state seen through the rules of its kind; `rules` are those by which its fields flow now."""

    __slots__ = ("rules", "state")

    def __init__(self, state: LinkState, rule: KindRule) -> None:
        self.state = state
        self.rules = _without_name(rule.flowing) if state.own_name else rule.flowing

    def value(self, side: Side, key: str) -> Value:
        return self.state.records[side].fields[key]

    def values(self, key: str) -> Mapping[Side, Value]:
        return {side: self.value(side, key) for side in SIDES}

    def baseline(self, key: str) -> Mapping[Side, Value | None]:
        return {side: self.state.baseline[side].get(key) for side in SIDES}

    def edits(self, key: str) -> Mapping[Side, Edit | None]:
        return {side: self.state.edits.get(side, {}).get(key) for side in SIDES}

    def equal(self, key: str) -> bool:
        return same(self.rules[key], self.values(key))

    def conflicts(self) -> Mapping[str, OpenConflict]:
        """Those that can be settled now.

        A field that a side has not been read with, since it was off or lay elsewhere, is not known to be settled.
        """
        return {key: one for key, one in self.state.conflicts.items() if key not in self.rules or self._is_read(key)}

    def stands(self, decision: Decision, key: str) -> bool:
        """Whether the values decided on still stand, or the decision itself stands already."""
        shown = decision.shown
        return all(self.value(side, key) == shown[side] or self.shows(side, key, decision) for side in SIDES)

    def shows(self, side: Side, key: str, decision: Decision) -> bool:
        """Whether a side shows what was decided."""
        return is_chosen(self.rules[key], decision, side, self.value(side, key))

    def both_show(self, key: str, decision: Decision) -> bool:
        return all(self.shows(side, key, decision) for side in SIDES)

    def chosen(self, key: str, conflict: OpenConflict) -> bool:
        """Whether what a person decided is what a side shows; the other may have given it a form of its own."""
        decision = conflict.decision
        return decision is not None and key in self.rules and any(self.shows(side, key, decision) for side in SIDES)

    def nameless(self, side: Side) -> bool:
        """Whether a record names no partner, or the one that was merged away.

        Xero keeps a number for the contact that had it, archived or not: after a merge there, the survivor gets none.
        """
        named = self.state.records[side].partner
        if not named:
            return side is Side.SALESFORCE or not any(ref.side is side for ref in self.state.former)
        return Ref(side.other, named) in self.state.former

    def _is_read(self, key: str) -> bool:
        return all(key in record.fields for record in self.state.records.values())


def is_chosen(rule: FieldRule, decision: Decision, side: Side, value: Value) -> bool:
    """Whether this value of a side is what a person decided."""
    words = meant(rule, decision.value, decision.winner)[side]
    return words is not None and equal(rule, value, words)


def _without_name(rules: Mapping[str, FieldRule]) -> Mapping[str, FieldRule]:
    """The name of a pair whose partner was given its own does not flow."""
    return {key: rule for key, rule in rules.items() if key != "name"}

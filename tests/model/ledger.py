"""Everything that people typed and every value that a side ever showed: what the model holds the product to.

"Both sides are equal" proves nothing by itself: it is also true when both edits are lost.  So the ledger remembers
each value with the side, record and field it was typed into, and whether Concord has since shown it on the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from reconciler.core.model import Side, Value

Place: TypeAlias = tuple[Side, str, str]  # a side, a record's id, a field


def is_nothing(value: Value) -> bool:
    """Whether nothing is typed there; told without the product's own idea of a blank."""
    return not any(value)


def alike(key: str, one: Value, other: Value) -> bool:
    """Whether a reader takes the two for one value; told without the product's own idea of that."""
    return _plain(key, one) == _plain(key, other)


def parked(key: str, column: str) -> str:
    """The name of a field at a column where the rules do not look for it."""
    return f"{key} at {column}"


def _plain(key: str, value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(str(_plain("", member)) for member in value)
    words = " ".join(value.split())
    if key in {"phone", "fax"}:
        return "".join(letter for letter in words if letter.isdecimal() or letter == "+")
    return words.casefold() if key == "email" else words


@dataclass(slots=True)
class Ledger:
    """What was typed where, newest last; what was ever shown; what both sides have agreed on since it was typed."""

    typed: dict[Place, list[Value]] = field(default_factory=dict)
    times: dict[Place, list[datetime]] = field(default_factory=dict)  # when, by the one clock that is never wrong
    shown: dict[Place, list[Value]] = field(default_factory=dict)
    agreed: dict[Place, Value] = field(default_factory=dict)  # what stood there when the two sides last agreed
    carried: set[Place] = field(default_factory=set)  # the newest typed value there has stood on the other side as well
    late: set[Place] = field(default_factory=set)  # places where a stamp was older than its being seen
    lost_in_the_window: set[tuple[Place, Value]] = field(default_factory=set)
    to_be_filled: set[Place] = field(default_factory=set)  # cleared before the two sides had agreed on anything there
    unshared: set[Place] = field(default_factory=set)  # places of which the newest value was typed while opted out
    at_rest: dict[tuple[str, str, str], tuple[Value, Value]] = field(default_factory=dict)  # two that may differ

    def type(self, place: Place, value: Value, at: datetime) -> None:
        """A person has typed this.  Going back to what was agreed, however spelled, is no edit."""
        self.typed.setdefault(place, []).append(value)
        self.times.setdefault(place, []).append(at)
        self.carried.discard(place)
        self.unshared.discard(place)
        self.to_be_filled.discard(place)
        if place in self.agreed and alike(place[2], self.agreed[place], value):
            self.carried.add(place)

    def agree(self, place: Place, value: Value) -> None:
        """A run has ended, and this is what stands on both sides."""
        self.agreed[place] = value
        self.unshared.discard(place)
        if self.typed.get(place, [None])[-1] == value:
            self.carried.add(place)

    def maps(self, side: Side, key: str, old: str, new: str) -> None:
        """A field of a side has moved to another column: what was typed in the old one is kept with its name."""
        named = {key: parked(key, old), parked(key, new): key}

        def moved(place: Place) -> Place:
            return (*place[:2], named.get(place[2], place[2])) if place[0] is side else place

        self.typed = {moved(place): values for place, values in self.typed.items()}
        self.times = {moved(place): times for place, times in self.times.items()}
        self.shown = {moved(place): values for place, values in self.shown.items()}
        self.carried, self.late = set(map(moved, self.carried)), set(map(moved, self.late))
        self.to_be_filled, self.unshared = set(map(moved, self.to_be_filled)), set(map(moved, self.unshared))
        self.lost_in_the_window = {(moved(place), value) for place, value in self.lost_in_the_window}
        self.agreed = {place: value for place, value in self.agreed.items() if place[2] != key}
        self.at_rest = {place: values for place, values in self.at_rest.items() if place[2] != key}

    def show(self, side: Side, record_id: str, fields: Mapping[str, Value]) -> None:
        """A side shows this, whoever wrote it."""
        for key, value in fields.items():
            history = self.shown.setdefault((side, record_id, key), [])
            if not history or history[-1] != value:
                history.append(value)

    def typed_at(self, place: Place, value: Value) -> datetime | None:
        """When somebody typed this there last."""
        told = zip(self.typed.get(place, ()), self.times.get(place, ()), strict=True)
        return max((at for typed, at in told if typed == value), default=None)

    def newest(self) -> dict[Place, Value]:
        """The value that somebody typed last, place by place."""
        return {place: values[-1] for place, values in self.typed.items()}

    def has_shown(self, place: Place, value: Value) -> bool:
        return value in self.shown.get(place, ())

    def was_typed(self, place: Place, value: Value) -> bool:
        return value in self.typed.get(place, ())

"""Who wins a clash: a pure function of the rule and of what is known about the two edits.

Two clocks are never compared without their measured offsets; what the evidence cannot decide is asked.  Total and
symmetric: swapping the sides swaps the answer, and every pair of edits has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.core.model import ClockReading, Edit, Grade, Side
from reconciler.core.schema import Policy

# Two stamps closer than this say nothing, whatever the clocks' uncertainty (design section 4).
MARGIN = timedelta(seconds=2)
# Salesforce stamps are whole seconds: an edit stamped 12:00:05 was made before 12:00:06.
STAMP_WIDTH = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who wins and why, in words a person can check; `winner` None means that a person must be asked."""

    winner: Side | None
    why: str


def newest(edits: Mapping[Side, Edit | None], clocks: Mapping[Side, ClockReading]) -> Resolution:
    """Compare the two edits in our time; undecidable unless the gap is wider than all that may be wrong."""
    salesforce, xero = edits.get(Side.SALESFORCE), edits.get(Side.XERO)
    if salesforce is None or xero is None:
        return Resolution(None, "It is not known when each side was edited.")
    for side, edit in ((Side.SALESFORCE, salesforce), (Side.XERO, xero)):
        jumped = clocks[side].jumped_at
        if jumped and _oldest(edit) < jumped:
            return Resolution(None, f"The clock of {_NAMES[side]} was changed since.")
    doubt = timedelta(seconds=sum(clock.uncertainty for clock in clocks.values())) + MARGIN
    s_from, s_to = _span(salesforce, clocks[Side.SALESFORCE])
    x_from, x_to = _span(xero, clocks[Side.XERO])
    known = _clocks(clocks, doubt)
    if s_from - x_to > doubt:
        gap = _gap(s_from - x_to)
        return Resolution(Side.SALESFORCE, f"Salesforce was edited last, at least {gap} after Xero ({known}).")
    if x_from - s_to > doubt:
        gap = _gap(x_from - s_to)
        return Resolution(Side.XERO, f"Xero was edited last, at least {gap} after Salesforce ({known}).")
    return Resolution(None, f"The two edits are too close, or too loosely dated, to say which came last ({known}).")


def _clocks(clocks: Mapping[Side, ClockReading], doubt: timedelta) -> str:
    """By how much each clock was corrected, and what may still be wrong."""
    wrong = {side: -round(clocks[side].offset) for side in _NAMES}
    off = " and ".join(f"{seconds:+} s in {_NAMES[side]}" for side, seconds in wrong.items() if seconds)
    corrected = f"clocks corrected by {off}, " if off else ""
    return f"{corrected}give or take {doubt.total_seconds():.0f} s"


_NAMES = {Side.SALESFORCE: "Salesforce", Side.XERO: "Xero"}


def resolve(policy: Policy, edits: Mapping[Side, Edit | None], clocks: Mapping[Side, ClockReading]) -> Resolution:
    """Apply a standing rule to one clash."""
    if policy is Policy.NEWEST:
        return newest(edits, clocks)
    if policy is Policy.ASK:
        return Resolution(None, "This field is always asked about when both sides were edited.")
    winner = Side(policy.value)
    return Resolution(winner, f"{_NAMES[winner]} wins whenever both sides edit this field.")


def _span(edit: Edit, clock: ClockReading) -> tuple[datetime, datetime]:
    """The earliest and latest time, on our clock, at which the edit may have been made."""
    offset = timedelta(seconds=clock.offset)
    return _oldest(edit) - offset, edit.until + STAMP_WIDTH - offset


def _oldest(edit: Edit) -> datetime:
    """The oldest stamp that this evidence rests on."""
    return edit.after if edit.grade is Grade.INTERVAL else edit.until


def _gap(gap: timedelta) -> str:
    minutes, seconds = divmod(int(gap.total_seconds()), 60)
    if minutes >= 120:
        return f"{minutes // 60} hours"
    return f"{minutes} minutes" if minutes > 1 else f"{minutes * 60 + seconds} seconds"

"""What becomes of a field that people edit, row by row: the semantics of a connection as data.

Each row sets a field's rule, says what both sides show when the two are linked, what people then do, run after run, and
what stands at the end: the two values, the two values agreed, and the review queue.  The core's tests drive the rows
through `decide` alone, those end to end through both simulators; nothing here knows how.

The grids write a value as one letter: `.` the old one, `S` and `X` one typed in Salesforce or Xero, `E` the same one
typed in both, `_` blank.  A cell holds what Salesforce and Xero show in the end, and a mark: `?` an open conflict,
`!` a decided one, nothing where the queue stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.core.model import Side, Value
from reconciler.core.schema import Blank, Drift, First, Flow, Policy

S, X = Side.SALESFORCE, Side.XERO
BOTH, S2X, X2S, OFF = Flow.BOTH, Flow.S2X, Flow.X2S, Flow.OFF
CARRY, KEEP, FILL = Blank.CARRY, Blank.KEEP, Blank.FILL
# Values that an e-mail address, a telephone number and a plain text field all can hold.
OLD, SALES, BOOKS, EQUAL, NEW, TYPED = (
    f"{word}@firm.example" for word in ("old", "sales", "books", "equal", "new", "typed")
)
LETTERS: Mapping[str, str] = {".": OLD, "S": SALES, "X": BOOKS, "E": EQUAL, "N": NEW, "T": TYPED, "_": ""}
HERE = ("1 Quay Street", "Napier", "", "4110", "New Zealand")
MOVED = ("2 Wharf Road", *HERE[1:])
REZONED = (*HERE[:3], "4112", HERE[4])
NO_CODE = (*HERE[:3], "", HERE[4])
NOWHERE = ("",) * 5
NOT_AGREED = (None, None)

Pair: TypeAlias = tuple[Value, Value]  # Salesforce's, Xero's


@dataclass(frozen=True, slots=True)
class Setting:
    """The rule of the field in question; a group is an address."""

    flow: Flow = Flow.BOTH
    policy: Policy = Policy.ASK
    blank: Blank = Blank.CARRY
    drift: Drift = Drift.OVERWRITE
    first: First = First.ASK
    group: bool = False
    tracked: bool = False  # Salesforce keeps field history of it


@dataclass(frozen=True, slots=True)
class Edit:
    """A person types a value, so many minutes into the round; `crowded`: and edits another shared field with it.

    `again` is the minute in which that person edits another shared field of the same record, 0 for never.
    """

    side: Side
    value: Value
    minute: int = 5
    crowded: bool = False
    again: int = 0


@dataclass(frozen=True, slots=True)
class Decide:
    """A reviewer decides the open conflict: one side's value, or one of their own."""

    take: Side | None = None
    value: Value = ""


@dataclass(frozen=True, slots=True)
class Overturn:
    """A reviewer has the value that lost stand after all."""

    take: Side


@dataclass(frozen=True, slots=True)
class OptIn:
    """The flag in Salesforce is set or cleared."""

    on: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """An administrator changes the rule of the field."""

    to: Setting


Act: TypeAlias = Edit | Decide | Overturn | OptIn | Turn


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the queue: `side` won, or is proposed where it is open; `says` is part of why it closed."""

    status: str
    reason: str
    side: Side | None = None
    says: str = ""
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Linked showing `start`, a run; then each round's acts in order, each round followed by a run."""

    name: str
    setting: Setting
    start: Pair
    rounds: tuple[tuple[Act, ...], ...]
    shows: Pair
    queue: tuple[Entry, ...] = ()
    agreed: tuple[Value | None, Value | None] = NOT_AGREED


def _row(
    name: str,
    setting: Setting,
    start: Pair,
    rounds: tuple[tuple[Act, ...], ...],
    shows: Pair,
    *queue: Entry,
    agreed: tuple[Value | None, Value | None] | None = None,
) -> Row:
    """A row whose agreed values, unless said otherwise, are those shown, or those before an open conflict."""
    if agreed is None:
        before = start if start[0] == start[1] else NOT_AGREED
        agreed = before if any(entry.status == "open" for entry in queue) else shows
    return Row(name, setting, start, rounds, shows, queue, agreed)


# -- edits since the two last agreed -----------------------------------------------------------------------------------

EDITS = ("S.", ".X", "EE", "SX", "_.", "._", "_X", "S_", "__")
# What stands at the end, per kind of edit (the columns are EDITS); everything here is asked about on a clash.
SINCE_AGREED: Mapping[tuple[Flow, Blank, Drift], str] = {
    (BOTH, CARRY, Drift.OVERWRITE): "SS  XX  EE SX? __  __  _X? S_? __",
    (BOTH, KEEP, Drift.OVERWRITE): " SS  XX  EE SX? _.  ._  XX  SS  __",
    (BOTH, FILL, Drift.OVERWRITE): " S.  .X  EE SX  _.  ._  XX  SS  __",
    (S2X, CARRY, Drift.OVERWRITE): " SS  ..! EE SS! __  ..! __! SS! __",
    (S2X, CARRY, Drift.PROTECT): "   SS  .X? EE SX? __  ._? _X? S_? __",
    (S2X, KEEP, Drift.OVERWRITE): "  SS  ..! EE SS! _.  ._  _X  SS  __",
    (S2X, KEEP, Drift.PROTECT): "    SS  .X? EE SX? _.  ._  _X? SS  __",
    (S2X, FILL, Drift.OVERWRITE): "  S.  .X  EE SX  _.  ._  _X  SS  __",
    (S2X, FILL, Drift.PROTECT): "    S.  .X  EE SX  _.  ._  _X  SS  __",
    (OFF, CARRY, Drift.OVERWRITE): " S.  .X  EE SX  _.  ._  _X  S_  __",
}

# -- found when the two are first compared -----------------------------------------------------------------------------

STARTS = ("EE", "SX", "_X", "S_", "__")
AT_FIRST: Mapping[tuple[Flow, Blank, First], str] = {
    (BOTH, CARRY, First.ASK): "       EE SX? XX SS __",
    (BOTH, CARRY, First.SALESFORCE): "EE SS! XX SS __",
    (BOTH, CARRY, First.XERO): "      EE XX! XX SS __",
    (BOTH, CARRY, First.FILLED): "    EE SX? XX SS __",  # the filled one stands; where both are, a person is asked
    (BOTH, KEEP, First.ASK): "        EE SX? XX SS __",
    (BOTH, FILL, First.ASK): "        EE SX? XX SS __",
    (BOTH, FILL, First.SALESFORCE): " EE SX  XX SS __",
    (BOTH, FILL, First.XERO): "       EE SX  XX SS __",
    (S2X, CARRY, First.ASK): "        EE SS! _X SS __",
    (S2X, CARRY, First.XERO): "       EE SS! _X SS __",  # the arrow goes before `first`
    (S2X, KEEP, First.ASK): "         EE SS! _X SS __",
    (S2X, FILL, First.ASK): "         EE SX  _X SS __",
    (OFF, CARRY, First.ASK): "        EE SX  _X S_ __",
}

# -- who wins a clash --------------------------------------------------------------------------------------------------

ORDERS: Mapping[str, tuple[Edit, Edit]] = {
    "salesforce last": (Edit(S, SALES, 15), Edit(X, BOOKS, 5)),
    "xero last": (Edit(S, SALES, 5), Edit(X, BOOKS, 15)),
    "at once": (Edit(S, SALES, 5), Edit(X, BOOKS, 5)),
    "salesforce last, not alone": (Edit(S, SALES, 15, crowded=True), Edit(X, BOOKS, 5)),
}
CLASHES: Mapping[Policy, str] = {
    Policy.NEWEST: "    SS! XX! SX? SX?",
    Policy.SALESFORCE: "SS! SS! SS! SS!",
    Policy.XERO: "      XX! XX! XX! XX!",
    Policy.ASK: "       SX? SX? SX? SX?",
}
PROPOSED: Mapping[str, Side | None] = {"salesforce last": S, "xero last": X}
# The same with field history on Salesforce's side: a point in time, whatever else was edited beside or after it.
TRACKED: Mapping[str, tuple[Edit, Edit]] = {
    "salesforce last, not alone": ORDERS["salesforce last, not alone"],
    "xero last, and salesforce touched again": (Edit(S, SALES, 5, again=25), Edit(X, BOOKS, 15)),
    "at once": ORDERS["at once"],
    "xero last, not alone": (Edit(S, SALES, 5), Edit(X, BOOKS, 15, crowded=True)),
}
TRACKED_CLASHES: Mapping[tuple[Policy, bool], str] = {
    (Policy.NEWEST, True): "   SS! XX! SX? SX?",
    (Policy.NEWEST, False): "  SX? SX? SX? SX?",
    (Policy.SALESFORCE, True): "SS! SS! SS! SS!",
    (Policy.ASK, True): "      SX? SX? SX? SX?",
}
TRACKED_PROPOSED: Mapping[str, Side] = {
    "salesforce last, not alone": S,
    "xero last, and salesforce touched again": X,
}


def _pair(cell: str) -> Pair:
    return LETTERS[cell[0]], LETTERS[cell[1]]


def _edits(cell: str) -> tuple[Act, ...]:
    """Both at once, so that nothing but the rule can decide."""
    return tuple(Edit(side, LETTERS[letter]) for side, letter in zip(Side, cell, strict=True) if letter != ".")


def _since_agreed() -> Iterator[Row]:
    for (flow, blank, drift), cells in SINCE_AGREED.items():
        for edits, cell in zip(EDITS, cells.split(), strict=True):
            setting = Setting(flow, blank=blank, drift=drift)
            name = f"{flow} {blank} {drift}: {OLD[:3]} edited to {edits}"
            start, acts = (OLD, OLD), _edits(edits)
            if flow is OFF:  # what was agreed before it was switched off stays as it was
                acts = (Turn(setting), *acts)
                yield _row(name, Setting(), start, (acts,), _pair(cell), agreed=start)
                continue
            reason = "protected" if drift is Drift.PROTECT else "clash" if flow is BOTH else "direction"
            yield _row(name, setting, start, (acts,), _pair(cell), *_marked(cell, reason, S))


def _marked(cell: str, reason: str, winner: Side) -> tuple[Entry, ...]:
    marks = {"?": (Entry("open", reason),), "!": (Entry("decided", reason, winner),)}
    return marks.get(cell[2:], ())


def _at_first() -> Iterator[Row]:
    for (flow, blank, first), cells in AT_FIRST.items():
        for start, cell in zip(STARTS, cells.split(), strict=True):
            winner = X if cell.startswith("XX") else S
            name = f"{flow} {blank}, first {first}: linked showing {start}"
            setting = Setting(flow, blank=blank, first=first)
            entries = _marked(cell, "first", winner)
            agreed = NOT_AGREED if flow is OFF else None
            yield _row(name, setting, _pair(start), (), _pair(cell), *entries, agreed=agreed)


def _clashes() -> Iterator[Row]:
    for policy, cells in CLASHES.items():
        for (order, edits), cell in zip(ORDERS.items(), cells.split(), strict=True):
            winner = X if cell.startswith("XX") else S
            entry = Entry("open", "clash", PROPOSED.get(order)) if "?" in cell else Entry("decided", "clash", winner)
            yield _row(f"{policy}: {order}", Setting(policy=policy), (OLD, OLD), (edits,), _pair(cell), entry)


def _tracked() -> Iterator[Row]:
    for (policy, tracked), cells in TRACKED_CLASHES.items():
        for (order, edits), cell in zip(TRACKED.items(), cells.split(), strict=True):
            setting = Setting(policy=policy, tracked=tracked)
            proposed = TRACKED_PROPOSED.get(order) if tracked else None
            winner = X if cell.startswith("XX") else S
            entry = Entry("open", "clash", proposed) if "?" in cell else Entry("decided", "clash", winner)
            history = "field history" if tracked else "no field history"
            yield _row(f"{policy}, {history}: {order}", setting, (OLD, OLD), (edits,), _pair(cell), entry)


# -- the life of a conflict --------------------------------------------------------------------------------------------

ASK, NEWEST = Setting(), Setting(policy=Policy.NEWEST)
ONE_WAY, PROTECTED = Setting(S2X), Setting(S2X, drift=Drift.PROTECT)
AGREED: Pair = (OLD, OLD)
CLASH: tuple[Act, ...] = (Edit(S, SALES), Edit(X, BOOKS))
OPEN = Entry("open", "clash")


def _closed(says: str, reason: str = "clash", *, noted: bool = False) -> Entry:
    return Entry("closed", reason, says=says, noted=noted)


def _lives() -> Iterator[Row]:
    later = (Edit(S, NEW, 15),)
    yield _row("a later edit refreshes it", ASK, AGREED, (CLASH, later), (NEW, BOOKS), Entry("open", "clash", S))
    yield _row(
        "no later edit lets a policy decide it",
        NEWEST, AGREED, (CLASH, later), (NEW, BOOKS), Entry("open", "clash", S),
    )  # fmt: skip
    yield _row(
        "no other policy decides it",
        ASK, AGREED, (CLASH, (Turn(replace(ASK, policy=Policy.XERO)),)), (SALES, BOOKS), OPEN,
    )  # fmt: skip
    yield _row(
        "it closes when a person makes the sides equal",
        ASK, AGREED, (CLASH, (Edit(X, SALES),)), (SALES, SALES), _closed("equal"),
    )  # fmt: skip
    yield _row(
        "it closes when one side goes back, and the other edit is carried",
        ASK, AGREED, (CLASH, (Edit(X, OLD),)), (SALES, SALES), _closed("went back"),
    )  # fmt: skip
    yield _row(
        "it closes when both sides go back",
        ASK, AGREED, (CLASH, (Edit(S, OLD), Edit(X, OLD))), (OLD, OLD), _closed("equal"),
    )  # fmt: skip
    yield _row(
        "it closes when the field is turned one way, and the arrow applies",
        ASK, AGREED, (CLASH, (Turn(ONE_WAY),)), (SALES, SALES),
        _closed("direction"), Entry("decided", "direction", S),
    )  # fmt: skip
    yield _row(
        "it closes when the field is switched off",
        ASK, AGREED, (CLASH, (Turn(Setting(OFF)),)), (SALES, BOOKS), _closed("not shared"), agreed=AGREED,
    )  # fmt: skip
    yield _row(
        "it closes when the field is only filled from now on",
        ASK, AGREED, (CLASH, (Turn(replace(ASK, blank=FILL)),)), (SALES, BOOKS), _closed("rule"),
    )  # fmt: skip
    yield _row(
        "it closes when one side is cleared where clearing is no edit",
        replace(ASK, blank=KEEP), AGREED, (CLASH, (Edit(S, ""),)), (BOOKS, BOOKS), _closed("cleared"),
    )  # fmt: skip


def _decisions() -> Iterator[Row]:
    for side, value in ((S, SALES), (X, BOOKS)):
        yield _row(
            f"decided for {side}", ASK, AGREED, (CLASH, (Decide(side),)), (value, value),
            Entry("decided", "clash", side),
        )  # fmt: skip
    yield _row(
        "decided for a value of the reviewer's own, which goes to both sides",
        ASK, AGREED, (CLASH, (Decide(value=TYPED),)), (TYPED, TYPED), Entry("decided", "clash"),
    )  # fmt: skip
    yield _row(
        "decided for the blank side",
        ASK, AGREED, ((Edit(S, ""), Edit(X, BOOKS)), (Decide(S),)), ("", ""), Entry("decided", "clash", S),
    )  # fmt: skip
    yield _row(
        "a decision on values that have moved is noted and writes nothing",
        ASK, AGREED, (CLASH, (Decide(S), Edit(X, NEW, 15))), (SALES, NEW), Entry("open", "clash", X, noted=True),
    )  # fmt: skip
    yield _row(
        "a decision that a person carries out by hand stands",
        ASK, AGREED, (CLASH, (Decide(S), Edit(X, SALES))), (SALES, SALES), Entry("decided", "clash", S),
    )  # fmt: skip
    yield _row(
        "a decision on a side that goes back is not needed any more",
        ASK, AGREED, (CLASH, (Decide(X), Edit(X, OLD))), (SALES, SALES), _closed("went back", noted=True),
    )  # fmt: skip
    yield _row(
        "a field turned one way before a decision is carried out follows the arrow",
        ASK, AGREED, (CLASH, (Decide(X), Turn(ONE_WAY))), (SALES, SALES),
        _closed("direction", noted=True), Entry("decided", "direction", S),
    )  # fmt: skip
    yield _row(
        "a field switched off before a decision is carried out stays as it is",
        ASK, AGREED, (CLASH, (Decide(X), Turn(Setting(OFF)))), (SALES, BOOKS),
        _closed("not shared", noted=True), agreed=AGREED,
    )  # fmt: skip
    yield _row(
        "edits after a decided conflict flow again",
        ASK, AGREED, (CLASH, (Decide(S),), (Edit(X, NEW),)), (NEW, NEW), Entry("decided", "clash", S),
    )  # fmt: skip
    yield _row(
        "decided where the two differed at first",
        ASK, (SALES, BOOKS), ((Decide(X),),), (BOOKS, BOOKS), Entry("decided", "first", X),
    )  # fmt: skip
    yield _row(
        "a difference found at first is not decided by a rule made later",
        ASK, (SALES, BOOKS), ((Turn(replace(ASK, first=First.SALESFORCE)),),), (SALES, BOOKS), Entry("open", "first"),
    )  # fmt: skip
    yield _row(
        "a difference found at first follows an arrow that is turned later",
        ASK, (SALES, BOOKS), ((Turn(ONE_WAY),),), (SALES, SALES),
        _closed("direction", "first"), Entry("decided", "first", S),
    )  # fmt: skip
    yield _row(
        "a decision that comes too late for a field only filled from now on is not carried out",
        ASK, AGREED, (CLASH, (Decide(S), Turn(replace(ASK, blank=FILL)), Edit(X, NEW))), (SALES, NEW),
        _closed("rule", noted=True),
    )  # fmt: skip
    yield _row(
        "a difference found at first closes when one side is cleared, which is filled again",
        ASK, (SALES, BOOKS), ((Edit(S, ""),),), (BOOKS, BOOKS), _closed("blank", "first"),
    )  # fmt: skip


def _overturned() -> Iterator[Row]:
    newest = ORDERS["salesforce last"]
    decided = Entry("decided", "clash", S)
    yield _row(
        "the value that lost a clash stands after all",
        NEWEST, AGREED, (newest, (Overturn(X),)), (BOOKS, BOOKS), decided, Entry("decided", "overturned", X),
    )  # fmt: skip
    yield _row(
        "an edit that was put back stands after all, on both sides",
        ONE_WAY, AGREED, ((Edit(X, BOOKS),), (Overturn(X),)), (BOOKS, BOOKS),
        Entry("decided", "direction", S), Entry("decided", "overturned", X),
    )  # fmt: skip
    yield _row(
        "a decision is not overturned over a newer edit",
        NEWEST, AGREED, (newest, (Overturn(X), Edit(S, NEW))), (NEW, SALES),
        decided, Entry("open", "overturned", S, noted=True), agreed=(SALES, SALES),
    )  # fmt: skip


def _protected() -> Iterator[Row]:
    against: tuple[Act, ...] = (Edit(X, BOOKS),)
    yield _row(
        "a protected field keeps the edit against the arrow when a reviewer says so",
        PROTECTED, AGREED, (against, (Decide(X),)), (BOOKS, BOOKS), Entry("decided", "protected", X),
    )  # fmt: skip
    yield _row(
        "a protected field has the edit put back when a reviewer says so",
        PROTECTED, AGREED, (against, (Decide(S),)), (OLD, OLD), Entry("decided", "protected", S),
    )  # fmt: skip
    yield _row(
        "a field protected no longer follows the arrow",
        PROTECTED, AGREED, (against, (Turn(ONE_WAY),)), (OLD, OLD),
        _closed("protected", "protected"), Entry("decided", "direction", S),
    )  # fmt: skip
    yield _row(
        "a protected edit is carried once both sides may edit the field",
        PROTECTED, AGREED, (against, (Turn(Setting(BOTH, drift=Drift.PROTECT)),)), (BOOKS, BOOKS),
        _closed("Both sides may edit", "protected"),
    )  # fmt: skip
    yield _row(
        "a protected field is at rest once the edit is taken back",
        PROTECTED, AGREED, (against, (Edit(X, OLD),)), (OLD, OLD), _closed("equal", "protected"),
    )  # fmt: skip


# -- arrows turned, opt-out, blanks that are kept ----------------------------------------------------------------------


def _turned() -> Iterator[Row]:
    off = Turn(Setting(OFF))
    yield _row(
        "switched on again, a field that was edited meanwhile is asked about",
        ASK, AGREED, ((off, Edit(S, SALES)), (Turn(ASK),)), (SALES, OLD), Entry("open", "first"), agreed=NOT_AGREED,
    )  # fmt: skip
    yield _row(
        "switched on again, a field that was cleared meanwhile is filled",
        ASK, AGREED, ((off, Edit(S, "")), (Turn(ASK),)), (OLD, OLD),
    )  # fmt: skip
    yield _row(
        "switched on again one way, the from-side is carried and the value lost is shown",
        ASK, AGREED, ((off, Edit(X, BOOKS)), (Turn(ONE_WAY),)), (OLD, OLD), Entry("decided", "first", S),
    )  # fmt: skip
    yield _row(
        "turning the arrow writes nothing by itself",
        ONE_WAY, ("", BOOKS), ((Turn(ASK),),), ("", BOOKS),
    )  # fmt: skip
    yield _row(
        "edits follow the new arrow",
        ONE_WAY, AGREED, ((Turn(Setting(X2S)),), (Edit(X, BOOKS),)), (BOOKS, BOOKS),
    )  # fmt: skip
    yield _row(
        "after a turn to both ways the next edit is carried",
        ONE_WAY, ("", BOOKS), ((Turn(ASK),), (Edit(X, NEW),)), (NEW, NEW),
    )  # fmt: skip
    yield _row(
        "a blank that was never carried erases nothing",
        ONE_WAY, ("", BOOKS), ((Edit(X, NEW),),), ("", NEW),
    )  # fmt: skip
    yield _row(
        "a blank that both sides agreed on is put back",
        ONE_WAY, ("", ""), ((Edit(X, BOOKS),),), ("", ""), Entry("decided", "direction", S),
    )  # fmt: skip


def _opted_out() -> Iterator[Row]:
    out, back = (OptIn(on=False),), (OptIn(on=True),)
    yield _row("nothing flows while opted out", NEWEST, AGREED, (out, (Edit(S, SALES),)), (SALES, OLD), agreed=AGREED)
    yield _row(
        "opting out goes before an edit made with it",
        NEWEST, AGREED, ((OptIn(on=False), Edit(S, SALES, 9)),), (SALES, OLD), agreed=AGREED,
    )  # fmt: skip
    yield _row(
        "opted in again, a one-sided edit is carried", NEWEST, AGREED, (out, (Edit(X, BOOKS),), back), (BOOKS, BOOKS)
    )
    for policy, order in ((Policy.NEWEST, "salesforce last"), (Policy.XERO, "salesforce last")):
        setting, edits = Setting(policy=policy), ORDERS[order]
        yield _row(
            f"opted in again, edits of both sides are asked about where {policy} would decide",
            setting, AGREED, (out, edits, back), (SALES, BOOKS), Entry("open", "resumed", S),
        )  # fmt: skip
    yield _row(
        "a conflict is not in the queue while opted out, and what was decided is not carried out",
        ASK, AGREED, (CLASH, (Decide(S), *out)), (SALES, BOOKS),
        Entry("closed", "clash", says="no longer shared", noted=True), agreed=AGREED,
    )  # fmt: skip
    yield _row(
        "opted in again, what had been decided is asked once more",
        ASK, AGREED, (CLASH, (Decide(S), *out), back), (SALES, BOOKS), replace(OPEN, noted=True),
    )  # fmt: skip
    yield _row(
        "opted in again, a conflict is not decided by a rule made meanwhile",
        ASK, AGREED, (CLASH, out, (Turn(Setting(policy=Policy.XERO)),), back), (SALES, BOOKS), OPEN,
    )  # fmt: skip
    yield _row(
        "opted in again, a conflict is over if one side went back meanwhile",
        ASK, AGREED, (CLASH, out, (Edit(X, OLD),), back), (SALES, SALES),
        Entry("closed", "clash", says="went back"),
    )  # fmt: skip


def _blanks() -> Iterator[Row]:
    keep, fill = Setting(blank=KEEP), Setting(blank=FILL)
    cleared: tuple[Act, ...] = (Edit(S, ""),)
    yield _row(
        "keep: after clearing, the other side's next edit is carried",
        keep, AGREED, (cleared, (Edit(X, BOOKS),)), (BOOKS, BOOKS),
    )  # fmt: skip
    yield _row(
        "keep: after clearing, the next edit of the same side is carried",
        keep, AGREED, (cleared, (Edit(S, SALES),)), (SALES, SALES),
    )  # fmt: skip
    yield _row(
        "keep: both cleared one after the other are agreed",
        keep, AGREED, (cleared, (Edit(X, ""),)), ("", ""),
    )  # fmt: skip
    yield _row(
        "keep turned to carry: what was cleared before is not carried",
        keep, AGREED, (cleared, (Turn(ASK),)), ("", OLD),
    )  # fmt: skip
    yield _row(
        "keep: a value typed against the arrow where both were blank stays where it is",
        Setting(S2X, blank=KEEP), ("", ""), ((Edit(X, BOOKS),),), ("", BOOKS),
    )  # fmt: skip
    yield _row(
        "fill: a value typed against the arrow where both were blank stays where it is",
        Setting(S2X, blank=FILL), ("", ""), ((Edit(X, BOOKS),),), ("", BOOKS),
    )  # fmt: skip
    yield _row(
        "fill: after clearing, the other side's next edit fills it",
        fill, AGREED, (cleared, (Edit(X, BOOKS),)), (BOOKS, BOOKS),
    )  # fmt: skip
    yield _row(
        "fill: two edits one after the other stay where they are",
        fill, AGREED, ((Edit(S, SALES),), (Edit(X, BOOKS),)), (SALES, BOOKS),
    )  # fmt: skip
    yield _row(
        "fill: a value typed where both were blank fills the other side", fill, ("", ""), ((Edit(X, BOOKS),),),
        (BOOKS, BOOKS),
    )  # fmt: skip


# -- groups ------------------------------------------------------------------------------------------------------------


def _groups() -> Iterator[Row]:
    ask, keep, here = Setting(group=True), Setting(blank=KEEP, group=True), (HERE, HERE)
    yield _row(
        "edits of different parts of one address are a clash, shown whole",
        ask, here, ((Edit(S, MOVED), Edit(X, REZONED)),), (MOVED, REZONED), OPEN,
    )  # fmt: skip
    yield _row(
        "an address decided for is carried whole",
        ask, here, ((Edit(S, MOVED), Edit(X, REZONED)), (Decide(X),)), (REZONED, REZONED),
        Entry("decided", "clash", X),
    )  # fmt: skip
    yield _row("an edit of one part of an address is carried", ask, here, ((Edit(X, REZONED),),), (REZONED, REZONED))
    yield _row("a cleared part of an address is carried", ask, here, ((Edit(S, NO_CODE),),), (NO_CODE, NO_CODE))
    yield _row("keep: a cleared part of an address is an edit", keep, here, ((Edit(S, NO_CODE),),), (NO_CODE, NO_CODE))
    yield _row("keep: a cleared address is none", keep, here, ((Edit(S, NOWHERE),),), (NOWHERE, HERE))
    yield _row("a cleared address is carried", ask, here, ((Edit(X, NOWHERE),),), (NOWHERE, NOWHERE))
    yield _row("half an address is not filled up", ask, (NO_CODE, HERE), (), (NO_CODE, HERE), Entry("open", "first"))


# -- the whole table ---------------------------------------------------------------------------------------------------

_FLOWS = {S2X: X2S, X2S: S2X}
_POLICIES = {Policy.SALESFORCE: Policy.XERO, Policy.XERO: Policy.SALESFORCE}
_FIRSTS = {First.SALESFORCE: First.XERO, First.XERO: First.SALESFORCE}


def mirrored(row: Row) -> Row:
    """The same row with the two sides exchanged: the semantics know no favourite."""
    return Row(
        f"{row.name} (mirrored)",
        _mirrored(row.setting),
        row.start[::-1],
        tuple(tuple(_mirrored_act(act) for act in acts) for acts in row.rounds),
        row.shows[::-1],
        tuple(replace(entry, side=entry.side and entry.side.other) for entry in row.queue),
        row.agreed[::-1],
    )


def _mirrored(setting: Setting) -> Setting:
    return replace(
        setting,
        flow=_FLOWS.get(setting.flow, setting.flow),
        policy=_POLICIES.get(setting.policy, setting.policy),
        first=_FIRSTS.get(setting.first, setting.first),
    )


def _mirrored_act(act: Act) -> Act:
    if isinstance(act, Edit):
        return replace(act, side=act.side.other)
    if isinstance(act, Turn):
        return Turn(_mirrored(act.to))
    if isinstance(act, (Decide, Overturn)) and act.take is not None:
        return replace(act, take=act.take.other)
    return act


_WRITTEN = (
    *_since_agreed(), *_at_first(), *_clashes(), *_lives(), *_decisions(), *_overturned(), *_protected(), *_turned(),
    *_opted_out(), *_blanks(), *_groups(),
)  # fmt: skip
# Only Salesforce keeps a history of single fields: those rows have no counterpart in Xero.
ROWS: tuple[Row, ...] = (*_WRITTEN, *map(mirrored, _WRITTEN), *_tracked())

"""The words of the trade as values: sides, records, edits, and what stands between two linked records.

Shapes only; the rules that compare and decide are in `values`, `merge`, `policy` and `plan`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, nonmember
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias


class Word(StrEnum):
    """One of a few words; its `value` is had at a third of what the standard library's own way takes."""

    value = nonmember(property(attrgetter("_value_")))


class Side(Word):
    """One of the two systems; `other` is the side that is not this one."""

    SALESFORCE = "salesforce"
    XERO = "xero"

    other: Side


Side.SALESFORCE.other, Side.XERO.other = Side.XERO, Side.SALESFORCE
SIDES: tuple[Side, Side] = (Side.SALESFORCE, Side.XERO)
_NAMED = {side.value: side for side in SIDES}

# A shared value in canonical form: text, or the members of a group in the order its rule names them.
# Blank is "" (for a group: every member ""); absent, null and "" are one and the same.
Value: TypeAlias = str | tuple[str, ...]
Fields: TypeAlias = Mapping[str, Value]
# What a named tuple holds where nothing is said; those are made for every link, at a third of what dataclasses take.
EMPTY: Mapping[Any, Any] = MappingProxyType({})


class Status(Word):
    """Whether a record still stands on its side."""

    ACTIVE = "active"
    ARCHIVED = "archived"  # Xero: hidden, refuses edits; only a person can restore it
    REMOVED = "removed"  # Salesforce: in the recycle bin, or gone
    MERGED = "merged"  # its survivor is `Record.merged_into`
    GONE = "gone"  # neither in a full compare nor found by its id; nobody said why


class Ref(NamedTuple):
    """The address of a record; `str()` gives `salesforce:<Id>` or `xero:<id>`."""

    side: Side
    id: str

    def __str__(self) -> str:
        return f"{self.side}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read `side:id`; raises ValueError when it is not of that form."""
        side, colon, record_id = text.partition(":")
        if not colon or not record_id:
            raise ValueError(f"{text!r} is not a record's address.")
        return cls(_NAMED.get(side) or Side(side), record_id)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as one side shows it.

    `version` is the side's own change stamp as it stands on the wire (SystemModstamp, UpdatedDateUTC);
    `changed_at` the same as a time on that side's clock, `edited_at` the stamp a conditional write compares
    with (Salesforce LastModifiedDate, whole seconds; at Xero the same as `changed_at`).
    """

    ref: Ref
    kind: str
    version: str
    changed_at: datetime
    edited_at: datetime
    fields: Fields
    status: Status = Status.ACTIVE
    flag: bool = False  # Salesforce's opt-in checkbox; always False from Xero, whose opt-in is by group
    partner: str = ""  # the id of the other side's record that this one names (Xero_Contact_Id__c, ContactNumber)
    groups: tuple[str, ...] = ()  # Xero contact groups
    is_supplier: bool = False
    is_customer: bool = False
    merged_into: str = ""  # the survivor's id
    by: str = ""  # who changed it last, as the side names them ("" where it does not say)
    by_id: str = ""


class Grade(Word):
    """How well the time of an edit is known, best first."""

    FIELD = "field"  # Salesforce field history: a point for this very field
    RECORD = "record"  # the record's stamp, when nothing else can have moved it
    INTERVAL = "interval"  # somewhere after one reading and up to another


class Edit(NamedTuple):
    """Evidence for one field's edit on one side, on that side's own clock: it happened in (after, until].

    `told` quotes the side's own history of that time; None while that has not been asked.
    """

    after: datetime
    until: datetime
    grade: Grade = Grade.INTERVAL
    by: str = ""
    told: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A side's measured offset from our clock (seconds, theirs minus ours) and how far it may be off.

    Stamps older than `jumped_at` (their clock) were made before the offset jumped: they prove nothing.
    """

    offset: float = 0.0
    uncertainty: float = 1.0
    jumped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a conflict: on which values shown, and what shall stand on both sides."""

    shown: Mapping[Side, Value]
    value: Value
    winner: Side | None  # None: a value of the person's own
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A clash that waits for a person, perhaps with the decision that the next run carries out.

    `queued` is what the queue shows of each side.  One that is `shelved` is in no queue while its pair is not compared.
    """

    id: int
    reason: str
    decision: Decision | None = None
    queued: Mapping[Side, Value] = field(default_factory=dict)
    shelved: bool = False


class LinkState(NamedTuple):
    """All there is to know to decide about one pair.

    `baseline[side]` holds the fields that side showed when they last agreed; a field missing there has no baseline.
    `edits[side]` the evidence per field; `refused` maps (side, field) to the values that side would not take;
    `resumed` is true for the first decision after an opt-out ended: differences are then asked, whatever the policy.
    `own_name` is true when a person gave the partner a name of its own: the name field has stopped flowing.
    """

    id: int | None
    kind: str
    records: Mapping[Side, Record]
    baseline: Mapping[Side, Fields]
    edits: Mapping[Side, Mapping[str, Edit]] = EMPTY
    conflicts: Mapping[str, OpenConflict] = EMPTY
    refused: Mapping[tuple[Side, str], Collection[Value]] = EMPTY
    suspended: bool = False
    resumed: bool = False
    own_name: bool = False
    answer: str = ""  # what a person answered about a record of this pair that no longer stands
    answered_on: Fields = EMPTY  # what its partner showed when that was asked
    former: frozenset[Ref] = frozenset()  # records of this pair that were merged into those it has now

    def is_refused(self, side: Side, key: str, value: Value) -> bool:
        """Whether that side would not take this value."""
        return value in self.refused.get((side, key), ())

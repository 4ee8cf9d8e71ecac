"""What a run means to do, as data: actions with their ground, and all that is left to a person.

The portal shows a plan, the engine carries it out, the tests compare it with `==`.  What leads to it is in
`core.decide` (a linked pair) and `core.match` (a record without a partner).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from reconciler.core.criteria import version
from reconciler.core.merge import Cause
from reconciler.core.model import EMPTY, ClockReading, Edit, Fields, Record, Ref, Side, Value, Word
from reconciler.core.schema import FieldRule, KindRule
from reconciler.errors import Refusal

Clocks: TypeAlias = Mapping[Side, ClockReading]
# What a side cannot hold, known before it is sent: `mapping.limits.cannot_hold`.
CannotHold: TypeAlias = Callable[[Side, FieldRule, Value], Refusal | None]


class Do(Word):
    """What an action does."""

    CREATE = "create"
    UPDATE = "update"
    RETIRE = "retire"
    ADOPT = "adopt"
    STAMP = "stamp"
    UNLINK = "unlink"  # in our own books only; no vendor is asked


class Change(NamedTuple):
    """One field of an action: what the target shows, and what shall stand there."""

    old: Value
    new: Value
    cause: Cause = Cause.EDITED


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a difference was decided, to be shown in the queue once it has been carried out.

    `reason`: clash | first | direction | conflict (a person's decision on conflict `conflict`).
    """

    field: str
    reason: str
    winner: Side
    values: Mapping[Side, Value]
    baseline: Mapping[Side, Value | None]
    edits: Mapping[Side, Edit | None]
    why: str


class Action(NamedTuple):
    """One step: what to do, on which side, to which record, and the ground it rests on.

    `ref` is the record written; for a create, the record it is made from.  `source` is the other record of the pair.
    `ground[side]` holds what was seen there when this was decided: the fields in question, the flag and the status.
    `edits` is the evidence for each value carried: who typed it in the source, and when.
    `undoes` is the run of which this takes something back, 0 for an ordinary action.
    """

    do: Do
    kind: str
    side: Side
    ref: Ref
    source: Ref | None
    fields: Mapping[str, Change] = EMPTY
    why: str = ""
    link: int | None = None
    ground: Mapping[Side, Mapping[str, object]] = EMPTY
    verdicts: tuple[Verdict, ...] = ()
    proof: Mapping[str, object] = EMPTY
    own_name: bool = False
    edits: Mapping[str, Edit] = EMPTY
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict to be opened, or refreshed when it is open already; without a `why` the one it has stays.

    `again` when it was shelved, and its pair is compared once more.
    """

    field: str
    reason: str
    values: Mapping[Side, Value]
    baseline: Mapping[Side, Value | None]
    edits: Mapping[Side, Edit | None]
    proposed: Side | None
    why: str
    conflict: int | None = None
    noted: str = ""  # set when a decision came too late: it is noted and the conflict is open again
    again: bool = False

    @property
    def opens(self) -> bool:
        """Whether it was not in the queue before."""
        return self.conflict is None or self.again


@dataclass(frozen=True, slots=True)
class Close:
    """A conflict that is over: `decided` when a person's decision now stands on both sides.

    `shown` are the values that were decided on: the queue goes on showing these, whatever was written since.
    `noted` says what was decided and never will be carried out.
    """

    conflict: int
    because: str
    decided: bool = False
    shown: Mapping[Side, Value] = field(default_factory=dict)
    noted: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A write that the target would refuse, known before it is sent."""

    side: Side
    field: str
    value: Value
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a link or a record, with the answers that can be given.

    `shown` is what the partner showed when it was asked: an answer does not hold for what is typed there afterwards.
    `details` is what else a person needs to answer it.
    """

    type: str
    about: Ref
    refs: tuple[Ref, ...]
    choices: tuple[str, ...]
    text: str
    shown: Fields = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)


class Deciding(NamedTuple):
    """What one pair, or one record, asks for.

    `agreed[side]` are baseline fields that move without any write.  `refused` are the fields that would be written
    but for a refusal that still stands.  `standing` is a change of the link's own
    standing: "suspend" | "resume" | "".  `follow` names the record of the pair that was merged into another: the link
    goes where it went.  `quiet` when there is nothing at all to do.
    """

    actions: tuple[Action, ...] = ()
    agreed: Mapping[Side, Fields] = EMPTY
    disputes: tuple[Dispute, ...] = ()
    closed: tuple[Close, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    refused: frozenset[tuple[Side, str]] = frozenset()
    asks: tuple[Ask, ...] = ()
    standing: str = ""
    follow: Ref | None = None

    @property
    def quiet(self) -> bool:
        """Whether nothing waits to be sent: what is left is settled, or waits for a person."""
        return not self.actions

    @property
    def only_acts(self) -> bool:
        """Whether there is nothing about it but its actions."""
        kept = self.agreed or self.disputes or self.closed or self.rejections or self.refused or self.asks
        return not (kept or self.standing or self.follow)


NOTHING = Deciding()


SCREEN = {Side.SALESFORCE: "Salesforce", Side.XERO: "Xero"}


def stamp(kind: str, record: Record, partner: Record, rule: KindRule, link: int | None) -> Action:
    """Write the partner's id on a record that names none, or one it had before; any other id is not ours."""
    return Action(
        do=Do.STAMP,
        kind=kind,
        side=record.ref.side,
        ref=record.ref,
        source=partner.ref,
        fields={"partner": Change(record.partner, partner.ref.id)},
        why=f"So that {SCREEN[record.ref.side]} shows which record it is linked to.",
        link=link,
        ground=ground({record.ref.side: record, partner.ref.side: partner}, ()),
        proof=proof(rule, record if record.ref.side is Side.SALESFORCE else partner),
    )


def ground(records: Mapping[Side, Record], keys: Iterable[str]) -> Mapping[Side, Mapping[str, object]]:
    """What an action rests on: the shared values in question, the flag and the status, per side."""
    return {
        side: {
            "fields": {key: record.fields[key] for key in keys if key in record.fields},
            "flag": record.flag,
            "status": record.status.value,
        }
        for side, record in records.items()
    }


def proof(rule: KindRule, salesforce: Record) -> Mapping[str, object]:
    """Why this record may be shared: the flag as it was read, and where."""
    return {
        "flag": rule.opt_in.salesforce,
        "value": salesforce.flag,
        "ref": str(salesforce.ref),
        "version": salesforce.version,
        **criteria_proof(rule),
    }


def criteria_proof(rule: KindRule) -> Mapping[str, object]:
    """Which further criteria the record met; they were judged before this was decided."""
    return {"criteria": version(rule.opt_in.criteria)} if rule.opt_in.criteria else {}


def moved(stored: Mapping[str, Any], records: Iterable[Record]) -> str:
    """How the ground of an action has moved, as a sentence's end; "" when it has not.

    `stored` is the ground as it was kept: per side's name the fields, the flag and the status.
    """
    for record in records:
        was = stored.get(record.ref.side)
        if was is None:
            continue
        where = SCREEN[record.ref.side]
        if was["status"] != record.status:
            return f"it is {record.status.value} in {where} now"
        if was["flag"] != record.flag:
            return f"its opt-in was {'set' if record.flag else 'cleared'} in {where}"
        for key, value in was["fields"].items():
            now = record.fields.get(key, "")
            if (list(now) if isinstance(now, tuple) else now) != (list(value) if isinstance(value, tuple) else value):
                return f"{key.replace('_', ' ')} was edited in {where}"
    return ""

"""What the engine needs of the world, as Protocols.

A gateway stands for one side.  It reads in canonical records, writes canonical changes, and turns whatever
the vendor says into `Outcome`s and the errors of `reconciler.errors`; vendor words do not pass it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from reconciler.core.history import Line
from reconciler.core.model import Fields, Record, Side
from reconciler.errors import Refusal
from reconciler.mapping.limits import Shapes


@dataclass(frozen=True, slots=True)
class Page:
    """Some records read at one time; `read_at` is the `Date` of the answer, on the side's own clock.

    `position` is where a reading that was broken off behind this page goes on; it means something to its side only.
    """

    records: Sequence[Record]
    read_at: datetime
    position: str = ""


class Write(NamedTuple):
    """One record to be created or changed.

    `id` is empty for a create.  `fields` holds canonical values, only those to be written.
    `partner` is the other side's id, to be written where the side keeps it ("" leaves it alone); for a create it
    is the external key (Xero ContactNumber = Account id, Salesforce Xero_Contact_Id__c = ContactID).
    `edited_at` is the stamp the conditional write compares with (Salesforce); `flag` sets the opt-in checkbox on a
    Salesforce create.  `key` names the try: the same key, the same bytes.
    `archive` retires the record instead of writing fields: Xero archives the contact, Salesforce clears the opt-in
    checkbox.
    """

    id: str
    fields: Fields
    partner: str = ""
    edited_at: datetime | None = None
    flag: bool = False
    key: str = ""
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A prepared request: what will be sent, byte for byte, so that the journal can hold it before it leaves.

    `parts[i]` is the share of `writes[i]` in `body`.
    """

    side: Side
    kind: str
    do: str  # "create" | "update"
    writes: Sequence[Write]
    body: bytes
    parts: Sequence[bytes]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The side took the write and shows `record` now.

    `ours` is false when the last modification the side names is not this write: a person was quicker.
    `adopted` is true when a create found its record already there (an earlier try had landed).
    """

    record: Record
    ours: bool = True
    adopted: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """The record has changed since it was read: nothing was written, look again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The side refused this one record; the others of the batch are untouched by that."""

    refusal: Refusal


Outcome: TypeAlias = Written | Moved | Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """Outcomes in the order of the batch's writes; `read_at` as in `Page`."""

    outcomes: Sequence[Outcome]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom we are connected to, as that side says."""

    organisation_id: str
    name: str
    environment: str  # "live" | "sandbox" | "demo"
    user: str = ""
    user_id: str = ""
    edition: str = ""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Meter:
    """What one run has cost on one side; token calls are not counted."""

    calls: int = 0
    seconds: float = 0.0  # spent waiting for the side
    remaining_day: int | None = None
    remaining_minute: int | None = None
    offset: float | None = None  # seconds, theirs minus ours, from the newest Date header
    uncertainty: float = 1.0


class Gateway(Protocol):
    """One side, seen from the engine.

    Every method may raise Unavailable (wait; `sent` tells whether the request may have been carried out),
    Denied (a person must act) or Usage (the field is unknown or hidden there).
    """

    @property
    def side(self) -> Side:
        """Which side this is."""
        ...

    @property
    def meter(self) -> Meter:
        """What has been spent since it was made."""
        ...

    @property
    def batch_size(self) -> int:
        """The most records one update may carry (Salesforce 24, Xero 50)."""
        ...

    @property
    def create_size(self) -> int:
        """The most records one create may carry (Salesforce 200, Xero 50)."""
        ...

    def identify(self) -> Identity:
        """Who is behind the credentials; also proves that the side can be used at all."""
        ...

    def missing_fields(self, kind: str) -> Sequence[str]:
        """Sentences naming each field of the rules that this side lacks, hides or cannot write; [] when all is well."""
        ...

    def changes(self, kind: str, since: datetime | None, position: str = "") -> Iterator[Page]:
        """Every record changed since (removed and archived ones included), in pages; all of them when since is None.

        The first page's `read_at` is what the next watermark is made from.  With a page's `position` the reading goes
        on behind that page: rows may come again, none is left out.
        """
        ...

    def read(self, kind: str, ids: Sequence[str]) -> Page:
        """Records by id, removed and archived ones included; what the side no longer knows is left out."""
        ...

    def find_partner(self, kind: str, partner: str) -> Sequence[Record]:
        """The records that name `partner` as their partner, archived ones included: asked after an unknown outcome."""
        ...

    def history(self, kind: str, ids: Sequence[str], since: datetime) -> Sequence[Line]:
        """What the side itself tells of changes to these records since then, in any order.

        Salesforce: one call for each 20 records, a line per field, of tracked fields only.  Xero: one call per record,
        lines that name no field of ours.  [] where the side keeps no history, or does not show it to us.
        """
        ...

    def prepare(self, kind: str, do: str, writes: Sequence[Write]) -> Batch:
        """Build the request without sending it.  Pure of effects; at most `batch_size` writes."""
        ...

    def send(self, batch: Batch) -> Answer:
        """Send a prepared request once, never retrying by itself."""
        ...


@runtime_checkable
class Describing(Protocol):
    """A side that says what its fields hold."""

    def shapes(self, kind: str) -> Shapes:
        """By column; one call."""
        ...


class Finding(NamedTuple):
    """One thing a check-up looked at, in a sentence; `remedy` says what to do unless all is well.

    `verdict`: "good" | "look" (it works, and somebody should know) | "bad" (a person must act first).
    """

    topic: str  # identity | environment | edition | rights | fields | quota | lock dates | clock | assumption
    verdict: str
    text: str
    remedy: str = ""


class Examined(Protocol):
    """A side that can be looked over without writing anything."""

    @property
    def meter(self) -> Meter:
        """What has been spent since it was made."""
        ...

    def identify(self) -> Identity:
        """Who is behind the credentials."""
        ...

    def examine(self, kind: str) -> Iterator[Finding]:
        """What is there and what is missing for this kind, check by check; raises as every read does."""
        ...


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

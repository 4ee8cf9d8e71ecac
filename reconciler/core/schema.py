"""What is shared, which way it flows and how it is compared: the rules of a connection, as values.

Only shapes and the questions one may ask of them.  Reading YAML is `reconciler.rules`' job, and what
a field can hold on each side is `mapping.limits`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from reconciler.core.criteria import Condition, met
from reconciler.core.model import Record, Side


class Flow(StrEnum):
    """Which way a value goes."""

    S2X = "S2X"
    X2S = "X2S"
    BOTH = "both"
    OFF = "off"

    def reaches(self, side: Side) -> bool:
        """Whether a value may be written on `side`."""
        return self is Flow.BOTH or self is (Flow.X2S if side is Side.SALESFORCE else Flow.S2X)

    @property
    def origin(self) -> Side | None:
        """The from-side of a one-way flow; None for both and off."""
        return _ORIGIN.get(self)


_ORIGIN = {Flow.S2X: Side.SALESFORCE, Flow.X2S: Side.XERO}


class Policy(StrEnum):
    """The standing rule for a clash."""

    NEWEST = "newest"
    SALESFORCE = "salesforce"
    XERO = "xero"
    ASK = "ask"


class Blank(StrEnum):
    """What clearing a value means."""

    CARRY = "carry"
    KEEP = "keep"
    FILL = "fill"


class Drift(StrEnum):
    """What happens to an edit made against a one-way flow."""

    OVERWRITE = "overwrite"
    PROTECT = "protect"


class First(StrEnum):
    """Whose value stands where two records differ when they are first linked."""

    ASK = "ask"
    SALESFORCE = "salesforce"
    XERO = "xero"
    FILLED = "filled"


class Unmapped(StrEnum):
    """What becomes of a value that a field's map of values does not list."""

    REFUSE = "refuse"  # it is a rejection, and waits until the map lists it
    PASS = "pass"  # noqa: S105 - it is carried as it stands


class Create(StrEnum):
    """On whose behalf a partner may be made."""

    S2X = "S2X"
    X2S = "X2S"
    BOTH = "both"
    NONE = "none"

    def makes_on(self, side: Side) -> bool:
        """Whether a partner may be created on `side`."""
        return self is Create.BOTH or self is (Create.X2S if side is Side.SALESFORCE else Create.S2X)


ADDRESS = ("street", "city", "region", "postcode", "country")


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Which word of Salesforce stands for which of Xero: pairs in that order, of a field or of a group's member."""

    pairs: tuple[tuple[str, str], ...]
    member: str = ""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One shared field, or a group that means something only as a whole.

    `salesforce` and `xero` are the vendors' names ("Phone"; "Phones.DEFAULT", "Addresses.POBOX", "Billing" for the
    five Billing fields).  `comparison` names a comparison of `core.values`.  `members` is empty for a single field.
    `values` holds at most one map, or one a member; what it does not list goes by `unmapped`.  `defaults` is what a
    partner that is made gets where nothing is there to be carried.
    """

    key: str
    salesforce: str
    xero: str
    comparison: str = "text"
    flow: Flow = Flow.BOTH
    policy: Policy = Policy.NEWEST
    blank: Blank = Blank.CARRY
    drift: Drift = Drift.OVERWRITE
    members: tuple[str, ...] = ()
    first: First | None = None
    values: tuple[ValueMap, ...] = ()
    unmapped: Unmapped = Unmapped.REFUSE
    defaults: tuple[tuple[Side, str], ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Where it lies on each side."""
        return self.salesforce, self.xero

    @property
    def derived(self) -> bool:
        """Whether nobody types it: a balance follows from invoices, and moves no stamp of its record."""
        return self.comparison == "balance"

    def default(self, side: Side) -> str:
        """What a new record of `side` gets where there is nothing to carry; "" for nothing."""
        return dict(self.defaults).get(side, "")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a run may do per kind and side before it stops and asks."""

    creates: int = 100
    updates: int = 200
    updates_share: float = 0.25
    blanks: int = 20
    retirements: int = 5


@dataclass(frozen=True, slots=True)
class OptIn:
    """Which records may be shared: a checkbox in Salesforce; in Xero none, all, or a group; and further criteria."""

    salesforce: str = "Sync_with_Xero__c"
    xero: str = "none"  # "none" | "all" | "group"
    group: str = ""
    criteria: Condition | None = None  # further conditions, of either side's records


@dataclass(frozen=True)
class KindRule:
    """Everything set for one kind; without slots, since what follows from it is worked out once."""

    kind: str
    fields: tuple[FieldRule, ...]
    create: Create = Create.S2X
    retire: str = "ask"  # "ask" | "none"
    opt_in: OptIn = field(default_factory=OptIn)
    suppliers: str = "leave_out"  # "leave_out" | "include"
    first: First = First.ASK
    policy: Policy = Policy.NEWEST
    limits: Limits = field(default_factory=Limits)

    def field(self, key: str) -> FieldRule:
        """The rule of one field; KeyError when it is not shared."""
        return self._by_key[key]

    def shares(self, key: str) -> bool:
        """Whether a field is named at all, switched off or not."""
        return key in self._by_key

    @cached_property
    def _by_key(self) -> Mapping[str, FieldRule]:
        return {rule.key: rule for rule in self.fields}

    @cached_property
    def flowing(self) -> Mapping[str, FieldRule]:
        """The fields that are not switched off, by key."""
        return {rule.key: rule for rule in self.fields if rule.flow is not Flow.OFF}

    @cached_property
    def read(self) -> Mapping[str, FieldRule]:
        """The fields that are read: those that flow, and the name, by which a customer is known and made."""
        return {rule.key: rule for rule in self.fields if rule.flow is not Flow.OFF or rule.key == "name"}

    def agreeing_with(self, other: KindRule) -> frozenset[str]:
        """The fields that flow by both and lie at the same places: what is agreed on by the one is by the other too."""
        theirs = other.flowing
        return frozenset(key for key, rule in self.flowing.items() if key in theirs and rule.place == theirs[key].place)

    @cached_property
    def derived(self) -> frozenset[str]:
        """The fields that nobody types."""
        return frozenset(rule.key for rule in self.fields if rule.derived)

    def admits(self, record: Record) -> bool:
        """Whether the record's own side says that it may be shared (opt-in, suppliers, criteria)."""
        if not self.meets_criteria(record):
            return False
        if record.ref.side is Side.SALESFORCE:
            return record.flag
        if self.suppliers == "leave_out" and record.is_supplier and not record.is_customer:
            return False
        return self.opt_in.xero == "all" or (self.opt_in.xero == "group" and self.opt_in.group in record.groups)

    def meets_criteria(self, record: Record) -> bool:
        """Whether the further conditions hold for what the record shows now."""
        condition = self.opt_in.criteria
        return condition is None or met(condition, record, {field.key: field.members for field in self.fields})


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a connection runs, and when it compares everything ("HH:MM", UTC; "" for never)."""

    every_minutes: int = 15
    full_compare: str = "02:30"


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a connection's rules."""

    kinds: Mapping[str, KindRule]
    schedule: Schedule = field(default_factory=Schedule)
    version: int = 0  # the number under which the store keeps them; 0 before that

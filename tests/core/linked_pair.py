"""One linked pair as the engine keeps it, without the engine: `decide` is asked, and its answer is settled by the book.

No store, no vendor and no clock: what a run does to a pair between two looks at it, in a few lines, so that a law or a
row of the decision table can be followed through several runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from reconciler.core.closing import SHELVED
from reconciler.core.decide import decide
from reconciler.core.history import Line, sharpen
from reconciler.core.merge import Cause
from reconciler.core.model import (
    SIDES,
    ClockReading,
    Decision,
    Edit,
    Grade,
    LinkState,
    OpenConflict,
    Record,
    Ref,
    Side,
    Value,
)
from reconciler.core.plan import Action, CannotHold, Close, Deciding, Dispute
from reconciler.core.schema import ADDRESS, FieldRule, Flow, KindRule
from reconciler.core.values import same
from reconciler.errors import Refusal
from tests.core.decision_table import Act, Decide, Entry, OptIn, Overturn, Row, Setting, Turn
from tests.core.decision_table import Edit as Typing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROUND = timedelta(hours=1)
CLOCKS = {side: ClockReading() for side in SIDES}
REFS = {Side.SALESFORCE: Ref(Side.SALESFORCE, "001000000000001AAA"), Side.XERO: Ref(Side.XERO, "contact-1")}
KEY = "shared"


def holds_anything(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
    """No limits: what a side cannot hold is `mapping.limits`' to say."""
    return None


def field_rule(setting: Setting, key: str = KEY) -> FieldRule:
    """The rule that a row sets."""
    return FieldRule(
        key, "Shared", "Shared",
        comparison="address" if setting.group else "text",
        flow=setting.flow, policy=setting.policy, blank=setting.blank, drift=setting.drift, first=setting.first,
        members=ADDRESS if setting.group else (),
    )  # fmt: skip


def kind_rule(*fields: FieldRule) -> KindRule:
    """A kind that shares these fields."""
    return KindRule("customer", fields)


def record(side: Side, fields: Mapping[str, Value], **facts: object) -> Record:
    """One side's record, stamped and opted in, naming its partner."""
    shown = Record(
        REFS[side], "customer", "1", NOON, NOON, dict(fields),
        flag=side is Side.SALESFORCE, partner=REFS[side.other].id,
    )  # fmt: skip
    return replace(shown, **facts)  # type: ignore[arg-type]


@dataclass(slots=True)
class Listed:
    """One entry of the queue, as it stands now."""

    reason: str
    status: str = "open"
    side: Side | None = None
    says: str = ""
    noted: bool = False
    values: Mapping[Side, Value] = field(default_factory=dict)
    decision: Decision | None = None

    @property
    def is_shelved(self) -> bool:
        return self.status == "closed" and self.says in SHELVED

    def is_as(self, expected: Entry) -> bool:
        """Whether it is what a row expects."""
        facts = (self.status, self.reason, self.side, self.noted)
        return facts == (expected.status, expected.reason, expected.side, expected.noted) and expected.says in self.says


@dataclass(slots=True)
class LinkedPair:
    """Two records and what is known about them; `run` does what one run does."""

    rule: KindRule
    shows: dict[Side, dict[str, Value]]
    baseline: dict[Side, dict[str, Value]] = field(default_factory=lambda: {side: {} for side in SIDES})
    edits: dict[Side, dict[str, Edit]] = field(default_factory=lambda: {side: {} for side in SIDES})
    queue: list[Listed] = field(default_factory=list)
    fields_of: list[str] = field(default_factory=list)  # the field of each entry of the queue
    flag: bool = True
    suspended: bool = False
    resumed: bool = False
    own_name: bool = False
    cannot_hold: CannotHold = holds_anything
    clocks: Mapping[Side, ClockReading] = field(default_factory=lambda: CLOCKS)
    written: list[tuple[Side, str, Value]] = field(default_factory=list)

    @property
    def state(self) -> LinkState:
        """The pair as the core is shown it."""
        open_ones = {
            self.fields_of[number]: OpenConflict(
                number, entry.reason, entry.decision, entry.values, shelved=entry.is_shelved
            )
            for number, entry in enumerate(self.queue)
            if entry.status == "open" or entry.is_shelved
        }
        return LinkState(
            1,
            "customer",
            {
                Side.SALESFORCE: record(Side.SALESFORCE, self.shows[Side.SALESFORCE], flag=self.flag),
                Side.XERO: record(Side.XERO, self.shows[Side.XERO]),
            },
            {side: dict(self.baseline[side]) for side in SIDES},
            {side: dict(self.edits[side]) for side in SIDES},
            open_ones,
            suspended=self.suspended,
            resumed=self.resumed,
            own_name=self.own_name,
        )

    def decided(self) -> Deciding:
        """What the core asks for as things stand."""
        return decide(self.state, self.rule, self.clocks, self.cannot_hold)

    def run(self) -> Deciding:
        """Decide; conclude what needs no vendor; write, settle and conclude again."""
        self.written = []
        deciding = self.decided()
        self._conclude(deciding)
        for action in deciding.actions:
            self._settle(action)
        if deciding.actions:
            self._conclude(self.decided())
        return deciding

    def _conclude(self, deciding: Deciding) -> None:
        for side, fields in deciding.agreed.items():
            self.baseline[side].update(fields)
        self.suspended = deciding.standing == "suspend" or (self.suspended and deciding.standing != "resume")
        self.resumed = deciding.standing == "resume" or (self.resumed and not deciding.quiet)
        for found in deciding.disputes:
            self._dispute(found)
        for over in deciding.closed:
            self._close(over)

    def _dispute(self, found: Dispute) -> None:
        if found.conflict is None:
            self.queue.append(Listed(found.reason, side=found.proposed, values=found.values))
            self.fields_of.append(found.field)
            return
        entry = self.queue[found.conflict]
        entry.side, entry.values = found.proposed, found.values
        if found.noted:
            entry.noted, entry.decision = True, None
        if found.again:
            entry.status, entry.says = "open", ""

    def _close(self, over: Close) -> None:
        entry = self.queue[over.conflict]
        entry.status, entry.says = ("decided", "") if over.decided else ("closed", over.because)
        entry.side = entry.decision.winner if over.decided and entry.decision else None
        if over.noted:
            entry.noted, entry.decision = True, None
        entry.values = over.shown or entry.values

    def _settle(self, action: Action) -> None:
        """The target shows what was sent; the other side is agreed on as it was when this was decided, or written."""
        side, seen = action.side, action.ground[action.side.other]["fields"]
        assert isinstance(seen, Mapping)
        there = {**seen, **{key: value for to, key, value in self.written if to is side.other}}
        for key, change in action.fields.items():
            self.shows[side][key] = change.new
            self.written.append((side, key, change.new))
            values = {side: change.new, side.other: there[key]}
            if change.cause is not Cause.DECIDED or same(self.rule.field(key), values):
                self.baseline[side][key], self.baseline[side.other][key] = values[side], values[side.other]
        for verdict in action.verdicts:
            self.queue.append(Listed(verdict.reason, "decided", verdict.winner, values=verdict.values))
            self.fields_of.append(verdict.field)


@dataclass(slots=True)
class Story:
    """A row of the decision table, told to the core."""

    row: Row
    pair: LinkedPair
    round: int = 0

    @classmethod
    def of(cls, row: Row) -> Story:
        """The pair as it is when it is linked."""
        shows = {side: {KEY: value} for side, value in zip(SIDES, row.start, strict=True)}
        return cls(row, LinkedPair(kind_rule(field_rule(row.setting)), shows))

    def tell(self) -> LinkedPair:
        """Link, then round after round; each ends with a run."""
        self.pair.run()
        for acts in self.row.rounds:
            self.round += 1
            for act in acts:
                self.act(act)
            self.pair.run()
        return self.pair

    def act(self, act: Act) -> None:
        """Have it happen now."""
        match act:
            case Typing():
                self._type(act)
            case Decide():
                self._decide(act)
            case Overturn():
                self._overturn(act)
            case OptIn():
                self.pair.flag = act.on
            case Turn():
                self._turn(act)

    def _type(self, act: Typing) -> None:
        after = NOON + self.round * ROUND
        typed, until = (after + timedelta(minutes=minute) for minute in (act.minute, act.again or act.minute))
        edit = Edit(after, until, Grade.INTERVAL if act.crowded or act.again else Grade.RECORD)
        if self.row.setting.tracked and act.side is Side.SALESFORCE:
            row = Line(REFS[act.side], typed, "Hana", "as Salesforce tells it", KEY, value=str(act.value))
            edit = sharpen(self.pair.rule.field(KEY), edit, act.value, [row])
        self.pair.edits[act.side][KEY] = edit
        self.pair.shows[act.side][KEY] = act.value

    def _now(self) -> dict[Side, Value]:
        return {side: self.pair.shows[side][KEY] for side in SIDES}

    def _decide(self, act: Decide) -> None:
        value = self._now()[act.take] if act.take else act.value
        self._open().decision = Decision(self._now(), value, act.take, "Hana")

    def _open(self) -> Listed:
        return next(entry for entry in self.pair.queue if entry.status == "open")

    def _overturn(self, act: Overturn) -> None:
        lost = next(entry for entry in self.pair.queue if entry.status == "decided").values[act.take]
        decision = Decision(self._now(), lost, act.take, "Hana")
        self.pair.queue.append(Listed("overturned", values=self._now(), decision=decision))
        self.pair.fields_of.append(KEY)

    def _turn(self, act: Turn) -> None:
        if self.pair.rule.field(KEY).flow is Flow.OFF and act.to.flow is not Flow.OFF:
            for side in SIDES:  # switched on again: what it was while off is forgotten
                self.pair.baseline[side].pop(KEY, None)
        self.pair.rule = kind_rule(field_rule(act.to))

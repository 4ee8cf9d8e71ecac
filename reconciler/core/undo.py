"""What taking back a run, a record or a field of it amounts to.

    Concord             now                          what is done
    ------------------  ---------------------------  ------------------------------------------------------------
    wrote a value       as it was written            the value from before is put back
    wrote a value       edited since, or in dispute  left alone, and named
    wrote a value       switched off since           left alone, and named: what stands there is not read any more
    made a record       as it was made               no longer linked; archived in Xero, opted out in Salesforce
    made a record       edited since                 left alone, and named
    linked two records  linked still                 no longer linked
    archived, opted out                              nothing here can take it back: a question with the manual step
    noted an id         whatever                     stays: it shows where the record once belonged

What is put back on a link that goes on becomes a conflict once it is written, so that nothing undoes the undo.  A link
that ends is ended before anything is put back on its records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.merge import Cause
from reconciler.core.model import LinkState, Ref, Side, Status, Value
from reconciler.core.plan import SCREEN, Action, Ask, Change, Do, ground, proof
from reconciler.core.removal import RETIRED, name_of
from reconciler.core.schema import Flow, KindRule
from reconciler.core.values import equal, is_blank


@dataclass(frozen=True, slots=True)
class Done:
    """One step that a run has carried out: per field what stood before, and what was shown after."""

    do: Do
    side: Side
    ref: Ref  # of a create, the record it was made from
    link: int | None
    before: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a run is taken back: all of it, one record (either of a pair), one field of it."""

    run: int
    record: Ref | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left alone, and why: the end of a sentence."""

    ref: Ref
    field: str
    why: str


@dataclass(slots=True)
class Undoing:
    """What taking back amounts to: actions, what is left alone, and what only a person can do."""

    actions: list[Action] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    by_hand: list[Ask] = field(default_factory=list)


def take_back(done: Iterable[Done], states: Mapping[int, LinkState], rule: KindRule, scope: Scope) -> Undoing:
    """Work out, link by link, what takes these steps back.  `states` holds the links that still stand."""
    found = Undoing()
    for link, steps in _by_link(done).items():
        state = states.get(link)
        if state is None:
            found.left += [Left(steps[0].ref, "", "its two records are no longer linked")]
        elif scope.record is None or scope.record in {record.ref for record in state.records.values()}:
            _Link(state, rule, scope, found).take_back(steps)
    return found


def _by_link(done: Iterable[Done]) -> Mapping[int, list[Done]]:
    by: dict[int, list[Done]] = {}
    for step in done:
        if step.link is not None and step.do is not Do.STAMP:
            by.setdefault(step.link, []).append(step)
    return by


class _Link:
    """One link of which something is taken back; adds to `found`."""

    def __init__(self, state: LinkState, rule: KindRule, scope: Scope, found: Undoing) -> None:
        self.state, self.rule, self.scope, self.found = state, rule, scope, found

    def take_back(self, steps: Sequence[Done]) -> None:
        made = next((step for step in steps if step.do is Do.CREATE), None)
        if any(step.do is Do.RETIRE for step in steps):
            self._by_hand(next(step for step in steps if step.do is Do.RETIRE))
        elif why := self._obstacle(steps):
            self.found.left.append(Left(steps[0].ref, "", why))
        elif made is not None and not self.scope.field:
            self._unmake(made, steps)
        else:
            ends = not self.scope.field and any(step.do is Do.ADOPT for step in steps)
            if ends:
                self._unlink(f"{self._name()} is no longer linked: the link was taken back.")
            for side in (Side.XERO, Side.SALESFORCE):
                net = {key: pair for key, pair in _net(steps, side).items() if self.scope.field in {"", key}}
                self._put_back(side, net, keeps_link=not ends)

    def _obstacle(self, steps: Sequence[Done]) -> str:
        made_on = {step.side for step in steps if step.do is Do.CREATE}
        refs = {record.ref for record in self.state.records.values()}
        if any(step.ref not in refs for step in steps) or any(ref.side in made_on for ref in self.state.former):
            return "one of the two was merged into another record since"
        for side, record in self.state.records.items():
            if record.status is not Status.ACTIVE:
                return f"it no longer stands in {SCREEN[side]}"
        shared = self.state.records[Side.SALESFORCE].flag and not self.state.suspended
        return "" if shared else "it is not shared any more, and nothing is written to it"

    def _put_back(self, side: Side, net: Mapping[str, tuple[Value, Value]], *, keeps_link: bool) -> None:
        record = self.state.records[side]
        changes: dict[str, Change] = {}
        for key, (before, after) in net.items():
            why = self._touched(side, key, before, after)
            if why:
                self.found.left.append(Left(record.ref, key, why))
            else:
                changes[key] = Change(record.fields[key], before, Cause.UNDONE)
        if changes:
            self.found.actions.append(self._update(side, changes, keeps_link=keeps_link))

    def _touched(self, side: Side, key: str, before: Value, after: Value) -> str:
        """Why a value is left alone; "" when it stands as it was written."""
        rule = next((rule for rule in self.rule.fields if rule.key == key), None)
        now = self.state.records[side].fields.get(key)
        if rule is None or now is None or rule.flow is Flow.OFF:
            return "it is not shared any more"
        if rule.derived:
            return "it is what Xero says is owed, and follows it"
        if key == "name" and is_blank(before):
            return "a record needs a name"
        if equal(rule, now, before):
            return "it is as it was before"
        if not equal(rule, now, after):
            return "it has been edited since"
        return "a conflict about it is open: decide that" if key in self.state.conflicts else ""

    def _update(self, side: Side, changes: Mapping[str, Change], *, keeps_link: bool) -> Action:
        return Action(
            do=Do.UPDATE,
            kind=self.state.kind,
            side=side,
            ref=self.state.records[side].ref,
            source=self.state.records[side.other].ref,
            fields=changes,
            why=f"Taken back: it was written by sync {self.scope.run}.",
            link=self.state.id if keeps_link else None,
            ground=ground(self.state.records, changes),
            proof=proof(self.rule, self.state.records[Side.SALESFORCE]),
            undoes=self.scope.run,
        )

    def _unmake(self, made: Done, steps: Sequence[Done]) -> None:
        """A record that Concord made and nobody has touched is retired as its side allows; nothing is deleted."""
        record = self.state.records[made.side]
        net = _net(steps, made.side)
        for rule in (one for one in self.rule.fields if not one.derived):
            now, wrote = record.fields.get(rule.key, ""), net.get(rule.key)
            if wrote and rule.flow is Flow.OFF:
                self.found.left.append(Left(record.ref, rule.key, "it is shared no more, and an edit is not seen"))
                return
            if not (equal(rule, now, wrote[1]) if wrote else is_blank(now)):
                self.found.left.append(Left(record.ref, rule.key, "the record was made by the sync and edited since"))
                return
        self._unlink(f"{self._name()}: {_UNMADE[made.side]}")
        self.found.actions.append(
            Action(
                do=Do.RETIRE,
                kind=self.state.kind,
                side=made.side,
                ref=record.ref,
                source=self.state.records[made.side.other].ref,
                fields={"status": Change("active", RETIRED[made.side], Cause.UNDONE)},
                why=f"Taken back: it was made by sync {self.scope.run}.",
                ground=ground(self.state.records, [rule.key for rule in self.rule.fields]),
                proof=proof(self.rule, self.state.records[Side.SALESFORCE]),
                undoes=self.scope.run,
            )
        )

    def _unlink(self, text: str) -> None:
        salesforce, xero = self.state.records[Side.SALESFORCE], self.state.records[Side.XERO]
        self.found.actions.append(
            Action(
                do=Do.UNLINK,
                kind=self.state.kind,
                side=Side.XERO,
                ref=xero.ref,
                source=salesforce.ref,
                why=text,
                link=self.state.id,
                proof=proof(self.rule, salesforce),
                undoes=self.scope.run,
            )
        )

    def _by_hand(self, step: Done) -> None:
        refs = (step.ref, self.state.records[step.side.other].ref)
        text = f"{self._name()}: {_BY_HAND[step.side]}"
        self.found.by_hand.append(Ask("undone", step.ref, refs, ("leave",), text))

    def _name(self) -> str:
        return name_of(self.state.records[Side.SALESFORCE])


_UNMADE = {
    Side.XERO: "its contact, made by Concord, is archived, which Concord cannot reverse. To have it again, restore it "
    "in Xero by hand and then link the two.",
    Side.SALESFORCE: "its account, made by Concord, is opted out; it is not deleted. To have it again, opt it in by "
    "hand and then link the two.",
}
_BY_HAND = {
    Side.XERO: "Concord archived the contact, and Xero lets only a person restore it: find it among the archived "
    "contacts in Xero and choose Restore.",
    Side.SALESFORCE: "Concord cleared its opt-in checkbox; only a person may say that a record is shared: tick it "
    "again in Salesforce.",
}


def _net(steps: Sequence[Done], side: Side) -> Mapping[str, tuple[Value, Value]]:
    """What all steps together did to one side's fields: what stood before the first, and what the last one left."""
    net: dict[str, tuple[Value, Value]] = {}
    for step in steps:
        if step.side is side and step.do in {Do.CREATE, Do.UPDATE}:
            for key, after in step.after.items():
                net[key] = (net[key][0] if key in net else step.before[key], after)
    return net

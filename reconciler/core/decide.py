"""Decide what one linked pair asks for: the merge's verdicts turned into actions, disputes and questions.

    one side            other side        what is done
    ------------------  ----------------  ---------------------------------------------------
    edited              unchanged         Update the other
    edited              edited            merge; Update one or both, or open a conflict
    archived, removed   whatever          ask; an edit on the other side survives
    opted out           whatever          the link is suspended: nothing flows

Nothing here does any of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from reconciler.core import closing
from reconciler.core.closing import HELD
from reconciler.core.merge import Agree, Carry, Cause, Clash, merge
from reconciler.core.model import SIDES, Decision, LinkState, OpenConflict, Side, Status, Value
from reconciler.core.pair import Pair
from reconciler.core.plan import (
    SCREEN,
    Action,
    CannotHold,
    Change,
    Clocks,
    Close,
    Deciding,
    Dispute,
    Do,
    Rejection,
    Verdict,
    ground,
    proof,
    stamp,
)
from reconciler.core.policy import Resolution, newest, resolve
from reconciler.core.removal import decide_removal
from reconciler.core.schema import Flow, KindRule
from reconciler.core.values import equal, meant, no_word, translated
from reconciler.errors import Refusal


def decide(state: LinkState, rule: KindRule, clocks: Clocks, cannot_hold: CannotHold) -> Deciding:
    """Work out what brings one linked pair into agreement."""
    standing = _standing(state, rule)
    if standing == "suspend" or (state.suspended and not standing):
        return Deciding(standing=standing, closed=_shelved(state, rule, closing.UNSHARED))
    if any(record.status is not Status.ACTIVE for record in state.records.values()):
        return decide_removal(state, rule)._replace(standing=standing, closed=_shelved(state, rule, closing.FALLEN))
    work = _Work(state, rule, clocks, cannot_hold, resumed=state.resumed or standing == "resume")
    fields = {side: state.records[side].fields for side in SIDES}
    work.carry_out_decisions()
    for verdict in merge(work.rules.values(), state.baseline, fields, rule.first):
        work.take(verdict)
    work.close_the_rest()
    return work.result(standing)


def _standing(state: LinkState, rule: KindRule) -> str:
    """Opt-out suspends a link and opting in again resumes it; the record in Salesforce speaks for both sides.

    The flag, and the further criteria, of a record that no longer stands there say nothing either way.
    """
    salesforce = state.records[Side.SALESFORCE]
    if salesforce.status is not Status.ACTIVE or rule.admits(salesforce) is not state.suspended:
        return ""
    return "resume" if state.suspended else "suspend"


def _shelved(state: LinkState, rule: KindRule, because: str) -> tuple[Close, ...]:
    """What is open about a pair that is not compared leaves the queue; what was decided is not carried out later."""
    pair, found = Pair(state, rule), []
    known = pair.conflicts().keys() & pair.rules.keys()
    for key, each in state.conflicts.items():
        decision = each.decision
        if each.shelved:
            continue
        if decision and key in known and pair.both_show(key, decision):  # it had just been carried out
            found.append(Close(each.id, "", decided=True, shown=decision.shown))
        else:
            found.append(Close(each.id, because, noted=closing.unheeded(decision) if decision else ""))
    return tuple(found)


class _Work:
    """Collects what the merge's verdicts amount to; one use, then `result`."""

    def __init__(
        self, state: LinkState, rule: KindRule, clocks: Clocks, cannot_hold: CannotHold, *, resumed: bool
    ) -> None:
        self.state, self.rule, self.clocks, self.cannot_hold, self.resumed = state, rule, clocks, cannot_hold, resumed
        self.pair = Pair(state, rule)
        self.rules, self.conflicts = self.pair.rules, self.pair.conflicts()
        self.changes: defaultdict[Side, dict[str, Change]] = defaultdict(dict)
        self.verdicts: defaultdict[Side, list[Verdict]] = defaultdict(list)
        self.agreed: defaultdict[Side, dict[str, Value]] = defaultdict(dict)
        self.disputes: list[Dispute] = []
        self.closed: list[Close] = []
        self.rejections: list[Rejection] = []
        self.refused: set[tuple[Side, str]] = set()
        self.seen: set[str] = set()

    def carry_out_decisions(self) -> None:
        """Write what a person chose, where the values decided on still stand or the decision itself stands already."""
        for key, conflict in self.conflicts.items():
            decision, rule = conflict.decision, self.rules.get(key)
            if decision is None or rule is None or not closing.may_be_carried_out(rule, conflict):
                continue
            if self.pair.stands(decision, key) and not self.pair.both_show(key, decision):
                self.seen.add(key)
                self._carry_out(key, decision)
                self._refresh(key, conflict)

    def take(self, verdict: Carry | Agree | Clash) -> None:
        """Turn one verdict of the merge into changes, agreements or a dispute."""
        key = verdict.field
        if key in self.seen:
            return
        self.seen.add(key)
        conflict = self.conflicts.get(key)
        if conflict and self._waits(conflict, verdict):
            self._clash(key, conflict.reason, conflict)
        elif isinstance(verdict, Agree):
            self._agree(verdict, conflict)
        elif isinstance(verdict, Clash):
            self._clash(key, verdict.reason, conflict)
        else:
            self._carry(verdict, conflict)

    def _waits(self, conflict: OpenConflict, verdict: Carry | Agree | Clash) -> bool:
        """What a person took back is theirs to decide, and a rule made later decides no conflict that is open."""
        if conflict.reason in HELD:
            return not self.pair.equal(verdict.field)
        first = isinstance(verdict, Carry) and verdict.cause is Cause.FIRST
        return first and self.rules[verdict.field].flow is Flow.BOTH

    def close_the_rest(self) -> None:
        """A conflict on a field that the merge finds nothing about is over, unless both may edit it and they differ."""
        for key, conflict in self.conflicts.items():
            if key in self.seen:
                continue
            chosen = self.pair.chosen(key, conflict)
            if chosen or not self._differs(key, conflict):
                self._close(key, conflict, decided=chosen)
            elif conflict.shelved or self._went_back(key, conflict):
                self._clash(key, conflict.reason, conflict)

    def _went_back(self, key: str, conflict: OpenConflict) -> bool:
        """Somebody has typed what was agreed, and the queue does not show that yet."""
        return bool(conflict.queued) and conflict.queued != self.pair.values(key)

    def _differs(self, key: str, conflict: OpenConflict) -> bool:
        """Whether the two sides differ on a field that only a person brings together."""
        rule = self.rules.get(key)
        left_to_them = rule is not None and (conflict.reason in HELD or rule.flow is Flow.BOTH)
        return left_to_them and not self.pair.equal(key)

    def result(self, standing: str) -> Deciding:
        """All of it, as one value; writes to Xero come first, so that Salesforce's proof reading serves both."""
        updates = [self._update(side) for side in (Side.XERO, Side.SALESFORCE) if self.changes[side]]
        return Deciding(
            actions=(*updates, *self._stamps()),
            agreed=dict(self.agreed),
            disputes=tuple(self.disputes),
            closed=tuple(self.closed),
            rejections=tuple(self.rejections),
            refused=frozenset(self.refused),
            standing=standing,
        )

    # -- one verdict each

    def _agree(self, verdict: Agree, conflict: OpenConflict | None) -> None:
        for side, value in verdict.values.items():
            self.agreed[side][verdict.field] = value
        if conflict:
            decided = self.pair.chosen(verdict.field, conflict) and self.pair.equal(verdict.field)
            self._close(verdict.field, conflict, decided=decided)

    def _clash(self, key: str, reason: str, conflict: OpenConflict | None) -> None:
        resolution = self._resolution(key, reason, conflict)
        if conflict is None and resolution.winner and reason == "clash":
            winner = resolution.winner
            self._write(key, winner.other, self.pair.value(winner, key), Cause.DECIDED)
            self._verdict(key, winner, reason, resolution.why)
            return
        stale = conflict.decision if conflict else None
        noted = f"{stale.by} had decided, but the values have changed since." if stale else ""
        proposal = newest(self.pair.edits(key), self.clocks) if not resolution.winner else resolution
        self.disputes.append(
            Dispute(
                key,
                conflict.reason if conflict else ("resumed" if self.resumed and reason == "clash" else reason),
                self.pair.values(key),
                self.pair.baseline(key),
                self.pair.edits(key),
                proposal.winner,
                proposal.why if proposal.winner else resolution.why,
                conflict.id if conflict else None,
                noted,
                again=bool(conflict and conflict.shelved),
            )
        )

    def _refresh(self, key: str, conflict: OpenConflict) -> None:
        """The queue shows what stands, also of what is decided and stands on one side only as yet."""
        values, edits = self.pair.values(key), self.pair.edits(key)
        if conflict.queued and conflict.queued != values:
            proposed = newest(edits, self.clocks).winner
            baseline = self.pair.baseline(key)
            self.disputes.append(Dispute(key, conflict.reason, values, baseline, edits, proposed, "", conflict.id))

    def _resolution(self, key: str, reason: str, conflict: OpenConflict | None) -> Resolution:
        if reason == "first":
            return Resolution(None, "The two differed when they were first compared.")
        if reason == "protected":
            return Resolution(None, "This field flows one way and is protected: an edit against it is asked about.")
        if conflict:
            return Resolution(None, "This conflict waits for a person.")
        if self.resumed:
            return Resolution(None, "Both sides changed while the record was not shared.")
        return resolve(self.rules[key].policy, self.pair.edits(key), self.clocks)

    def _carry(self, verdict: Carry, conflict: OpenConflict | None) -> None:
        key = verdict.field
        if conflict:
            self._close(key, conflict)
        if not self._write(key, verdict.to, verdict.value, verdict.cause):
            return
        if verdict.lost is not None:
            reason = "first" if verdict.cause is Cause.FIRST else "direction"
            why = (
                "The two differed when they were first compared, and the rule names whose value stands."
                if reason == "first"
                else f"This field flows from {SCREEN[verdict.to.other]} to {SCREEN[verdict.to]} only."
            )
            self._verdict(key, verdict.to.other, reason, why)

    def _carry_out(self, key: str, decision: Decision) -> None:
        """Write the chosen value wherever it does not stand yet."""
        rule = self.rules[key]
        for side, value in meant(rule, decision.value, decision.winner).items():
            if value is None:
                self._put(key, side, decision.value, Cause.DECIDED, no_word(rule, side, decision.value))
            elif not equal(rule, self.pair.value(side, key), value):
                self._put(key, side, value, Cause.DECIDED, self.cannot_hold(side, rule, value))

    def _write(self, key: str, side: Side, value: Value, cause: Cause) -> bool:
        """Carry what the other side shows, in this one's words."""
        rule = self.rules[key]
        words = translated(rule, side, value)
        if words is None:
            return self._put(key, side, value, cause, no_word(rule, side, value))
        return self._put(key, side, words, cause, self.cannot_hold(side, rule, words))

    def _put(self, key: str, side: Side, value: Value, cause: Cause, refusal: Refusal | None) -> bool:
        if refusal:
            self.rejections.append(Rejection(side, key, value, refusal))
        # Refused before and nothing has changed: it waits for a person, or for its time.
        if refusal or self.state.is_refused(side, key, value):
            self.refused.add((side, key))
            return False
        self.changes[side][key] = Change(self.pair.value(side, key), value, cause)
        return True

    def _verdict(self, key: str, winner: Side, reason: str, why: str) -> None:
        if key in self.changes[winner.other]:
            self.verdicts[winner.other].append(
                Verdict(key, reason, winner, self.pair.values(key), self.pair.baseline(key), self.pair.edits(key), why)
            )

    def _close(self, key: str, conflict: OpenConflict, *, decided: bool = False) -> None:
        rule = self.rules.get(key)
        shown, before = self.pair.values, self.pair.baseline
        because = closing.why(rule, conflict, shown(key), before(key)) if rule else closing.NOT_SHARED
        decision = conflict.decision
        shown_then = decision.shown if decided and decision else {}
        noted = closing.unheeded(decision) if decision and not decided else ""
        self.closed.append(Close(conflict.id, because, decided=decided, shown=shown_then, noted=noted))

    def _update(self, side: Side) -> Action:
        changes = self.changes[side]
        return Action(
            do=Do.UPDATE,
            kind=self.state.kind,
            side=side,
            ref=self.state.records[side].ref,
            source=self.state.records[side.other].ref,
            fields=changes,
            why=_why(tuple([(key, change.cause) for key, change in changes.items()]), side),
            link=self.state.id,
            edits={key: edit for key, edit in self.state.edits.get(side.other, {}).items() if key in changes},
            ground=ground(self.state.records, changes),
            verdicts=tuple(self.verdicts[side]),
            proof=proof(self.rule, self.state.records[Side.SALESFORCE]),
        )

    def _stamps(self) -> Sequence[Action]:
        """Each record names its partner; a stamp that was refused waits like any other value."""
        records = self.state.records
        nameless = [side for side in SIDES if self.pair.nameless(side)]
        if not nameless:
            return ()
        refused = {side for side in nameless if self.state.is_refused(side, "partner", records[side.other].ref.id)}
        self.refused |= {(side, "partner") for side in refused}
        return [
            stamp(self.state.kind, records[side], records[side.other], self.rule, self.state.id)
            for side in nameless
            if side not in refused
        ]


_WHY = {
    Cause.EDITED: "edited in {other}",
    Cause.FILLED: "blank in {this}, filled in {other}",
    Cause.PUT_BACK: "put back: it flows from {other} only",
    Cause.FIRST: "the two differed at first",
    Cause.DECIDED: "decided",
    Cause.UNDONE: "taken back",
    Cause.BALANCE: "as {other} has it",
}


@lru_cache(maxsize=256)
def _why(changes: tuple[tuple[str, Cause], ...], side: Side) -> str:
    """One sentence for the whole action: each field with its cause."""
    parts = [
        f"{key.replace('_', ' ')} {_WHY[cause].format(this=SCREEN[side], other=SCREEN[side.other])}"
        for key, cause in changes
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."

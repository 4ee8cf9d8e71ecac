"""What must be true after each move, and what must be true once everything has come to rest.

Invariants carry the numbers of docs/proof.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reconciler.core.model import SIDES, Record, Side, Status, Value
from reconciler.core.schema import Blank, Policy
from reconciler.store.tables import ActionRow, ConflictRow, LinkRow, PlanRow, QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import S, X, twins
from tests.model.ledger import Place, alike, is_nothing
from tests.model.people import LIMITS
from tests.model.writes import Writes, as_value

TOLD_APART = timedelta(seconds=2)  # of two edits closer than this nobody may say which came last


@dataclass(frozen=True, slots=True)
class Before:
    """What was so when a run began: conflicts known, the plan that was held, what was typed while not shared."""

    conflicts: frozenset[int]
    held: str
    unshared: frozenset[Place]
    opted_out: frozenset[str]


@dataclass
class Checks(Writes):
    """Everything that is looked at while nothing is under way."""

    def _before(self) -> Before:
        held = next((row.digest for row in reversed(self.bench.rows(PlanRow)) if row.status == "held"), "")
        return Before(
            conflicts=frozenset(row.id for row in self.bench.rows(ConflictRow)),
            held="" if self._approved() else held,  # what a person approved is carried out beside it
            unshared=frozenset(self.ledger.unshared),
            opted_out=frozenset(self._opted_out()),
        )

    def _approved(self) -> list[PlanRow]:
        """Plans that a person has approved and that are not carried out to their end."""
        return [row for row in self.bench.rows(PlanRow) if row.decided_by and row.status in {"approved", "started"}]

    def _opted_out(self) -> set[str]:
        return {record.ref.id for record in self.records(S) if not self.opted_in(record)}

    def _after(self, report: Mapping[str, Any], before: Before, *, asked: bool) -> None:
        """What must be true of a run that has ended; `asked` when a person wanted a certain plan of it.

        That may have been before: a plan that was approved and had to wait, or is to be tried again, is asked for too.
        """
        if report["status"] == "halted" and not self.overslept:
            self._expect(report["writes"] == 0, "I-20: a halted run has written")
        asked = asked or any(row.id == report.get("plan_id") and row.decided_by for row in self.bench.rows(PlanRow))
        if before.held and not asked:
            stays = report["status"] == "unavailable" or (report["status"], report["digest"]) == ("halted", before.held)
            self._expect(stays, f"I-20: {before.held} is held, and a run made {report['digest']} of it")
        made = len(self.bench.rows(ActionRow, do="create", state="settled", plan_id=report.get("plan_id") or 0))
        self._expect(asked or made <= LIMITS.creates, f"I-20: {made} records were made unasked")
        self._carried()
        for row in self.bench.rows(ConflictRow):
            if row.id not in before.conflicts and row.reason in {"clash", "resumed"}:
                self._is_true(row)
                if row.status == "decided" and row.by == "rule":
                    self._was_for_a_rule(row, before)
        self.unshared &= self._opted_out()
        if report["status"] in {"done", "open"}:
            self.unshared |= before.opted_out & self._opted_out()
        self._check()

    def _was_for_a_rule(self, row: Any, before: Before) -> None:
        places: dict[Side, Place] = {S: (S, row.salesforce, row.field), X: (X, row.xero, row.field)}
        unshared = {place for place in before.unshared & set(places.values()) if not self._was_sent(row, place)}
        self._expect(not unshared, f"{unshared} was typed while it was not shared, and a rule decided about it")
        if self._rule(row.field).policy is Policy.NEWEST:
            self._came_last(row, places)

    def _was_sent(self, row: Any, place: Place) -> bool:
        """Whether what stands there was sent, once it was shared again, and refused: an edit like any other since."""
        refused = [each.attempted.get(row.field) for each in self.bench.rows(RejectionRow, link_id=row.link_id)]
        typed = as_value(row.values[place[0].value])
        return any(value is not None and alike(row.field, as_value(value), typed) for value in refused)

    def _came_last(self, row: Any, places: Mapping[Side, Place]) -> None:
        """I-18: where the last writer wins, it was the last writer, and clearly so, whatever either clock says."""
        typed = {side: self.ledger.typed_at(place, as_value(row.values[side.value])) for side, place in places.items()}
        winner = Side(row.winner)
        won, lost = typed[winner], typed[winner.other]
        if won and lost and not self.ledger.late & set(places.values()):
            last = won - lost > TOLD_APART
            self._expect(last, f"I-18: {row.field} of {row.salesforce}: {row.why} But {typed}.")

    def _is_true(self, row: Any) -> None:
        """I-04: a clash shows two different values that people typed, each on its own side."""
        values = {side: as_value(row.values[side.value]) for side in SIDES}
        self._expect(not alike(row.field, values[S], values[X]), f"I-03: {values} are one value, and no conflict")
        for side, ref in ((S, row.salesforce), (X, row.xero)):
            place = (side, ref, row.field)
            typed = self.ledger.was_typed(place, values[side]) or self._was_carried(row, values[side])
            self._expect(typed, f"I-04: nobody typed {values[side]!r} in {place}")

    def _was_carried(self, row: Any, value: Value) -> bool:
        """What stands on a survivor may have been carried there from a record that has been merged since, or from the
        one that it was linked with before it took another's place.

        Two customers of which each side has kept another one: what the survivors show was never agreed between them.
        """
        (link,) = self.bench.rows(LinkRow, id=row.link_id)
        pair = {row.salesforce, row.xero}
        gone = [record.ref for side in SIDES for record in self.records(side) if record.merged_into in pair]
        ended = [one for one in self.bench.rows(LinkRow, status="closed") if pair & {one.salesforce, one.xero}]
        before = [(side, getattr(one, side.value)) for one in ended for side in SIDES]
        return bool(link.former) and any(self.ledger.was_typed((*ref, row.field), value) for ref in [*gone, *before])

    def _check(self) -> None:
        self._expect(not twins(self.bench), f"I-10: {twins(self.bench)}")
        for link in self.bench.links():
            for side, ref, base in ((S, link.salesforce, link.baseline_salesforce), (X, link.xero, link.baseline_xero)):
                flowing = self.bench.kind.flowing  # of a field that is off nothing counts any more
                for key, value in ((key, value) for key, value in base.items() if key in flowing):
                    # After a merge the survivor is compared with what was agreed with the record it took the place of.
                    refs = [ref, *(one.partition(":")[2] for one in link.former)]
                    shown = any(self.ledger.has_shown((side, one, key), as_value(value)) for one in refs)
                    self._expect(shown, f"I-12: the baseline of {side} {ref} {key} is {value!r}, which was never shown")
        self._open_ones_can_be_decided()
        self._nothing_lost()
        problems, self.problems = self.problems, []
        assert not problems, "\n".join(problems)

    def _open_ones_can_be_decided(self) -> None:
        """I-39: the queue shows only what a decision can act on, but for links that no run has reached since."""
        for row in self.bench.conflicts():
            (link,) = self.bench.rows(LinkRow, id=row.link_id)
            known = {record.status for record in self.bench.rows(RecordRow, link_id=row.link_id)}
            stands = link.pending or (link.status, known) == ("active", {Status.ACTIVE.value})
            self._expect(stands, f"I-39: {row.field} of a pair that is {link.status}, {known}, is in the queue")

    def _nothing_lost(self) -> None:
        """I-01, I-02, I-05: what a person typed last stands, or its being overwritten can be explained."""
        written = _overwritten(self._steps())
        queued = {
            (side, ref, row.field, _plain(row.values[side]))
            for row in self.bench.rows(ConflictRow)
            for side, ref in (("salesforce", row.salesforce), ("xero", row.xero))
        }
        # The queue shows what was decided on once the decision is known to stand on both sides.
        decided = _overwritten((row for row in self._steps() if not row.notes.get("verdicts")), "decided")
        in_doubt = _overwritten(self.bench.rows(ActionRow, state="intended"))
        self.parked |= {place: self.at(place) for place in self.parked.keys() & self.being_written}
        for place, value in self.parked.items():
            self._expect(self.at(place) == value, f"I-14: {value!r} in {place} is gone, and is not shared")
        for place, value in self.ledger.newest().items():
            side, ref, key = place
            if place in self.parked:
                continue
            if self.shown(side, ref)[key] == value or (place, value) in self.ledger.lost_in_the_window:
                continue
            entry = (side.value, ref, key, _plain(value))
            self._expect(entry in written, f"I-05: {value!r} in {place} is gone, and no history says so")
            self._expect(
                place in self.ledger.carried | self.ledger.to_be_filled
                or entry in queued | decided | in_doubt
                or self._may_go(key, value),
                f"I-01: {value!r} in {place} was overwritten before it was carried, and no conflict shows it",
            )

    def _may_go(self, key: str, value: Value) -> bool:
        """A blank is refilled, unless the rule says that it is a value like any other."""
        return is_nothing(value) and (self._rule(key).blank is not Blank.CARRY)

    def _steps(self) -> list[Any]:
        """Writes that may have been carried out."""
        return [row for row in self.bench.rows(ActionRow, do="update") if row.request is not None]

    def _agrees(self) -> None:
        conflicts = {(row.link_id, row.field): row for row in self.bench.conflicts()}
        rejected = {(row.link_id, key) for row in self._refused() for key in row.attempted}
        for link in self.bench.links():
            records = {S: self.bench.worlds[S].records[link.salesforce], X: self.bench.worlds[X].records[link.xero]}
            if link.status == "suspended" or any(r.status is not Status.ACTIVE for r in records.values()):
                self._asked_about(link, records)
                continue
            for rule in self.bench.kind.fields:
                shown = {side: self.shown(side, records[side].ref.id)[rule.key] for side in SIDES}
                conflict = conflicts.get((link.id, rule.key))
                if conflict is not None:
                    seen = {side.value: shown[side] for side in SIDES}
                    queued = {side: as_value(value) for side, value in conflict.values.items()}
                    self._expect(queued == seen, f"I-02: {conflict.values} are in the queue, {seen} are shown")
                elif (link.id, rule.key) not in rejected and not (link.own_name and rule.key == "name"):
                    ids = {side: records[side].ref.id for side in SIDES}
                    self._expect(
                        self._may_stay(rule.key, ids, shown), f"I-06: {rule.key} of {link.salesforce}: {shown}"
                    )

    def _refused(self) -> list[Any]:
        """What is refused for good; what a side would take later is no reason once it is later."""
        return [row for row in self.bench.rows(RejectionRow, status="open") if row.due_at is None]

    def _asked_about(self, link: Any, records: Mapping[Side, Record]) -> None:
        """I-23: one of two that stands no longer is asked about, and nothing is done unasked."""
        fallen = [record for record in records.values() if record.status is not Status.ACTIVE]
        if link.status == "suspended" or len(fallen) != 1:
            return
        asked = {row.about for row in self.bench.rows(QuestionRow) if row.status in {"open", "answered"}}
        self._expect(str(fallen[0].ref) in asked, f"I-23: nobody is asked about {fallen[0].ref}, {fallen[0].status}")

    def _accounted_for(self) -> None:
        """What is shared and has no partner says why."""
        asked = {row.about for row in self.bench.rows(QuestionRow) if row.status in {"open", "answered"}}
        refused = {row.ref for row in self._refused()}
        ours = {f"{side.other}:{record.partner}" for side in SIDES for record in self.records(side)}
        for row in self.bench.rows(RecordRow, side="salesforce", link_id=None):
            record = self.bench.worlds[S].records[row.ref]
            wanted = (
                self.opted_in(record) and record.status is Status.ACTIVE and row.unlinked not in {"left", "covered"}
            )
            reason = str(record.ref) in asked | (refused - ours)
            self._expect(not wanted or reason, f"{row.ref} has no partner and no reason")


def _overwritten(steps: Iterable[Any], cause: str = "") -> set[tuple[Any, ...]]:
    """What these steps wrote over: side, record, field and value; of one cause only, if one is given."""
    return {
        (row.side, row.ref.partition(":")[2], key, _plain(change["from"]))
        for row in steps
        for key, change in row.fields.items()
        if not cause or row.notes.get("causes", {}).get(key) == cause
    }


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

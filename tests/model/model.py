"""People, faults and runs as moves of a game, and the invariants that must hold after each of them.

The machine in `test_model` makes the moves; here is what each means and what must be true then.  Invariants carry the
numbers of docs/proof.md.  The product runs whole: engine, steps, core and a real SQLite store; only the two sides are
held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from reconciler import running
from reconciler.commands import pauses
from reconciler.core.model import SIDES, Record, Side, Status, Value
from reconciler.core.schema import Blank, FieldRule, Flow, KindRule, Limits, Policy
from reconciler.core.undo import Scope
from reconciler.core.values import equal, is_blank
from reconciler.errors import Refusal, Stale, Unavailable, Usage
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Batch, Write
from reconciler.store.tables import ActionRow, ConflictRow, LinkRow, QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import BLANK, Bench, Killed, S, X, twins
from tests.model.ledger import Ledger, Place

LIMITS = Limits(creates=2, blanks=2)
SHARED = replace(CUSTOMER, limits=LIMITS)
KEYS = ("name", "phone", "fax", "account_number", "website", "email", "billing")
REFUSED = "refused"  # a value with this in it is refused by either side
LATE = timedelta(seconds=300)
LONG = 1800  # seconds; a record stamped in the future, its side's clock having been set back, is left alone until then
SENDING = ("after_adopt", "after_intent", "after_send", "before_settle")
POINTS = ("after_observe", "after_adopt", "after_intent", "after_send", "before_settle")


@dataclass(slots=True)
class Meanwhile:
    """What a person does while a run is under way: once, at this point (or "before_send" on one side)."""

    point: str
    act: Callable[[], None]


@dataclass(slots=True)
class Model:
    """One connection, its people and their ledger."""

    engine: Engine
    kind: KindRule = SHARED
    bench: Bench = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    number: int = 0
    paused: set[Side] = field(default_factory=set)
    retiring: set[str] = field(default_factory=set)  # records whose retirement a person has chosen
    undoing: bool = False
    problems: list[str] = field(default_factory=list)
    _meanwhile: list[Meanwhile] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench = Bench(self.engine, self.kind)
        self._watch()

    def _watch(self) -> None:
        for side in SIDES:
            hooks = self.bench.gateways[side].hooks
            hooks.refuse = _refusal
            hooks.before_send = self._before_send

    # -- people ----------------------------------------------------------------------------------------------------

    def value(self, key: str, number: int | None = None) -> Value:
        """A value that nobody has typed before."""
        if number is None:
            self.number += 1
            number = self.number
        texts: dict[str, Value] = {
            "name": f"Firm {number}",
            "phone": f"+64 9 300 {number:04}",
            "fax": f"+64 9 301 {number:04}",
            "account_number": f"C-{number}",
            "website": f"https://{number}.example.com",
            "email": f"firm{number}@example.com",
            "billing": (f"{number} Quay Street", f"City {number}", "", f"{number:04}", ""),
        }
        return texts[key]

    def records(self, side: Side) -> list[Record]:
        return list(self.bench.worlds[side].records.values())

    def newcomer(self, side: Side, *, opted_in: bool = True, name: Value | None = None) -> str:
        """Somebody makes a record by hand."""
        fields = {**BLANK, "name": name if name is not None else self.value("name"), "phone": self.value("phone")}
        self.bench.clock.advance(1)
        made = self.bench.worlds[side].create(fields, flag=opted_in and side is S, is_customer=True)
        for key, value in fields.items():
            if not is_blank(value):
                self._typed(side, made.ref.id, key, value)
        self._look()
        return made.ref.id

    def pair(self) -> None:
        """A customer that both sides have, each naming the other; each knows something that the other does not."""
        account = self.newcomer(S)
        fields = {**self.bench.shown(S, account), "phone": "", "fax": self.value("fax")}
        contact = self.bench.worlds[X].create(fields, partner=account)
        for key, value in fields.items():
            if not is_blank(value):
                self._typed(X, contact.ref.id, key, value)
        self.bench.worlds[S].edit(account, partner=contact.ref.id)
        self._look()

    def _typed(self, side: Side, record_id: str, key: str, value: Value) -> None:
        self.ledger.type((side, record_id, key), value, self.bench.clock.now())

    def types(self, side: Side, record: Record, key: str, value: Value, *, seconds: float = 1) -> None:
        """A person replaces one value; an archived contact takes no edits."""
        now = self.bench.worlds[side].records[record.ref.id]
        if now.status is not Status.ACTIVE or now.fields[key] == value:
            return
        self.bench.clock.advance(seconds)
        self.bench.worlds[side].edit(record.ref.id, {key: value})
        self._typed(side, record.ref.id, key, value)
        self._look()

    def types_late(self, record: Record, key: str, value: Value) -> None:
        """A save in Salesforce that is seen only now, with a stamp from five minutes ago."""
        world = self.bench.worlds[S]
        if world.records[record.ref.id].status is Status.ACTIVE:
            world._offset -= LATE
            self.types(S, record, key, value)
            world._offset += LATE
            self.ledger.late.add((S, record.ref.id, key))

    def opts(self, account: Record, opted_in: bool) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[S].records[account.ref.id].status is Status.ACTIVE:
            self.bench.worlds[S].edit(account.ref.id, flag=opted_in)

    def removes(self, record: Record) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[record.ref.side].records[record.ref.id].status is Status.ACTIVE:
            self.bench.worlds[record.ref.side].remove(record.ref.id)

    def restores(self, record: Record) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[record.ref.side].records[record.ref.id].status is not Status.ACTIVE:
            self.bench.worlds[record.ref.side].restore(record.ref.id)

    def merges(self, loser: Record, survivor: Record) -> None:
        """Somebody finds that two records are one, and keeps the survivor's values."""
        world = self.bench.worlds[loser.ref.side]
        two = {loser.ref.id: loser, survivor.ref.id: survivor}
        self.bench.clock.advance(1)
        if len(two) == 2 and all(world.records[ref].status is Status.ACTIVE for ref in two):
            world.merge(loser.ref.id, survivor.ref.id)

    def decides(self, conflict: Any, how: str) -> None:
        """On the values as they are shown now; refused where they have moved, which is as it should be."""
        try:
            if how == "value":
                chosen = self.value(conflict.field)
                self.bench.resolve(conflict.id, value=chosen)
            else:
                self.bench.resolve(conflict.id, take=Side(how))
        except (Stale, Usage):
            return

    def answers(self, question: Any, pick: int) -> None:
        choice = question.choices[pick % len(question.choices)]
        if choice == "create_as":
            choice = f"create_as:{self.value('name')}"
        if choice == "retire":
            self.retiring.update(ref.partition(":")[2] for ref in question.refs)
        self.bench.answer(question.id, choice)

    def turns(self, key: str, flow: Flow) -> None:
        """Another direction for one field, where the sides can honour it."""
        if key == "website" and flow in (Flow.S2X, Flow.BOTH):
            return
        fields = tuple(replace(r, flow=flow) if r.key == key else r for r in self.bench.kind.fields)
        self.bench.rule(replace(self.bench.kind, fields=fields))

    def pauses(self, side: Side) -> None:
        self.paused.add(side)
        with self.bench.session() as session:
            pauses.pause(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

    def resumes(self, side: Side) -> None:
        self.paused.discard(side)
        with self.bench.session() as session:
            pauses.resume(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

    def clock_steps(self, side: Side, seconds: int) -> None:
        """Somebody sets a side's clock; its newest stamp may then lie in its future."""
        world = self.bench.worlds[side]
        world._offset += timedelta(seconds=seconds)
        self.bench.gateways[side].meter.offset = world._offset.total_seconds()

    # -- runs ------------------------------------------------------------------------------------------------------

    def meanwhile(self, point: str, act: Callable[[], None]) -> None:
        """Have a person act while the next run is at `point`."""
        self._meanwhile.append(Meanwhile(point, act))

    def run(self, *, later: float = 60, **asked: Any) -> dict[str, Any]:
        """One run that nothing stops, with whatever people do meanwhile."""
        before = _conflicts(self.bench)
        self.bench.at = self._at
        report = self.bench.run(later=later, **asked)
        self._meanwhile.clear()
        self._look()
        self._after(report, before, released="plan" in asked)
        return report

    def takes_back(self) -> None:
        """Somebody has the newest sync that wrote anything undone."""
        done = [row.run_id for row in self.bench.rows(ActionRow, state="settled") if row.request is not None]
        if done:
            self.undoing = True
            self.run(undo=Scope(done[-1]), by="Ada", reason="It was a mistake.")
            self.undoing = False

    def crashes(self, point: str, nth: int, *, later: float = 60) -> None:
        """A run killed where it has reached `point` for the nth time."""
        reached = 0

        def stop(at: str) -> None:
            nonlocal reached
            self._at(at)
            reached += at == point
            if at == point and reached == nth:
                raise Killed(point)

        self.bench._killed(stop)
        self._meanwhile.clear()
        self._look()
        self._carried()
        self._check()

    def fails(self, side: Side, how: str) -> None:
        """A run that loses its connection: before anything is sent, or with the answer."""
        hooks = self.bench.gateways[side].hooks
        if how == "lost":
            hooks.lose_next_answer = True
        else:
            hooks.fail_next = Unavailable("Maintenance.", side=side)
        self.run()
        hooks.lose_next_answer, hooks.fail_next = False, None

    def rehearses(self) -> None:
        """I-30: what a plan says is what the run that follows at once does."""
        plan = running.make_plan(self.bench.works, self.bench.id)
        report = self.run(later=0)
        if not self.paused:
            self._expect(plan["digest"] == report["digest"] or report["status"] in {"unavailable", "halted"}, "I-30")

    # -- what is true while a run writes ---------------------------------------------------------------------------

    def _at(self, point: str) -> None:
        for event in [one for one in self._meanwhile if one.point == point]:
            self._meanwhile.remove(event)
            event.act()

    def _before_send(self, batch: Batch) -> None:
        side, rules = batch.side, {rule.key: rule for rule in self.bench.kind.fields}
        self._expect(side not in self.paused, f"a write to {side} while it is paused")
        for write in batch.writes:
            fields = {} if write.archive else write.fields
            self._expect(set(fields) <= set(rules), f"I-14: {set(fields) - set(rules)} are not shared")
            for key, value in fields.items():
                allowed = rules[key].flow.reaches(side) or (batch.do == "create" and key == "name") or self.undoing
                self._expect(allowed, f"I-13: {key} flows {rules[key].flow}, and is written in {side}")
                self._expect(batch.do == "create" or self._is_news(side, write, rules[key], value), "I-15: nothing new")
            self._opted_in(side, write, batch.do)
            self._expect(
                not write.archive or self.undoing or write.id in self.retiring, f"I-23: {write.id} is retired unasked"
            )
        self._carried()
        self._at(f"before_send {side}")

    def _is_news(self, side: Side, write: Write, rule: FieldRule, value: Value) -> bool:
        return not equal(rule, self.bench.shown(side, write.id)[rule.key], value)

    def _opted_in(self, side: Side, write: Write, do: str) -> None:
        """Promise 3: nobody's record is shared without their say, checked as it is written."""
        if side is X:
            account = self.bench.worlds[S].records.get(self._account_of(write, do))
            self._expect(account is not None and account.flag, f"promise 3: {write} is written to Xero")

    def _account_of(self, write: Write, do: str) -> str:
        if do == "create":
            return write.partner
        found = [link.salesforce for link in self.bench.rows(LinkRow) if link.xero == write.id]
        return found[-1] if found else ""

    def _expect(self, held: bool, problem: str) -> None:
        """Noted, not raised: inside a run an exception would be the product's to handle."""
        if not held:
            self.problems.append(problem)

    # -- what is true after each move ------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take down what both sides show now."""
        for side in SIDES:
            for record in self.records(side):
                self.ledger.show(side, record.ref.id, record.fields)

    def _after(self, report: Mapping[str, Any], before: Mapping[int, Any], *, released: bool) -> None:
        if report["status"] == "halted":
            self._expect(report["writes"] == 0, "I-20: a halted run has written")
        made = max(report["actions"]["create"].values())
        self._expect(released or made <= LIMITS.creates, f"I-20: {made} records were made unasked")
        self._carried()
        for row in self.bench.rows(ConflictRow):
            if row.id not in before and row.reason in {"clash", "resumed"}:
                self._is_true(row)
                if row.status == "decided" and row.by == "rule" and self._rule(row.field).policy is Policy.NEWEST:
                    self._came_last(row)
        self._check()

    def _came_last(self, row: Any) -> None:
        """I-18: where the last writer wins, it was the last writer, whatever either side's clock says."""
        places: dict[Side, Place] = {S: (S, row.salesforce, row.field), X: (X, row.xero, row.field)}
        typed = {side: self.ledger.typed_at(place, _value(row.values[side.value])) for side, place in places.items()}
        winner = Side(row.winner)
        won, lost = typed[winner], typed[winner.other]
        if won and lost and not self.ledger.late & set(places.values()):
            self._expect(won > lost, f"I-18: {row.field} of {row.salesforce}: {row.why} But {typed}.")

    def _carried(self) -> None:
        """Which of the newest typed values now stand on both sides."""
        rules = {rule.key: rule for rule in self.bench.kind.fields}
        for link in self.bench.links():
            ids = {S: link.salesforce, X: link.xero}
            base = {S: link.baseline_salesforce, X: link.baseline_xero}
            shown = {side: self.bench.shown(side, ids[side]) for side in SIDES}
            for key, rule in rules.items():
                settled = all(_value(base[side].get(key)) == shown[side][key] for side in SIDES)
                taken_as_it_is = settled and self._agree(rule, ids, {side: shown[side][key] for side in SIDES})
                if equal(rule, shown[S][key], shown[X][key]) or taken_as_it_is:
                    for side in SIDES:
                        self.ledger.agree((side, ids[side], key), shown[side][key])

    def _is_true(self, row: Any) -> None:
        """I-04: a clash shows two values that people typed, each on its own side."""
        for side, ref in ((S, row.salesforce), (X, row.xero)):
            value = _value(row.values[side.value])
            place = (side, ref, row.field)
            self._expect(self.ledger.was_typed(place, value), f"I-04: nobody typed {value!r} in {place}")

    def _check(self) -> None:
        self._expect(not twins(self.bench), f"I-10: {twins(self.bench)}")
        for link in self.bench.links():
            for side, ref, base in ((S, link.salesforce, link.baseline_salesforce), (X, link.xero, link.baseline_xero)):
                for key, value in base.items():
                    # After a merge the survivor is compared with what was agreed with the record it took the place of.
                    refs = [ref, *(one.partition(":")[2] for one in link.former)]
                    shown = any(self.ledger.has_shown((side, one, key), _value(value)) for one in refs)
                    self._expect(shown, f"I-12: the baseline of {side} {ref} {key} is {value!r}, which was never shown")
        self._nothing_lost()
        problems, self.problems = self.problems, []
        assert not problems, "\n".join(problems)

    def _nothing_lost(self) -> None:
        """I-01, I-02, I-05: what a person typed last stands, or its being overwritten can be explained."""
        written = {
            (row.side, row.ref.partition(":")[2], key, _plain(change["from"]))
            for row in self._steps()
            for key, change in row.fields.items()
        }
        queued = {
            (side, ref, row.field, _plain(row.values[side]))
            for row in self.bench.rows(ConflictRow)
            for side, ref in (("salesforce", row.salesforce), ("xero", row.xero))
        }
        # The queue shows what was decided once it is known to have been carried out.
        in_doubt = {
            (row.side, row.ref.partition(":")[2], key, _plain(change["from"]))
            for row in self.bench.rows(ActionRow, state="intended")
            for key, change in row.fields.items()
        }
        for place, value in self.ledger.newest().items():
            side, ref, key = place
            if self.bench.shown(side, ref)[key] == value or place in self.ledger.lost_in_the_window:
                continue
            entry = (side.value, ref, key, _plain(value))
            self._expect(entry in written, f"I-05: {value!r} in {place} is gone, and no history says so")
            self._expect(
                place in self.ledger.carried or entry in queued | in_doubt or self._may_go(key, value),
                f"I-01: {value!r} in {place} was overwritten before it was carried, and no conflict shows it",
            )

    def _may_go(self, key: str, value: Value) -> bool:
        """A blank is refilled, unless the rule says that it is a value like any other."""
        return is_blank(value) and (self._rule(key).blank is not Blank.CARRY)

    def _rule(self, key: str) -> FieldRule:
        return next(rule for rule in self.bench.kind.fields if rule.key == key)

    def _steps(self) -> list[Any]:
        """Writes that may have been carried out."""
        return [row for row in self.bench.rows(ActionRow, do="update") if row.request is not None]

    # -- what is true once everything has come to rest -------------------------------------------------------------

    def rests(self) -> None:
        """I-06, I-07, I-11: left alone, with nothing in the way, Concord brings the sides into agreement and stops."""
        for side in sorted(self.paused):
            self.resumes(side)
        for _ in range(5):
            report = self.run(later=LONG)
            if report["status"] == "halted":
                report = self.run(plan=report["digest"], reason="It is meant.")
            if report["status"] == "refused":  # the ground of the held plan has moved: it is made anew
                report = self.run(replan=True)
            if report["writes"] == 0 and report["status"] in {"done", "open"} and not report["set_aside"]:
                break
        self._expect(report["writes"] == 0, "I-06: it does not come to rest")
        self._expect(report["status"] in {"done", "open"}, f"I-06: {report}")
        self._agrees()
        self._accounted_for()
        before = len(self.bench.rows(ConflictRow)), len(self.bench.rows(QuestionRow))
        report = self.run(later=3600)
        after = len(self.bench.rows(ConflictRow)), len(self.bench.rows(QuestionRow))
        self._expect(report["writes"] == 0 and before == after, f"I-07: a quiet run has done something: {report}")
        self._expect(report["calls"] == {"salesforce": 1, "xero": 1}, f"I-07: a quiet run cost {report['calls']}")
        self._check()

    def _agrees(self) -> None:
        conflicts = {(row.link_id, row.field): row for row in self.bench.conflicts()}
        rejected = {(row.link_id, key) for row in self.bench.rows(RejectionRow, status="open") for key in row.attempted}
        for link in self.bench.links():
            records = {S: self.bench.worlds[S].records[link.salesforce], X: self.bench.worlds[X].records[link.xero]}
            if link.status == "suspended" or any(r.status is not Status.ACTIVE for r in records.values()):
                continue
            for rule in self.bench.kind.fields:
                shown = {side: records[side].fields[rule.key] for side in SIDES}
                conflict = conflicts.get((link.id, rule.key))
                if conflict is not None:
                    seen = {side.value: shown[side] for side in SIDES}
                    queued = {side: _value(value) for side, value in conflict.values.items()}
                    self._expect(queued == seen, f"I-02: {conflict.values} are in the queue, {seen} are shown")
                elif (link.id, rule.key) not in rejected and not (link.own_name and rule.key == "name"):
                    ids = {side: records[side].ref.id for side in SIDES}
                    self._expect(self._agree(rule, ids, shown), f"I-06: {rule.key} of {link.salesforce}: {shown}")

    def _agree(self, rule: FieldRule, ids: Mapping[Side, str], shown: Mapping[Side, Value]) -> bool:
        """Whether the two may stay as they are."""
        if rule.flow is Flow.OFF or equal(rule, shown[S], shown[X]):
            return True
        blank = next((side for side in SIDES if is_blank(shown[side])), None)
        if blank is None:
            return rule.blank is Blank.FILL
        if rule.blank is Blank.KEEP or rule.flow.origin:  # taken as they are: a blank from-side erases nothing at first
            return True
        cleared = is_blank(self.ledger.typed.get((blank, ids[blank], rule.key), ["?"])[-1])
        return not rule.flow.reaches(blank) or (rule.blank is Blank.FILL and cleared)

    def _accounted_for(self) -> None:
        """What is shared and has no partner says why."""
        asked = {row.about for row in self.bench.rows(QuestionRow) if row.status in {"open", "answered"}}
        asked |= {row.ref for row in self.bench.rows(RejectionRow, status="open")}
        for row in self.bench.rows(RecordRow, side="salesforce", link_id=None):
            record = self.bench.worlds[S].records[row.ref]
            wanted = record.flag and record.status is Status.ACTIVE and row.unlinked not in {"left", "covered"}
            self._expect(not wanted or f"salesforce:{row.ref}" in asked, f"{row.ref} has no partner and no reason")


def _refusal(write: Write) -> Refusal | None:
    bad = next((key for key, value in write.fields.items() if REFUSED in str(value)), "")
    return Refusal("bad_value", "This value is not taken.", field=bad) if bad else None


def _conflicts(bench: Bench) -> dict[int, Any]:
    return {row.id: row for row in bench.rows(ConflictRow)}


def _value(stored: Any) -> Value:
    return tuple(stored) if isinstance(stored, list) else stored


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

"""Histories over both simulators: people, faults and crashes in any order, through the vendors' libraries and sockets.

What the model tells of sides in memory (tests/model) is told here of everything that lies between: mapping, gateways,
paging, conditions of a write, clocks as they are measured.  Fewer histories, fewer moves, and the same three promises:
nothing that was typed is lost, nothing is made twice, and what is left alone comes to agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.commands import conflicts, questions
from reconciler.core.model import SIDES, Record, Side, Status, Value
from reconciler.core.schema import Blank
from reconciler.core.undo import Scope
from reconciler.core.values import equal
from reconciler.errors import Stale, Usage
from reconciler.mapping.shipped import CUSTOMER
from reconciler.simulators.kit.twin import Refused
from reconciler.store.lease import LIFE
from reconciler.store.tables import ActionRow, ConflictRow, LinkRow, QuestionRow, RejectionRow
from tests.adapters.wired import Heard, Wired
from tests.e2e.live import LOST, WORDS, Live
from tests.model.ledger import Ledger, Place, alike

S, X = Side.SALESFORCE, Side.XERO
HISTORIES = {"prove": 100, "long": 2_000}
MOVES = 12
POINTS = ("after_observe", "after_adopt", "after_intent", "after_send", "before_settle")
# While a run is under way.  Xero knows no condition, and an edit of the same field between our last look and our write
# is lost there by design: people type in Xero what nobody types in Salesforce.
MEANWHILE = {S: "phone", X: "account_number"}
BETWEEN = {
    S: ("name", "phone", "fax", "billing", "email"),
    X: ("name", "phone", "account_number", "billing", "email", "website"),
}
KEPT = {"name", "website"}  # the one is never blank, and a blank of the other does not travel
MUST_AGREE = [field for field in CUSTOMER.fields if field.blank is Blank.CARRY]  # others may differ and count as agreed
AWAY = {S: ("delete", "undelete"), X: ("archive", "restore")}
LONG = 7200

sides, picks, seconds = st.sampled_from(SIDES), st.integers(0, 5), st.sampled_from([0, 1, 7, 200])


class Histories(RuleBasedStateMachine):
    """One connection, three customers that agree, and whatever comes."""

    stage: tuple[Wired, Engine]

    @initialize()
    def three_customers_agree(self) -> None:
        self.world, engine = self.stage
        self.world.clock.advance(3_600)
        self.live, self.ledger, self.number = Live(self.world.reset("synced", 3), engine), Ledger(), 0
        self._run()

    # -- people

    @rule(side=sides, pick=picks, key=picks, after=seconds, clear=st.booleans())
    def somebody_types(self, side: Side, pick: int, key: int, after: int, clear: bool) -> None:
        keys = BETWEEN[side]
        self._types(side, pick, keys[key % len(keys)], after, clear=clear)

    @rule(first=sides, pick=picks, key=st.sampled_from(["name", "phone", "billing", "email"]), after=seconds)
    def both_type(self, first: Side, pick: int, key: str, after: int) -> None:
        """The same field of two that belong together, perhaps clearly one after the other."""
        pairs = self.live.pairs()
        if pairs:
            pair = pairs[pick % len(pairs)]
            for side in (first, first.other):
                self._puts(side, pair[side], key, self._value(key), after)

    @rule(opted_in=st.booleans(), name=st.booleans())
    def a_newcomer_in_salesforce(self, opted_in: bool, name: bool) -> None:
        """Perhaps of a name that Xero knows already."""
        known = [record.fields["name"] for record in self._active(X)]
        fields = {"name": known[-1] if name and known else self._value("name"), "phone": self._value("phone")}
        wire = WORDS[S].to_wire(fields, CUSTOMER) | {"Sync_with_Xero__c": opted_in}
        self._act(S, "create", "", wire)

    @rule()
    def a_newcomer_in_xero(self) -> None:
        self._act(X, "create", "", WORDS[X].to_wire({"name": self._value("name")}, CUSTOMER))

    @rule(pick=picks, opted_in=st.booleans())
    def somebody_opts(self, pick: int, opted_in: bool) -> None:
        account = self._pick(S, pick)
        if account:
            self._act(S, "update", account.ref.id, {"Sync_with_Xero__c": opted_in})

    @rule(side=sides, pick=picks)
    def somebody_removes_or_restores(self, side: Side, pick: int) -> None:
        record = self._pick(side, pick, anything=True)
        if record:
            self._act(side, AWAY[side][record.status is not Status.ACTIVE], record.ref.id)

    @rule(side=sides, loser=picks, survivor=picks)
    def somebody_merges(self, side: Side, loser: int, survivor: int) -> None:
        one, other = self._pick(side, loser), self._pick(side, survivor)
        if one and other and one.ref != other.ref:
            self._act(side, "merge", other.ref.id, loser=one.ref.id)

    @rule(pick=picks, side=sides)
    def a_reviewer_decides(self, pick: int, side: Side) -> None:
        waiting = self.live.rows(ConflictRow, status="open")
        if waiting:
            with Session(self.live.engine) as session, suppress(Stale, Usage):  # edited since, or read-only
                row = waiting[pick % len(waiting)]
                conflicts.resolve(session, row.id, by="Rui", now=self.world.clock.now(), take=side)

    @rule(pick=picks, choice=picks)
    def a_reviewer_answers(self, pick: int, choice: int) -> None:
        asked = self.live.rows(QuestionRow, status="open")
        if asked:
            row = asked[pick % len(asked)]
            said = row.choices[choice % len(row.choices)]
            said = f"create_as:{self._value('name')}" if said == "create_as" else said
            with Session(self.live.engine) as session, suppress(Stale, Usage):
                questions.answer(session, row.id, said, by="Rui", now=self.world.clock.now())

    # -- runs

    @rule(later=st.sampled_from([0, 60, LONG]), full=st.booleans())
    def a_run(self, later: int, full: bool) -> None:
        self._run(later=later, full=full)

    @rule()
    def an_administrator_takes_back(self) -> None:
        done = [row.run_id for row in self.live.rows(ActionRow, state="settled") if row.request is not None]
        if done:
            self._run(undo=Scope(done[-1]), by="Ada", reason="It was a mistake.")

    @rule(side=sides, pick=picks, nth=st.integers(1, 6))
    def a_run_while_somebody_types(self, side: Side, pick: int, nth: int) -> None:
        """What is to be written to that side is edited there just before its nth request is carried out."""
        pairs, left = self.live.pairs(), iter(range(nth - 1, -1, -1))
        if not pairs:
            return
        pair = pairs[pick % len(pairs)]
        self._puts(side.other, pair[side.other], "phone", self._value("phone"), 7)

        def before(_heard: Heard) -> None:
            if next(left, None) == 0:
                self._puts(side, pair[side], MEANWHILE[side], self._value(MEANWHILE[side]), 0)

        self._during(side, before)

    @rule(side=sides, fault=st.sampled_from(sorted(LOST)), nth=st.integers(1, 5), only_writes=st.booleans())
    def a_run_that_meets_a_fault(self, side: Side, fault: str, nth: int, only_writes: bool) -> None:
        match = {"method": "POST"} if only_writes else {}
        self.live.fault(side, ".*", LOST[fault], nth=nth, **match)
        self._run()
        self.world.running(side).rig.faults.clear()

    @rule(point=st.sampled_from(POINTS))
    def a_run_that_is_killed(self, point: str) -> None:
        self.live.dies(point)
        self.live._killed_at = ""
        self.world.clock.advance(LIFE.total_seconds() + 1)
        self._check()

    @rule(side=sides, offset=st.sampled_from([-600, -30, 0, 30, 600]))
    def a_clock_is_set(self, side: Side, offset: int) -> None:
        self.world.running(side).twin.clock.set(offset_seconds=offset)

    def teardown(self) -> None:
        if hasattr(self, "live"):
            self._comes_to_agree()

    # -- how it is done

    def _value(self, key: str) -> Value:
        self.number += 1
        texts: dict[str, Value] = {
            "name": f"Firm {self.number}",
            "account_number": f"N-{self.number}",
            "website": f"https://{self.number}.example.com",
            "email": f"firm{self.number}@example.com",
            "billing": (f"{self.number} Quay Street", f"City {self.number}", "", f"{self.number:04}", ""),
        }
        return texts.get(key, f"+64 9 300 {self.number:04}")

    def _active(self, side: Side) -> list[Record]:
        return [record for record in self.live.records(side).values() if record.status is Status.ACTIVE]

    def _pick(self, side: Side, pick: int, *, anything: bool = False) -> Record | None:
        found = list(self.live.records(side).values()) if anything else self._active(side)
        return found[pick % len(found)] if found else None

    def _types(self, side: Side, pick: int, key: str, after: int, *, clear: bool = False) -> None:
        record = self._pick(side, pick)
        if record:
            blank: Value = ("",) * 5 if key == "billing" else ""
            self._puts(side, record.ref.id, key, blank if clear and key not in KEPT else self._value(key), after)

    def _puts(self, side: Side, record_id: str, key: str, value: Value, after: int) -> None:
        self.world.clock.advance(after)
        now = self.live.records(side)[record_id]
        changes = now.status is Status.ACTIVE and not alike(key, now.fields[key], value)
        if changes and self._act(side, "update", record_id, WORDS[side].to_wire({key: value}, CUSTOMER)):
            self.ledger.type((side, record_id, key), value, self.world.clock.now())

    def _act(self, side: Side, do: str, record_id: str, fields: Any = None, **more: Any) -> bool:
        """False where the vendor's own screens refuse it: then it is not done."""
        with suppress(Refused):
            self.world.edit(side, do, record_id, fields, **more)
            return True
        return False

    def _during(self, side: Side, before: Callable[[Heard], None]) -> None:
        self.world.wires[side].before = before
        try:
            self._run()
        finally:
            self.world.wires[side].before = None

    def _run(self, **asked: Any) -> dict[str, Any]:
        report = self.live.run(**asked)
        self._carried()
        self._check()
        return report

    # -- what must hold

    def _carried(self) -> None:
        """What stands on both sides of a pair after a run has been carried, whoever typed it."""
        shown = {side: self.live.records(side) for side in SIDES}
        for pair in self.live.pairs():
            records = {side: shown[side][pair[side]] for side in SIDES}
            for field in CUSTOMER.fields:
                if equal(field, *(records[side].fields[field.key] for side in SIDES)):
                    for side in SIDES:
                        self.ledger.agree((side, pair[side], field.key), records[side].fields[field.key])

    def _check(self) -> None:
        shown = {side: self.live.records(side) for side in SIDES}
        for side in SIDES:
            active = (one for one in shown[side].values() if one.status is Status.ACTIVE)
            named = Counter(one.partner for one in active if one.partner)
            twice = [partner for partner, count in named.items() if count > 1]
            assert not twice, f"I-10: more than one record in {side} names {twice}"
        standing = [link for link in self.live.rows(LinkRow) if link.status != "closed"]
        linked = Counter(ref for link in standing for ref in (link.salesforce, link.xero))
        assert set(linked.values()) <= {1}, f"I-10: {linked}"
        for place, value in self.ledger.newest().items():
            side, ref, key = place
            if not alike(key, shown[side][ref].fields[key], value):
                assert self._is_told(place, value), f"I-05: {value!r} in {place} is gone, and no history says so"

    def _is_told(self, place: Place, value: Value) -> bool:
        """Whether what took its place was written by us, and the value had been carried or is in the queue's story."""
        side, ref, key = place
        written = [row for row in self.live.rows(ActionRow, side=side.value, ref=f"{side}:{ref}") if key in row.fields]
        over = {row.state for row in written if _same(key, row.fields[key]["from"], value)}
        if not over or "intended" in over:  # what is in doubt is in the queue once it is known to stand
            return bool(over)
        column = side.value
        told = (row for row in self.live.rows(ConflictRow, field=key) if getattr(row, column) == ref)
        queued = any(_same(key, row.values[column], value) for row in told)
        return queued or place in self.ledger.carried or not any(value)

    def _comes_to_agree(self) -> None:
        """Left alone with nothing in the way.  What a clock set twice between two runs hides, no delta shows."""
        for number in range(10):
            report = self._run(later=LONG, full=not number)
            if report["status"] == "halted":
                report = self._run(plan=report["digest"], reason="It is meant.")
            if report["status"] == "refused":
                report = self._run(replan=True)
            if report["writes"] == 0 and report["status"] in {"done", "open"} and not self._waits():
                break
        assert (report["writes"], report["status"] in {"done", "open"}) == (0, True), f"I-06: {report}"
        self._agree()
        quiet = self._run(later=60)
        assert (quiet["writes"], quiet["calls"]) == (0, {"salesforce": 1, "xero": 1}), f"I-07: {quiet}"

    def _waits(self) -> bool:
        refused = (row for row in self.live.rows(RejectionRow) if row.status != "closed")
        return any(row.due_at for row in refused) or any(link.pending for link in self.live.rows(LinkRow))

    def _agree(self) -> None:
        waiting = {(row.link_id, row.field) for row in self.live.rows(ConflictRow, status="open")}
        waiting |= {(row.link_id, key) for row in self.live.rows(RejectionRow, status="open") for key in row.attempted}
        shown = {side: self.live.records(side) for side in SIDES}
        for link in self.live.rows(LinkRow, status="active"):
            one, other = shown[S][link.salesforce], shown[X][link.xero]
            if {one.status, other.status} != {Status.ACTIVE}:
                continue
            for field in MUST_AGREE:
                pair = one.fields[field.key], other.fields[field.key]
                apart = (link.id, field.key) in waiting or (link.own_name and field.key == "name")
                assert apart or equal(field, *pair), f"I-06: {field.key} of {link}: {pair}"


def _same(key: str, kept: Any, value: Value) -> bool:
    return alike(key, tuple(kept) if isinstance(kept, list) else kept, value)


@pytest.mark.prove
@pytest.mark.timeout(3_600)
def test_whatever_happens_over_the_wire_nothing_is_lost_and_both_sides_come_to_agree(
    twins: tuple[Wired, Engine],
) -> None:
    told, profile = type("Told", (Histories,), {"stage": twins}), settings.get_current_profile_name()
    run_state_machine_as_test(
        told,
        settings=settings(
            max_examples=HISTORIES.get(profile, HISTORIES["prove"]),
            derandomize=profile != "long",  # the same ones each time, others with --long
            database=None,
            stateful_step_count=MOVES,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

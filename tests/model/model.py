"""Runs, and what befalls them, as moves of a game.

`people` and `office` say what people do, `writes` and `invariants` what must be true; the machine in `test_model` makes
the moves.  The product runs whole: engine, steps, core and a real SQLite store; only the two sides are held in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler import running
from reconciler.adapters.world import World
from reconciler.core.model import Side
from reconciler.core.undo import Scope
from reconciler.errors import Refusal, Unavailable
from reconciler.store.lease import LIFE
from reconciler.store.tables import ActionRow, ConflictRow, QuestionRow, RejectionRow
from tests.engine.bench import Killed, X
from tests.model.invariants import Checks

LONG = 1800  # seconds; a record stamped in the future, its side's clock having been set back, is left alone until then
SENDING = ("after_adopt", "after_intent", "after_send", "before_settle")
BUSY = Refusal("busy", "Try again later.", retry="wait")
POINTS = ("after_observe", *SENDING)


@dataclass
class Model(Checks):
    """One connection, its people, and its runs."""

    def run(self, *, later: float = 60, **asked: Any) -> dict[str, Any]:
        """One run that nothing stops, with whatever people do meanwhile."""
        before = self._before()
        self._begins()
        self.bench.at = self._at
        report = self.bench.run(later=later, **asked)
        self._meanwhile.clear()
        self._look()
        self._after(report, before, asked=bool(asked.keys() & {"plan", "replan", "undo"}))
        return report

    def _begins(self) -> None:
        self.acted = self.unseen = False
        self.began = self.bench.kind
        self.hidden.clear()
        self.being_written.clear()

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

        self._begins()
        self.bench._killed(stop)
        self._meanwhile.clear()
        self._look()
        self._carried()
        self.unshared &= self._opted_out()
        self._check()

    def fails(self, side: Side, how: str) -> None:
        """A run that loses its connection, before anything is sent or with the answer; or is told: later."""
        hooks = self.bench.gateways[side].hooks
        taken = hooks.refuse
        if how == "lost":
            hooks.lose_next_answer = True
        elif how == "busy":
            hooks.refuse = lambda _write: BUSY
        else:
            hooks.fail_next = Unavailable("Maintenance.", side=side)
        self.run()
        hooks.lose_next_answer, hooks.fail_next, hooks.refuse = False, None, taken

    def breaks_off(self, side: Side) -> None:
        """A run whose reading of a side ends before the third of its pages, each of one record; the first is kept."""
        gateway, calls = self.bench.gateways[side], iter(range(999))

        def third() -> None:
            if next(calls) == 2:
                raise Unavailable("Maintenance.", side=side)

        gateway._page_size, gateway.hooks.before_call = 1, third
        self.run(later=7200)
        gateway._page_size, gateway.hooks.before_call = 1000, None

    def oversleeps(self, point: str, *, succeeded: bool) -> None:
        """I-24: a run that sleeps past its lease, and perhaps another one meanwhile: it sends and settles no more."""

        def sleep() -> None:
            self.bench.clock.advance(LIFE.total_seconds() + 1)
            if succeeded:
                running.run(self.bench.works, self.bench.id, running.Asked())
            self.overslept = True

        self.meanwhile(point, sleep)
        report = self.run()
        ended = report["status"] in {"unavailable", "halted"} or not (self.overslept and succeeded)
        self._expect(ended, f"I-24: a run that was succeeded says {report['status']}")
        self.overslept = False

    def is_let_into_another_house(self, side: Side) -> None:
        """I-21: a run that sees nothing on a side writes nothing.

        What was edited before is not shown again by a delta: a person has everything compared, and releases what is
        held then; a plan approved before may be stopped in the other house, and is carried out by that full run.
        """
        gateway, world = self.bench.gateways[side], self.bench.worlds[side]
        gateway.world = World(side, self.bench.clock, offset=world._offset)
        report = self.run()
        gateway.world = world
        self._expect(report["writes"] == 0, f"I-21: nothing is seen of {side}, and a run has written")
        report = self.run(full=True)
        if report["status"] == "halted":
            self.run(plan=report["digest"], reason="It is back.")

    def _tried_later(self) -> bool:
        """Whether a side is still to be asked again; a try at an undo gives way to an ordinary run."""
        refused = [row for row in self.bench.rows(RejectionRow) if row.status != "closed"]
        return any(row.due_at or row.status == "retrying" for row in refused)

    def releases(self, digest: str, *, moved: bool) -> None:
        """A person releases a held plan; what it was made for may no longer be so."""
        report = self.run(plan=digest, reason="It is meant.")
        refused = (report["status"], report["writes"]) == ("refused", 0)
        self._expect(refused or not moved or report["status"] == "unavailable", f"I-20: on moved ground it is {report}")

    def shows_itself_late(self, account: str) -> None:
        """A contact made in doubt is not to be found by the run after that, until that run tries to make it again."""
        records = self.bench.worlds[X].records
        made = next((record for record in records.values() if record.partner == account), None)
        if made is not None and not any(link.xero == made.ref.id for link in self.bench.links()):
            del records[made.ref.id]
            self.meanwhile(f"before_send {X}", lambda: records.update({made.ref.id: made}))
            self.run()
            records.setdefault(made.ref.id, made)

    def rehearses(self, between: Callable[[], None]) -> None:
        """I-30: what a plan says is what the run that follows at once does, and another plan has another digest."""
        first = running.make_plan(self.bench.works, self.bench.id)
        between()
        plan = running.make_plan(self.bench.works, self.bench.id)
        one = first["actions"] == plan["actions"]
        self._expect(one == (first["digest"] == plan["digest"]), f"I-30: two plans, {first} and {plan}")
        report = self.run(later=0)
        if not self.paused:
            told = plan["first"] or plan["digest"]
            self._expect(told == report["digest"] or report["status"] in {"unavailable", "halted"}, "I-30")

    def rests(self) -> None:
        """I-06, I-07, I-11: left alone, with nothing in the way, Concord brings the sides into agreement and stops."""
        for side in sorted(self.paused):
            self.resumes(side)
        for _ in range(5 + len(self._approved())):  # each of those is a run of its own
            report = self.run(later=LONG)
            if report["status"] == "halted":
                report = self.run(plan=report["digest"], reason="It is meant.")
            if report["status"] == "refused":  # the ground of the held plan has moved: it is made anew
                report = self.run(replan=True)
            waits = report["set_aside"] or any(link.pending for link in self.bench.links()) or self._tried_later()
            if report["writes"] == 0 and report["status"] in {"done", "open"} and not waits:
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

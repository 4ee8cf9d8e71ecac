"""What reviewers and administrators say, as moves of a game: decisions, answers, partings, rules and pauses."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.commands import conflicts, pauses, undo
from reconciler.core.model import Record, Side, Value
from reconciler.core.schema import Blank, Flow
from reconciler.errors import Stale, Usage
from reconciler.store.tables import ActionRow
from tests.engine.bench import BLANK, S, X, owned
from tests.engine.places import SHIPPED, checkbox, place_of
from tests.model.ledger import Place, is_nothing, parked
from tests.model.people import SHARED, People

ELSEWHERE = {
    (S, "phone"): "Mobile__c",
    (X, "phone"): "Phones.MOBILE",
    (S, "fax"): "Second_Fax__c",
    (X, "fax"): "Phones.DDI",
    (S, "account_number"): "Second_Number__c",
    (S, "email"): "Second_Email__c",
}
OTHER_BOX = "Share_Too__c"


@dataclass
class Office(People):
    """People, and those who decide what becomes of what they type."""

    paused: set[Side] = field(default_factory=set)
    retiring: set[str] = field(default_factory=set)  # records whose retirement a person has chosen
    told_apart: set[str] = field(default_factory=set)  # records of which a person has said: it is not this one
    parked: dict[Place, Value] = field(default_factory=dict)  # what stands where a field of the rules lay before

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

    def withdraws(self, conflict: Any) -> None:
        """Before a run has carried the decision out; refused after that."""
        with self.bench.session() as session, suppress(Stale, Usage):
            conflicts.withdraw(session, conflict.id, by="Rui", now=self.bench.clock.now())

    def overturns(self, conflict: Any, side: Side) -> None:
        """Decide otherwise what was decided, by whomever; refused where somebody has typed since."""
        with self.bench.session() as session, suppress(Stale, Usage):
            conflicts.overturn(session, conflict.id, take=side, by="Rui", now=self.bench.clock.now())

    def parts(self, record: Record) -> None:
        """It is not the one that it was taken for."""
        with self.bench.session() as session, suppress(Usage):
            undo.unlink(session, record.ref, by="Rui", now=self.bench.clock.now(), connection_id=self.bench.id)

    def joins_again(self, record: Record) -> None:
        """It is the one that it was parted from; refused where either has another partner by now."""
        with self.bench.session() as session, suppress(Usage):
            undo.relink(session, record.ref, by="Rui", now=self.bench.clock.now(), connection_id=self.bench.id)

    def answers(self, question: Any, pick: int) -> None:
        choice = question.choices[pick % len(question.choices)]
        if choice == "create_as":
            choice = f"create_as:{self.value('name')}"
        if choice == "retire":
            self.retiring.update(ref.partition(":")[2] for ref in question.refs)
        if choice == "none" or choice.startswith("not:"):
            self.told_apart.add(question.about.partition(":")[2])
        self.bench.answer(question.id, choice)

    def turns(self, key: str, flow: Flow) -> None:
        """Another direction for one field, where the sides can honour it."""
        if key == "website" and flow in (Flow.S2X, Flow.BOTH):
            return
        self.bench.rule(owned(self.bench, **{key: {"flow": flow}}))

    def maps(self, side: Side, key: str) -> None:
        """One field of a side at its other place from now on: the two are compared there as for the first time."""
        shipped, other = getattr(SHIPPED[key], side.value), ELSEWHERE[side, key]
        old = getattr(self._rule(key), side.value)
        new = shipped if old == other else other
        before = {record.ref.id: self.shown(side, record.ref.id)[key] for record in self.records(side)}
        column: dict[str, Any] = {side.value: new}
        self.bench.rule(owned(self.bench, **{key: column}))
        self.ledger.maps(side, key, old, new)
        self.parked = {where: value for where, value in self.parked.items() if where[::2] != (side, parked(key, new))}
        self.parked |= {(side, ref, parked(key, old)): value for ref, value in before.items()}
        self._look()
        self._compared_anew(key)

    def at(self, where: Place) -> Value:
        """What stands now where a field of the rules lay before."""
        side, ref, (key, _, column) = where[0], where[1], where[2].partition(" at ")
        return self.bench.worlds[side].records[ref].fields.get(place_of(key, side, column), BLANK[key])

    def _compared_anew(self, key: str) -> None:
        """What was typed last and stands is neither agreed on nor carried any more; a blank may be filled.

        What the request in hand writes over goes as it was meant to.
        """
        in_hand = self.bench.rows(ActionRow, do="update", state="intended")
        goes = {row.ref for row in in_hand if key in row.fields}
        for where, value in self.ledger.newest().items():
            side, record_id, _ = where
            stands = where[2] == key and self.shown(side, record_id)[key] == value
            if stands and f"{side}:{record_id}" not in goes:
                self.ledger.carried.discard(where)
                if is_nothing(value):
                    self.ledger.to_be_filled.add(where)

    def asks_another_checkbox(self, *, copied: bool) -> None:
        """Another column says who is shared; perhaps everybody's box has been copied there before."""
        ticked = [account.ref.id for account in self.records(S) if self.opted_in(account)]
        old = self.bench.kind
        column = SHARED.opt_in.salesforce if checkbox(old) else OTHER_BOX
        self.bench.rule(replace(old, opt_in=replace(old.opt_in, salesforce=column)))
        if copied:
            for account in self.records(S):
                self._tick(account.ref.id, account.ref.id in ticked)

    def keeps_blanks(self, key: str) -> None:
        """From now on clearing this field is no edit."""
        self.bench.rule(owned(self.bench, **{key: {"blank": Blank.KEEP}}))

    def pauses(self, side: Side) -> None:
        self.paused.add(side)
        with self.bench.session() as session:
            pauses.pause(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

    def resumes(self, side: Side) -> None:
        self.paused.discard(side)
        with self.bench.session() as session:
            pauses.resume(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

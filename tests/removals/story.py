"""Linked customers on both simulators, what people do to them there, and how Concord stands afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.commands import questions
from reconciler.core.model import Record, Side
from reconciler.store.tables import LinkRow, QuestionRow
from tests.adapters.wired import Wired
from tests.e2e.live import THING, Live

S, X = Side.SALESFORCE, Side.XERO
TYPED = "+64 9 555 0123"


@dataclass(frozen=True, slots=True)
class Role:
    """One customer that things happen to: its two records, two linked beside it, and two without a partner."""

    pair: dict[Side, str]
    linked: dict[Side, str]
    spare: dict[Side, str]

    def place(self, word: str) -> str:
        """The id of the record that the table calls by a word."""
        side = S if "account" in word else X
        return (self.spare if "spare" in word else self.pair)[side]


@dataclass(slots=True)
class Story:
    """Both organisations, linked, with as many roles as are asked for; a run has made all of it agree."""

    world: Wired
    engine: Engine
    roles: int = 1
    live: Live = field(init=False)
    cast: list[Role] = field(init=False)

    def __post_init__(self) -> None:
        self.live = Live(self.world.reset("synced", 2 * self.roles), self.engine)
        self.live.run()
        pairs = self.live.pairs()
        self.cast = [
            Role(pair, linked, self._spares(number))
            for number, (pair, linked) in enumerate(zip(pairs[::2], pairs[1::2], strict=True))
        ]
        self.live.run()

    def _spares(self, number: int) -> dict[Side, str]:
        names = {S: {"Name": f"Kept account {number}"}, X: {"Name": f"Kept contact {number}"}}
        return {side: self.do(side, "create", "", fields) for side, fields in names.items()}

    def do(self, side: Side, do: str, record_id: str = "", fields: Any = None, **more: Any) -> str:
        """A person's act in the vendor's own screens."""
        self.world.clock.advance(5)
        body = {"as": "Hana Petera", "do": do, "type": THING[side], "fields": fields or {}, **more}
        done = self.world.running(side).twin.edit(body | ({"id": record_id} if record_id else {}))
        return str(done["id"])

    def act(self, role: Role, name: str) -> None:
        """One of the acts of the decision table."""
        account, contact = role.pair[S], role.pair[X]
        match name:
            case "delete" | "undelete":
                self.do(S, name, account)
            case "archive" | "restore":
                self.do(X, name, contact)
            case "clear the flag" | "set the flag":
                self.do(S, "update", account, {"Sync_with_Xero__c": name == "set the flag"})
            case "merge into an unlinked account":
                self.do(S, "merge", role.spare[S], {"Sync_with_Xero__c": True}, loser=account)
            case "merge into a linked account":
                self.do(S, "merge", role.linked[S], loser=account)
            case "merge into an unlinked contact":
                self.do(X, "merge", role.spare[X], loser=contact)
            case "merge into a linked contact":
                self.do(X, "merge", role.linked[X], loser=contact)
            case "type in Salesforce":
                self.live.edit(S, account, phone=TYPED)
            case "type in Xero":
                self.live.edit(X, contact, phone=TYPED)
            case _:
                raise ValueError(name)

    def answer(self, choice: str) -> None:
        """Answer the only open question."""
        (question,) = self.open_questions()
        with Session(self.engine) as session:
            questions.answer(session, question.id, choice, by="Rui", now=self.world.clock.now())

    def open_questions(self, role: Role | None = None) -> list[Any]:
        """All of them, or those about the records of one role."""
        found = self.live.rows(QuestionRow, status="open")
        if role is None:
            return found
        ours = {f"{side}:{ref}" for refs in (role.pair, role.linked, role.spare) for side, ref in refs.items()}
        return [row for row in found if row.about in ours]

    def asked(self, role: Role | None = None) -> list[str]:
        return sorted(row.type for row in self.open_questions(role))

    def links(self, role: Role) -> dict[tuple[str, str], str]:
        """The links of this role's pair and spares that are not closed, each with its standing."""
        ours = {*role.pair.values(), *role.spare.values()}
        rows = [row for row in self.live.rows(LinkRow) if row.status != "closed"]
        return {(r.salesforce, r.xero): r.status for r in rows if {r.salesforce, r.xero} & ours}

    def phone(self, side: Side, record_id: str) -> str:
        return str(self.live.shown(side, record_id)["phone"])

    def records(self, side: Side) -> dict[str, Record]:
        return self.live.records(side)

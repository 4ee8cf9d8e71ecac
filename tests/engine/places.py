"""Sides in memory that show and take only what the rules share, each field at the place that the rules name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.adapters.memory import MemoryGateway
from reconciler.adapters.world import OUR_ID, US
from reconciler.commands import rules as rule_commands
from reconciler.core.model import Record, Side
from reconciler.core.schema import FieldRule, KindRule, Rules
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Answer, Batch, Outcome, Page, Write, Written
from tests.engine.bench import Bench, S

SHIPPED = {rule.key: rule for rule in CUSTOMER.fields}


def place(rule: FieldRule, side: Side) -> str:
    """Where a world keeps a field of a side."""
    return place_of(rule.key, side, rule.salesforce if side is S else rule.xero)


def place_of(key: str, side: Side, column: str) -> str:
    """Under its key, or beside it where the rules name another column than the shipped."""
    shipped = SHIPPED.get(key)
    own = shipped is not None and column == (shipped.salesforce if side is S else shipped.xero)
    return key if own else f"{key}@{column}"


def checkbox(rule: KindRule) -> str:
    """Where a world keeps an opt-in that is not the shipped one: beside the fields; "" for the shipped one."""
    column = rule.opt_in.salesforce
    return "" if column == CUSTOMER.opt_in.salesforce else f"@{column}"


class SharedOnly(MemoryGateway):
    """As the vendors' gateways do: a field that is off is neither read nor written; so is another opt-in column."""

    @property
    def _kind_rule(self) -> KindRule:
        return next(iter(self._rules.kinds.values()))

    def changes(self, kind: str, since: datetime | None, position: str = "") -> Iterator[Page]:
        for page in super().changes(kind, since, position):
            yield self._page(page)

    def read(self, kind: str, ids: Sequence[str]) -> Page:
        return self._page(super().read(kind, ids))

    def send(self, batch: Batch) -> Answer:
        answer = super().send(batch)
        return replace(answer, outcomes=[self._outcome(one) for one in answer.outcomes])

    def _create(self, kind: str, write: Write) -> Outcome:
        return super()._create(kind, self._placed(write))

    def _update(self, write: Write) -> Outcome:
        outcome = super()._update(self._placed(write))
        if write.archive and self._other_column and isinstance(outcome, Written):
            return Written(self.world.edit(write.id, {self._other_column: ""}, by=US, by_id=OUR_ID))
        return outcome

    def _placed(self, write: Write) -> Write:
        known = self._kind_rule.flowing
        fields = {place(known[key], self.side) if key in known else key: value for key, value in write.fields.items()}
        return write._replace(fields=fields)

    @property
    def _other_column(self) -> str:
        """Where a world keeps the opt-in, if the rules name another checkbox than the shipped one."""
        return checkbox(self._kind_rule) if self.side is S else ""

    def _outcome(self, outcome: Outcome) -> Outcome:
        return replace(outcome, record=self._shown(outcome.record)) if isinstance(outcome, Written) else outcome

    def _page(self, page: Page) -> Page:
        return replace(page, records=[self._shown(record) for record in page.records])

    def _shown(self, record: Record) -> Record:
        rule = self._kind_rule
        fields = {
            key: record.fields.get(place(one, self.side), ("",) * len(one.members) if one.members else "")
            for key, one in rule.read.items()
        }
        flag = bool(record.fields.get(self._other_column)) if self._other_column else record.flag
        return replace(record, fields=fields, flag=flag)


class PlacedBench(Bench):
    """A bench on such sides."""

    def _gateways(self, rules: Rules) -> dict[Side, Any]:
        return {side: SharedOnly(self.worlds[side], rules) for side in Side}

    def types(self, side: Side, record_id: str, fields: Mapping[str, str]) -> None:
        """A person types, a few seconds after whatever was before, at places of the world's own."""
        self.clock.advance(5)
        self.worlds[side].edit(record_id, fields)

    def bring_back(self, version: int) -> None:
        """An earlier version of the rules."""
        with self.session() as session:
            rule_commands.restore(session, self.id, version, by="Ada", now=self.clock.now())

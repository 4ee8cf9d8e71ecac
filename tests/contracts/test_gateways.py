"""The contract, on the side held in memory and on both adapters over their simulators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.adapters.memory import MemoryGateway
from reconciler.adapters.world import World
from reconciler.core.model import Side
from reconciler.errors import Denied, Refusal, Unavailable
from reconciler.mapping import salesforce, xero
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Write
from tests.adapters.clocks import SteppedClock
from tests.adapters.wired import RULES, Wired, wired
from tests.contracts.gateway_contract import ConditionalWrites, GatewayContract


class MemoryBench:
    """A world in memory; people edit it directly."""

    def __init__(self, side: Side) -> None:
        self._clock = SteppedClock()
        self._world = World(side, self._clock)
        self.gateway = MemoryGateway(self._world, RULES)
        self.gateway.hooks.refuse = _no_address
        self._blank = {rule.key: ("",) * len(rule.members) if rule.members else "" for rule in CUSTOMER.fields}

    def creates(self, name: str, **fields: Any) -> str:
        return self._world.create({**self._blank, "name": name, **fields}).ref.id

    def edits(self, record_id: str, **fields: Any) -> None:
        self._world.edit(record_id, fields)

    def removes(self, record_id: str) -> None:
        self._world.remove(record_id)

    def restores(self, record_id: str) -> None:
        self._world.restore(record_id)

    def later(self, seconds: float) -> None:
        self._clock.advance(seconds)

    def keeps_history_of(self, field: str) -> None:
        self._world.tracked.add(field)

    def loses_next_answer(self) -> None:
        self.gateway.hooks.lose_next_answer = True

    def is_down_once(self) -> None:
        self.gateway.hooks.fail_next = Unavailable("It is being maintained.")

    def forgets_us(self) -> None:
        self.gateway.hooks.fail_next = Denied("It does not know us.", remedy="Connect it again.")

    def last_body(self) -> bytes:
        return self.gateway.sent[-1].body

    def calls(self) -> int:
        return self.gateway.meter.calls

    @property
    def state(self) -> list[Any]:
        return list(self._world.records.values())


def _no_address(write: Write) -> Refusal | None:
    mail = str(write.fields.get("email", ""))
    if not mail or re.fullmatch(r"\S+@\S+", mail):
        return None
    return Refusal("invalid_email", "That is no e-mail address.", field="email", remedy="Correct it.")


class WiredBench:
    """An adapter on its simulator; people edit in the simulator's own screens."""

    def __init__(self, world: Wired, side: Side) -> None:
        self._world, self._side = world, side
        self.gateway = world.salesforce() if side is Side.SALESFORCE else world.xero()
        self._words = salesforce if side is Side.SALESFORCE else xero

    def creates(self, name: str, **fields: Any) -> str:
        return self._world.edit(self._side, "create", fields=self._words.to_wire({"name": name, **fields}, CUSTOMER))

    def edits(self, record_id: str, **fields: Any) -> None:
        self._world.edit(self._side, "update", record_id, self._words.to_wire(fields, CUSTOMER))

    def removes(self, record_id: str) -> None:
        self._world.edit(self._side, "delete" if self._side is Side.SALESFORCE else "archive", record_id)

    def restores(self, record_id: str) -> None:
        self._world.edit(self._side, "undelete" if self._side is Side.SALESFORCE else "restore", record_id)

    def later(self, seconds: float) -> None:
        self._world.clock.advance(seconds)

    def keeps_history_of(self, field: str) -> None:
        ticked = [CUSTOMER.field(field).salesforce, f"{CUSTOMER.field(field).salesforce}Address"]
        if self._side is Side.SALESFORCE:
            self._world.running(self._side).twin.settings({"field_history": ticked})

    def loses_next_answer(self) -> None:
        self._world.fault(self._side, "composite|Contacts", "drop_after")

    def is_down_once(self) -> None:
        self._world.fault(self._side, "query|Contacts", {"status": 503, "body": "offline for maintenance"})

    def forgets_us(self) -> None:
        self._world.fault(self._side, "token", {"status": 400, "body": {"error": "invalid_client"}}, times=99)

    def last_body(self) -> bytes:
        return [heard for heard in self._world.wires[self._side].heard if heard.method != "GET"][-1].body

    def calls(self) -> int:
        return self._world.calls(self._side)

    @property
    def state(self) -> list[Any]:
        return list(
            self._world.running(self._side).twin.state("Account" if self._side is Side.SALESFORCE else "Contact")
        )


@pytest.fixture(scope="module")
def twins() -> Iterator[Wired]:
    """Both twins on loopback, for this module."""
    with wired() as one:
        yield one


class TestSalesforceInMemory(ConditionalWrites):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench(Side.SALESFORCE)


class TestXeroInMemory(GatewayContract):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench(Side.XERO)


class TestSalesforceOverTheWire(ConditionalWrites):
    @pytest.fixture
    def bench(self, twins: Wired) -> WiredBench:
        return WiredBench(twins.reset(), Side.SALESFORCE)


class TestXeroOverTheWire(GatewayContract):
    @pytest.fixture
    def bench(self, twins: Wired) -> WiredBench:
        return WiredBench(twins.reset(), Side.XERO)

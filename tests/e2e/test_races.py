"""People who edit at any moment of a run, thousands of times: what they type is not overwritten by what we had read.

Each customer is edited on the other side, so that Concord means to write it, and once by a person on the side that is
written, just before one of the requests of the run is carried out there.  Salesforce refuses a write onto what has
moved.  Xero knows no such condition: there the same field is lost if it was typed between our last look and our write,
and nothing else ever is.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from reconciler.core.model import Side
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import ConflictRow
from tests.adapters.wired import Heard, Wired
from tests.e2e.live import Live, differences, limitless

S, X = Side.SALESFORCE, Side.XERO
AT_ONCE = 500
RACES = pytest.mark.parametrize(
    "rounds",
    [
        pytest.param(2, marks=pytest.mark.prove, id="1,000 races"),
        pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(3_600)], id="10,000 races"),
    ],
)
WRITTEN = {S: re.compile(rb"/Account/(\w{18})"), X: re.compile(rb'"ContactID": ?"([\w-]{36})"')}


@dataclass(slots=True)
class People:
    """They edit each record of one side once, at some moment of a run; `unseen` were typed after our last look at them.

    Most wait until their record is about to be written: those are the close races.
    """

    live: Live
    side: Side
    dice: random.Random
    waiting: set[str]
    typed: dict[str, tuple[str, str]] = field(default_factory=dict)  # by record: the field and what was typed
    unseen: set[str] = field(default_factory=set)
    longest: int = 0  # requests, of any sort, between a look at this side and a write onto it
    _since_look: set[str] = field(default_factory=set)
    _requests: int = 0

    def meanwhile(self, side: Side, heard: Heard) -> None:
        """Just before this request is carried out."""
        here = side is self.side
        written = {found.decode() for found in WRITTEN[side].findall(heard.body)} if here else set()
        self.live.world.clock.advance(self.dice.choice((0, 0, 0.3, 1, 1.7)))
        for record in sorted(self.waiting):
            if self.dice.random() < (0.6 if record in written else 0.02):
                self._type(record)
        if here and heard.method == "GET":
            self._since_look.clear()
            self._requests = 0
        elif written:
            self.unseen |= self._since_look & written
            self.longest = max(self.longest, self._requests)
        else:
            self._requests += 1

    def the_rest(self) -> None:
        """Whoever has not edited during the run does so after it."""
        for record in sorted(self.waiting):
            self._type(record)

    def _type(self, record: str) -> None:
        key = self.dice.choice(("phone", "phone", "fax"))
        value = f"+64 9 3{len(self.typed):03} {self.dice.randrange(10_000):04}"
        self.live.world.running(self.side).twin.edit(self.live.person(self.side, record, **{key: value}))
        self.waiting.remove(record)
        self.typed[record] = (key, value)
        self._since_look.add(record)


def raced(twins: tuple[Wired, Engine], side: Side, seed: int) -> People:
    """One round: every customer is edited on the other side and carried, while people edit on this one."""
    world, engine = twins
    world.clock.advance(3_600)
    live = Live(world.reset("synced", AT_ONCE), engine, limitless(CUSTOMER))
    live.run()
    pairs = live.pairs()
    for number, pair in enumerate(pairs):
        live.world.clock.advance(0.1)
        twin = world.running(side.other).twin
        twin.edit(live.person(side.other, pair[side.other], phone=f"+64 9 4{seed:02} {number:04}"))
    people = People(live, side, random.Random(seed), {pair[side] for pair in pairs})
    for where, wire in world.wires.items():
        wire.before = lambda heard, where=where: people.meanwhile(where, heard)
    try:
        assert live.run(later=60)["writes"] > 0
    finally:
        for wire in world.wires.values():
            wire.before = None
    people.the_rest()
    assert any(live.run()["writes"] == 0 for _ in range(6)), "it comes to rest"
    return people


def overwritten(people: People) -> dict[str, tuple[str, str]]:
    """What a person typed last and stands no longer."""
    shown = people.live.records(people.side)
    return {record: (key, value) for record, (key, value) in people.typed.items() if shown[record].fields[key] != value}


@RACES
@pytest.mark.parametrize("side", [S, X])
def test_nothing_that_a_person_types_during_a_run_is_overwritten(
    twins: tuple[Wired, Engine], side: Side, rounds: int
) -> None:
    lost = 0
    for seed in range(rounds):
        people = raced(twins, side, seed)
        gone = overwritten(people)
        if side is X:
            assert set(gone) <= people.unseen
            assert {key for key, _ in gone.values()} <= {"phone"}
            assert people.longest <= 1, "our last look and our write have one query of Salesforce between them"
            lost += len(gone)
        else:
            assert gone == {}
        assert differences(people.live) == []
        met = [row for row in people.live.rows(ConflictRow) if row.field == "phone"]
        assert len(met) > AT_ONCE // 10, "many of them meet on one field"
    print(f"{rounds * AT_ONCE} races in {side}: {lost} lost, all typed after our last look at their records")

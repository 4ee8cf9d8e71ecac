"""Every named way in which a call can go wrong, on a reading and on a write: told in our own words, and nothing lost.

What a switch must not do is surface as a library's exception, pass for an answer, or leave a write that was carried out
looking as if it had not been.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.model import Side
from reconciler.errors import ReconcilerError
from reconciler.ports import Refused, Write
from reconciler.simulators.salesforce.switches import SWITCHES as SALESFORCE
from reconciler.simulators.xero.switches import SWITCHES as XERO
from tests.adapters.wired import Wired

SLEEPS = {"slow", "slow_after"}
PATHS = {Side.SALESFORCE: "^/services/data/", Side.XERO: "^/api.xro/"}
CASES = [
    pytest.param(side, name, id=f"{side.value}-{name}")
    for side, switches in ((Side.SALESFORCE, SALESFORCE), (Side.XERO, XERO))
    for name in switches
    if name not in SLEEPS
]
CARRIED_OUT = {"drop_after", "truncate", "cut_short", "html", "commits_late"}


def gateway_of(world: Wired, side: Side) -> Any:
    return world.salesforce() if side is Side.SALESFORCE else world.xero()


def names(gateway: Any) -> set[str]:
    return {record.fields["name"] for page in gateway.changes("customer", None) for record in page.records}


@pytest.mark.parametrize(("side", "switch"), CASES)
def test_a_reading_that_goes_wrong_is_explained_and_the_next_one_is_whole(
    world: Wired, side: Side, switch: str
) -> None:
    world.reset("synced", 3)
    gateway = gateway_of(world, side)
    whole = names(gateway)
    world.fault(side, PATHS[side], switch, method="GET")
    failure, found = None, set()
    try:
        found = names(gateway)
    except ReconcilerError as error:
        failure = error
    assert failure is None or (failure.message and not getattr(failure, "sent", False))
    assert failure is not None or found == (set() if switch == "empty_answer" else whole)
    world.running(side).rig.faults.clear()
    assert names(gateway) == whole


@pytest.mark.parametrize(("side", "switch"), CASES)
def test_a_write_that_goes_wrong_is_never_taken_for_one_that_was_not_sent(
    world: Wired, side: Side, switch: str
) -> None:
    gateway = gateway_of(world, side)
    before = names(gateway)
    write = Write("", {"name": "Kauri Timber"}, partner="001000000000001AAA", key="k")
    world.fault(side, PATHS[side], switch, method=["POST", "PUT", "PATCH"])
    sent_away = False
    try:
        (outcome,) = gateway.send(gateway.prepare("customer", "create", [write])).outcomes
        sent_away = not isinstance(outcome, Refused)
    except ReconcilerError as error:
        sent_away = getattr(error, "sent", False)
    world.running(side).rig.faults.clear()
    world.clock.advance(120)
    carried_out = names(gateway) != before
    assert carried_out or switch not in CARRIED_OUT
    assert sent_away or not carried_out


def test_both_vendors_have_the_switches_that_every_vendor_can_have() -> None:
    common = {"drop_before", "drop_after", "truncate", "cut_short", "html", "commits_late", "maintenance", "day_spent"}
    assert common | {"empty_answer", "conflict", "too_many_at_once"} <= set(SALESFORCE) & set(XERO)

"""Whether the ground of an action has moved since it was decided, and how that is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model import Record, Ref, Side, Status
from reconciler.core.plan import ground, moved
from tests.core.linked_pair import NOON

S, X = Side.SALESFORCE, Side.XERO
HOME = ("1 Elgin Street", "Auckland", "", "1010", "NZ")
ACCOUNT = Record(Ref(S, "001"), "customer", "1", NOON, NOON, {"phone": "1", "billing": HOME}, flag=True)
CONTACT = Record(Ref(X, "c-1"), "customer", "1", NOON, NOON, {"phone": "1", "billing": HOME})
KEPT: dict[str, Any] = {side.value: kept for side, kept in ground({S: ACCOUNT}, ["phone", "billing"]).items()}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"version": "2", "by": "Ada"}, ""),
        ({"fields": {"phone": "1", "billing": list(HOME)}}, ""),
        ({"fields": {"phone": "1", "billing": HOME, "fax": "2"}}, ""),  # it does not rest on that
        ({"fields": {"phone": "2", "billing": HOME}}, "phone was edited in Salesforce"),
        ({"fields": {"billing": HOME}}, "phone was edited in Salesforce"),
        ({"status": Status.REMOVED}, "it is removed in Salesforce now"),
        ({"flag": False}, "its opt-in was cleared in Salesforce"),
    ],
)
def test_ground_moves_with_what_it_rests_on_and_with_nothing_else(changed: dict[str, Any], told: str) -> None:
    assert moved(KEPT, [replace(ACCOUNT, **changed)]) == told


def test_a_record_that_an_action_does_not_rest_on_may_be_anything() -> None:
    assert moved(KEPT, [ACCOUNT, replace(CONTACT, status=Status.ARCHIVED)]) == ""

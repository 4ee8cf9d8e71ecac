"""What an answer of Xero's says became of each write, told apart by ids and numbers and not by luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.adapters.catalogue import xero_refusal
from reconciler.adapters.xero import answers
from reconciler.core.model import Side
from reconciler.core.schema import OptIn, Rules
from reconciler.errors import Unavailable
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Moved, Refused, Write, Written
from tests.adapters.wired import Wired

ONE, TWO = "6d0f9a54-3c1f-4a52-9c53-000000000001", "6d0f9a54-3c1f-4a52-9c53-000000000002"
NOBODY = "00000000-0000-0000-0000-000000000000"


def test_elements_in_another_order_find_their_writes_by_id() -> None:
    writes = [Write(ONE, {}), Write(TWO, {})]
    elements = [{"ContactID": TWO.upper()}, {"ContactID": ONE}]
    assert answers.matched(elements, writes) == [elements[1], elements[0]]


def test_elements_in_another_order_find_their_creates_by_number() -> None:
    writes = [Write("", {}, partner="001A"), Write("", {}, partner="001B")]
    elements = [{"ContactID": NOBODY, "ContactNumber": "001B"}, {"ContactID": ONE, "ContactNumber": "001A"}]
    assert answers.matched(elements, writes) == [elements[1], elements[0]]


def test_a_missing_element_is_no_success() -> None:
    assert answers.matched([{"ContactID": ONE}], [Write(ONE, {}), Write(TWO, {})]) == [{"ContactID": ONE}, None]


def test_an_answer_that_leaves_one_out_leaves_the_whole_request_in_doubt(world: Wired) -> None:
    ids = [world.edit(Side.XERO, "create", fields={"Name": name}) for name in ("Kauri Timber", "Rimu Joinery")]
    gateway = world.xero()
    batch = gateway.prepare("customer", "update", [Write(one, {"phone": "1"}, key=one) for one in ids])
    bad = {"ContactID": ids[1], "ValidationErrors": [{"Message": "No."}], "HasValidationErrors": True}
    for status, body in ((400, {"Type": "ValidationException", "Elements": [bad]}), (200, {"Contacts": [bad]})):
        world.fault(Side.XERO, "Contacts", {"status": status, "body": body}, method="POST")
        with pytest.raises(Unavailable) as caught:
            gateway.send(batch)
        assert caught.value.sent


def test_a_400_that_names_every_record_is_each_ones_own_refusal(world: Wired) -> None:
    gateway = world.xero()
    bad: dict[str, Any] = {"ContactID": NOBODY, "ValidationErrors": [{"Description": "Email address must be valid."}]}
    bad |= {"HasValidationErrors": True, "ContactNumber": "001000000000001AAA"}
    world.fault(Side.XERO, "Contacts", {"status": 400, "body": {"Elements": [bad]}}, method="PUT")
    write = Write("", {"name": "Kauri Timber"}, partner="001000000000001AAA", key="k")
    (outcome,) = gateway.send(gateway.prepare("customer", "create", [write])).outcomes
    assert isinstance(outcome, Refused)
    assert outcome.refusal.field == "email"


def test_a_contact_nobody_knows_holds_up_no_other_for_good(world: Wired) -> None:
    made = world.edit(Side.XERO, "create", fields={"Name": "Kauri Timber"})
    gateway = world.xero()
    batch = gateway.prepare(
        "customer", "update", [Write(made, {"phone": "1"}, key="a"), Write(ONE, {"phone": "1"}, key="b")]
    )
    first, second = gateway.send(batch).outcomes
    assert second == Moved()
    assert isinstance(first, Refused)
    assert first.refusal.retry == "wait"


def test_an_error_is_an_error_whatever_else_its_element_says() -> None:
    element = {
        "ContactID": ONE,
        "ContactStatus": "ARCHIVED",
        "Name": "Kauri Timber",
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": "No."}],
    }
    assert isinstance(answers.outcome(element, Write(ONE, {}, archive=True), CUSTOMER), Refused)


def test_a_warning_is_a_success() -> None:
    element = {"ContactID": ONE, "StatusAttributeString": "WARNING", "Warnings": [{"Message": "Hm."}]}
    assert isinstance(answers.outcome(element, Write(ONE, {}), CUSTOMER), Written)


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        (
            "The contact name X is already assigned to another contact. The contact name must be unique.",
            "duplicate_name",
        ),
        ("The contact name Archived Contacts Cannot Ltd is already assigned to another contact.", "duplicate_name"),
        ("The contact name Contact Number 1 is already assigned to another contact.", "duplicate_name"),
        ("There is an existing contact with that name.", "duplicate_name"),
        ("Another contact has this contact number. Please enter a different contact number.", "duplicate_number"),
        ("The contact number X is already assigned to another contact.", "duplicate_number"),
        (
            "The Account Number already exists. Please enter a different Account Number.",
            "duplicate_account_number",
        ),
        (
            "The specified contact details matched an archived contact. Archived contacts cannot be edited.",
            "archived",
        ),
        ("Contact Name cannot be empty.", "name_missing"),
        ("Email address must be valid.", "invalid_email"),
        ("Website must be valid.", "invalid_website"),
        ("Something quite new.", "validation"),
    ],
)
def test_sentences_get_codes_that_a_list_can_be_sorted_by(sentence: str, code: str) -> None:
    refusal, _ = xero_refusal([sentence])
    assert refusal.code == code
    assert sentence in refusal.message
    assert refusal.remedy.endswith(".")


@pytest.mark.parametrize(
    "odd", [{}, {"ValidationErrors": None}, {"ValidationErrors": ["x"]}, {"ValidationErrors": [{}]}]
)
def test_an_error_without_a_sentence_is_still_told(odd: dict[str, Any]) -> None:
    refusal, _ = xero_refusal(answers.messages(odd))
    assert refusal.message


def test_a_group_that_opts_contacts_in_and_does_not_exist_is_named(world: Wired) -> None:
    rule = replace(CUSTOMER, opt_in=OptIn(xero="group", group="Shared with sales"))
    (sentence,) = world.xero(rules=Rules({"customer": rule})).missing_fields("customer")
    assert "Shared with sales" in sentence

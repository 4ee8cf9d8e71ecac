"""The Salesforce gateway beyond the contract: pages, keys, refusals, and whose write a record shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from reconciler.adapters.catalogue import SALESFORCE, salesforce_refusal
from reconciler.adapters.salesforce import soql
from reconciler.adapters.salesforce.answers import Sent, key_of
from reconciler.adapters.transport import Answered
from reconciler.core.model import Record, Ref, Side, Status
from reconciler.core.schema import OptIn, Rules
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Moved, Refused, Write, Written
from tests.adapters.clocks import NOON
from tests.adapters.wired import Wired

SF = Side.SALESFORCE


def guid(number: int) -> str:
    return f"6d0f9a54-3c1f-4a52-9c53-{number:012d}"


def send(gateway: Any, do: str, *writes: Write) -> list[Any]:
    return list(gateway.send(gateway.prepare("customer", do, writes)).outcomes)


# reading --------------------------------------------------------------------------------------------------------------


def test_pages_follow_the_key_through_one_second_that_holds_more_than_a_page(world: Wired) -> None:
    gateway = world.salesforce()
    for start in range(0, 2_200, 200):
        made = [Write("", {"name": f"Customer {n}"}, partner=guid(n), key=str(n)) for n in range(start, start + 200)]
        send(gateway, "create", *made)
    before = world.calls(SF)
    pages = list(gateway.changes("customer", NOON - timedelta(seconds=600)))
    ids = [record.ref.id for page in pages for record in page.records]
    assert len({record.changed_at for page in pages for record in page.records}) == 1
    assert len(ids) == len(set(ids)) == 2_200
    assert world.calls(SF) - before == len(pages) == 2
    assert not any("01g" in heard.path for heard in world.wires[SF].heard), "no locator was followed"


def test_a_literal_in_a_query_cannot_be_broken_out_of(world: Wired) -> None:
    world.reset("synced", 3)
    assert list(world.salesforce().find_partner("customer", "x' OR Name != '")) == []


def test_many_ids_are_asked_in_addresses_that_are_short_enough() -> None:
    ids = [f"001{number:012d}AAA" for number in range(2_000)]
    questions = list(soql.chunks(["Id", "Name"], "Account", ids))
    assert sum(question.count("'001") for question in questions) == 2_000
    assert all(len(quote(question)) <= soql.LONGEST_QUERY for question in questions)


def test_a_merged_account_names_its_survivor(world: Wired) -> None:
    survivor = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    loser = world.edit(SF, "create", fields={"Name": "Kauri Timber Ltd"})
    world.edit(SF, "merge", survivor, loser=loser)
    (record,) = world.salesforce().read("customer", [loser]).records
    assert (record.status, record.merged_into) == (Status.MERGED, survivor)


def test_who_edited_last_is_known_by_name_and_id(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    (record,) = world.salesforce().read("customer", [made]).records
    assert record.by == "Hana Petera"
    assert record.by_id.startswith("005")


def test_the_identity_says_which_environment_and_which_user(world: Wired) -> None:
    world.running(SF).twin.settings({"environment": "sandbox"})
    identity = world.salesforce().identify()
    assert identity.environment == "sandbox"
    assert identity.user_id.startswith("005")
    assert identity.edition


def test_a_key_that_salesforce_would_not_keep_unique_is_named(world: Wired) -> None:
    described = {"name": "Xero_Contact_Id__c", "updateable": True, "externalId": True, "unique": False}
    world.fault(SF, "describe", {"status": 200, "body": {"fields": [described]}})
    sentences = world.salesforce().missing_fields("customer")
    assert any("External ID and Unique" in sentence for sentence in sentences)
    assert any("Sync_with_Xero__c" in sentence for sentence in sentences)


def test_an_opt_in_field_of_another_name_is_read_and_set(world: Wired) -> None:
    rule = replace(CUSTOMER, opt_in=OptIn(salesforce="Is_Shared__c"))
    (sentence,) = world.salesforce(rules=Rules({"customer": rule})).missing_fields("customer")
    assert "Is_Shared__c" in sentence


# writing --------------------------------------------------------------------------------------------------------------


def test_twenty_four_updates_and_their_reading_back_are_one_call(world: Wired) -> None:
    world.reset("synced", 24)
    gateway = world.salesforce()
    records = [record for page in gateway.changes("customer", None) for record in page.records]
    world.clock.advance(10)
    before = world.calls(SF)
    writes = [Write(r.ref.id, {"phone": f"+64 9 555 01{n:02d}"}, edited_at=r.edited_at) for n, r in enumerate(records)]
    outcomes = send(gateway, "update", *writes)
    assert world.calls(SF) - before == 1
    assert [outcome.record.fields["phone"] for outcome in outcomes] == [write.fields["phone"] for write in writes]
    assert all(outcome.ours for outcome in outcomes)


def test_two_hundred_creates_are_one_call_and_one_reading(world: Wired) -> None:
    gateway = world.salesforce()
    gateway.identify()
    before = world.calls(SF)
    outcomes = send(
        gateway, "create", *(Write("", {"name": f"Customer {n}"}, partner=guid(n), key=str(n)) for n in range(200))
    )
    assert world.calls(SF) - before == 2
    assert all(isinstance(outcome, Written) and not outcome.adopted and outcome.ours for outcome in outcomes)


def test_a_create_that_had_landed_before_is_adopted(world: Wired) -> None:
    gateway = world.salesforce()
    write = Write("", {"name": "Kauri Timber"}, partner=guid(1), key="k")
    (first,), (second,) = send(gateway, "create", write), send(gateway, "create", write)
    assert (first.adopted, second.adopted) == (False, True)
    assert first.record.ref == second.record.ref


def test_a_partners_id_that_another_account_carries_is_refused(world: Wired) -> None:
    gateway = world.salesforce()
    send(gateway, "create", Write("", {"name": "Kauri Timber"}, partner=guid(1), key="k"))
    other = world.edit(SF, "create", fields={"Name": "Rimu Joinery"})
    (outcome,) = send(gateway, "update", Write(other, {}, partner=guid(1), key="stamp"))
    assert isinstance(outcome, Refused)
    assert (outcome.refusal.code, outcome.refusal.retry) == ("DUPLICATE_VALUE", "fix_data")


def test_a_moved_record_in_a_batch_is_left_alone_and_the_others_are_written(world: Wired) -> None:
    world.reset("synced", 3)
    gateway = world.salesforce()
    records = [record for page in gateway.changes("customer", None) for record in page.records]
    world.clock.advance(60)
    world.edit(SF, "update", records[1].ref.id, {"Phone": "+64 9 555 0111"})
    writes = [Write(r.ref.id, {"phone": "+64 9 555 0199"}, edited_at=r.edited_at) for r in records]
    outcomes = send(gateway, "update", *writes)
    assert [type(outcome) for outcome in outcomes] == [Written, Moved, Written]
    after = gateway.read("customer", [records[1].ref.id]).records[0]
    assert after.fields["phone"] == "+64 9 555 0111"


def test_a_validation_rules_own_sentence_reaches_the_person(world: Wired) -> None:
    rule = {"field": "Phone", "pattern": r"(\+64.*)?", "message": "Use the New Zealand form."}
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    world.running(SF).twin.settings({"validation_rules": {"nz": rule}})
    (outcome,) = send(world.salesforce(), "update", Write(made, {"phone": "+49 30 1234"}, key="k"))
    assert isinstance(outcome, Refused)
    assert "Use the New Zealand form." in outcome.refusal.message
    assert outcome.refusal.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_row_locked_by_somebody_is_tried_again_by_itself(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    gateway = world.salesforce()
    error = [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access to this record"}]
    parts = [{"referenceId": "w0", "httpStatusCode": 500, "body": error, "httpHeaders": {}}]
    world.fault(SF, "composite", {"status": 200, "body": {"compositeResponse": parts}})
    (outcome,) = send(gateway, "update", Write(made, {"phone": "1"}, key="k"))
    assert isinstance(outcome, Refused)
    assert outcome.refusal.retry == "wait"


def test_a_group_is_named_by_its_key_when_one_of_its_members_is_refused(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    billing = ("1 Kauri Street", "N" * 41, "", "4110", "New Zealand")
    (outcome,) = send(world.salesforce(), "update", Write(made, {"billing": billing}, key="k"))
    assert isinstance(outcome, Refused)
    assert outcome.refusal.field == "billing"
    assert key_of("Fax", CUSTOMER) == "fax"
    assert key_of("Owner", CUSTOMER) == "Owner"


# whose write ----------------------------------------------------------------------------------------------------------

US, SOMEBODY = "005w6PSyqTEDYnRATX", "005RnCfoLeTF5LoIJL"


@pytest.mark.parametrize(
    ("by", "seconds", "ours"),
    [
        (US, 0, True),
        (US, -1, True),
        (US, -3, False),
        (US, 30, False),
        (SOMEBODY, 0, False),
        (US[:15], 0, True),
    ],
)
def test_a_write_is_ours_by_its_user_and_its_time(by: str, seconds: int, ours: bool) -> None:
    stamp = NOON + timedelta(seconds=seconds)
    shown = Record(Ref(SF, "001"), "customer", "v", stamp, stamp, {}, by_id=by)
    assert Sent(US, Answered(NOON, 0.4)).made(shown) is ours


# refusals -------------------------------------------------------------------------------------------------------------


def test_every_refusal_says_what_to_do_and_whether_to_try_again() -> None:
    for code in [*SALESFORCE, "SOMETHING_NEW"]:
        refusal, field = salesforce_refusal([{"statusCode": code, "message": "Why\r\n  not", "fields": ["Phone"]}])
        assert (refusal.code, field) == (code, "Phone")
        assert refusal.message == "Salesforce: Why not"
        assert refusal.remedy.endswith(".")
        assert refusal.retry in {"wait", "fix_data", "fix_permission", "never"}


@pytest.mark.parametrize(
    "odd", [None, [], {}, "text", [None], [{"message": None}], [{"errorCode": "X", "fields": None}]]
)
def test_an_error_of_any_shape_becomes_a_refusal(odd: Any) -> None:
    refusal, field = salesforce_refusal(odd)
    assert refusal.code
    assert field == ""

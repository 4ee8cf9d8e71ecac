"""What the vendors themselves do that a gateway must survive: one trap, one test, each with the real refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.adapters.salesforce.bodies import reference
from reconciler.core.model import Side, Status
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Moved, Refused, Write, Written
from tests.adapters.wired import Wired

SF, XERO = Side.SALESFORCE, Side.XERO
PHONE = {"phone": "+64 9 555 0100"}


def outcome_of(gateway: Any, do: str, write: Write) -> Any:
    (outcome,) = gateway.send(gateway.prepare("customer", do, [write])).outcomes
    return outcome


def refused(gateway: Any, do: str, write: Write) -> Any:
    outcome = outcome_of(gateway, do, write)
    assert isinstance(outcome, Refused), outcome
    return outcome.refusal


def seen(gateway: Any, since: Any = None) -> dict[str, Any]:
    return {record.ref.id: record for page in gateway.changes("customer", since) for record in page.records}


# Salesforce -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "retry"),
    [
        ("UNABLE_TO_LOCK_ROW", "wait"),
        ("ENTITY_IS_LOCKED", {"wait", "fix_data", "fix_permission"}),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "fix_permission"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", {"wait", "fix_data", "fix_permission"}),
        ("STORAGE_LIMIT_EXCEEDED", {"wait", "fix_permission", "fix_data"}),
    ],
)
def test_a_record_that_refuses_though_its_fields_are_in_order_is_explained(world: Wired, code: str, retry: Any) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    world.running(SF).twin.settings({"refusals": [{"code": code, "id": made}]})
    refusal = refused(world.salesforce(), "update", Write(made, PHONE, key="k"))
    assert refusal.code == code
    assert refusal.retry in ({retry} if isinstance(retry, str) else retry)


def test_one_locked_row_in_a_batch_leaves_the_others_written(world: Wired) -> None:
    made = [world.edit(SF, "create", fields={"Name": name}) for name in ("A", "B", "C")]
    world.running(SF).twin.settings({"refusals": [{"code": "UNABLE_TO_LOCK_ROW", "id": made[1], "times": 1}]})
    gateway = world.salesforce()
    writes = [Write(key, PHONE, key=key) for key in made]
    outcomes = gateway.send(gateway.prepare("customer", "update", writes)).outcomes
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True, False]


@pytest.mark.parametrize("action", ["alert", "block"])
def test_a_duplicate_rule_is_a_refusal_whatever_its_match_list_is_called(world: Wired, action: str) -> None:
    world.edit(SF, "create", fields={"Name": "Kauri Timber", "Phone": "+64 9 555 0100"})
    made = world.edit(SF, "create", fields={"Name": "Rimu Joinery"})
    rule = {"fields": ["Phone"], "action": action}
    world.running(SF).twin.settings({"duplicate_rules": {"phones": rule}})
    refusal = refused(world.salesforce(), "update", Write(made, PHONE, key="k"))
    assert (refusal.code, refusal.retry) == ("DUPLICATES_DETECTED", "fix_data")


def test_a_field_that_was_closed_to_us_since_is_a_matter_of_permission(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    gateway = world.salesforce()
    seen(gateway)
    world.running(SF).twin.settings({"read_only_fields": ["Account.Phone"]})
    refusal = refused(gateway, "update", Write(made, PHONE, key="k"))
    assert (refusal.field, refusal.retry) == ("phone", "fix_permission")


def test_a_region_that_is_on_no_list_is_refused_by_the_name_of_its_address(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    world.running(SF).twin.settings({"state_country_picklists": True})
    billing = ("1 Kauri Street", "Auckland", "Auckland", "1010", "New Zealand")
    refusal = refused(world.salesforce(), "update", Write(made, {"billing": billing}, key="k"))
    assert (refusal.code, refusal.field) == ("FIELD_INTEGRITY_EXCEPTION", "billing")


def test_a_commit_that_becomes_visible_late_is_found_by_looking_back(world: Wired) -> None:
    world.running(SF).twin.settings({"late_commit": 120})
    begun = world.clock.now()
    made = world.edit(SF, "create", fields={"Name": "Slow to show"})
    gateway = world.salesforce()
    world.clock.advance(60)
    assert made not in seen(gateway, begun - timedelta(seconds=600))
    world.clock.advance(120)
    assert made not in seen(gateway, begun + timedelta(seconds=60))
    assert made in seen(gateway, begun + timedelta(seconds=60) - timedelta(seconds=600))


def test_a_removed_record_that_comes_back_has_its_own_id(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    gateway = world.salesforce()
    world.edit(SF, "delete", made)
    assert seen(gateway)[made].status is Status.REMOVED
    world.edit(SF, "undelete", made)
    assert seen(gateway)[made].status is Status.ACTIVE


def test_an_automated_process_moves_the_version_and_dates_no_edit(world: Wired) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    gateway = world.salesforce()
    before = seen(gateway)[made]
    world.clock.advance(30)
    world.edit(SF, "touch", made)
    after = seen(gateway)[made]
    assert (after.version != before.version, after.edited_at) == (True, before.edited_at)


@pytest.mark.parametrize("code", ["QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "UNABLE_TO_LOCK_ROW"])
@pytest.mark.parametrize("status", [400, 500])
def test_a_request_that_time_ran_out_on_is_in_doubt_and_no_record_is_blamed(
    world: Wired, code: str, status: int
) -> None:
    made = world.edit(SF, "create", fields={"Name": "Kauri Timber"})
    gateway, wrong = world.salesforce(), {"status": status, "body": [{"errorCode": code, "message": "too long"}]}
    world.fault(SF, "queryAll", wrong)
    with pytest.raises(Unavailable) as reading:
        seen(gateway)
    world.fault(SF, "composite", wrong)
    with pytest.raises(Unavailable) as writing:
        outcome_of(gateway, "update", Write(made, PHONE, key="k"))
    assert [each.value.sent for each in (reading, writing)] == [False, True]
    assert not isinstance(writing.value, Denied)


def test_too_many_long_requests_at_once_are_waited_for_briefly(world: Wired) -> None:
    message = "ConcurrentPerOrgLongTxn Limit exceeded."
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": message}]
    world.fault(SF, "queryAll", {"status": 403, "body": body})
    with pytest.raises(Unavailable) as caught:
        seen(world.salesforce())
    assert not isinstance(caught.value, Denied)
    assert caught.value.wait_seconds is not None
    assert caught.value.wait_seconds < 3600


def test_an_answer_cut_short_by_salesforce_is_read_to_its_end(world: Wired) -> None:
    """A page holds as many rows as the vendor likes; the next one is named by the vendor, under `query` at that."""
    ids = [world.edit(SF, "create", fields={"Name": name}) for name in ("A", "B")]
    gateway = world.salesforce()
    rows = [{**row, "IsDeleted": False} for row in world.running(SF).twin.state("Account")]
    more = "/services/data/v66.0/query/01g000000000001AAA-1"
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": more, "records": rows[:1]}
    world.fault(SF, "queryAll", {"status": 200, "body": first})
    world.fault(SF, "query/01g", {"status": 200, "body": {"totalSize": 2, "done": True, "records": rows[1:]}})
    assert {record.ref.id for record in gateway.read("customer", ids).records} == set(ids)


def test_a_part_of_a_composite_that_is_missing_is_no_refusal(world: Wired) -> None:
    made = [world.edit(SF, "create", fields={"Name": name}) for name in ("A", "B")]
    gateway = world.salesforce()
    batch = gateway.prepare("customer", "update", [Write(key, PHONE, key=key) for key in made])
    part = {"referenceId": reference(0), "httpStatusCode": 204, "body": None, "httpHeaders": {}}
    world.fault(SF, "composite", {"status": 200, "body": {"compositeResponse": [part]}})
    with pytest.raises(Unavailable) as caught:
        gateway.send(batch)
    assert caught.value.sent


# Xero -----------------------------------------------------------------------------------------------------------------


def test_an_archived_contact_gives_its_name_back_and_keeps_its_number(world: Wired) -> None:
    account = "001000000000001AAA"
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber", "ContactNumber": account})
    world.edit(XERO, "archive", made)
    write = Write("", {"name": "Kauri Timber"}, partner=account, key="k")
    refusal = refused(world.xero(), "create", write)
    assert refusal.code != "duplicate_name"
    other = Write("", {"name": "Kauri Timber"}, partner="001000000000002AAA", key="k2")
    assert not isinstance(outcome_of(world.xero(), "create", other), Refused)


def test_a_contact_archived_since_it_was_read_is_looked_at_again(world: Wired) -> None:
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    gateway = world.xero()
    seen(gateway)
    world.edit(XERO, "archive", made)
    assert isinstance(outcome_of(gateway, "update", Write(made, PHONE, key="k")), Moved)


def test_contacts_merged_in_a_chain_each_name_their_survivor(world: Wired) -> None:
    first, second, third = (world.edit(XERO, "create", fields={"Name": name}) for name in ("A", "B", "C"))
    world.edit(XERO, "merge", second, loser=first)
    world.edit(XERO, "merge", third, loser=second)
    shown = {record.ref.id: record for record in world.xero().read("customer", [first, second, third]).records}
    assert [(shown[one].status, shown[one].merged_into) for one in (first, second, third)] == [
        (Status.MERGED, second), (Status.MERGED, third), (Status.ACTIVE, ""),
    ]  # fmt: skip


def test_a_change_that_moves_no_stamp_is_in_no_delta_and_in_every_full_reading(world: Wired) -> None:
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    gateway = world.xero()
    world.running(XERO).twin.settings({"stamps_do_not_move": ["AccountNumber"]})
    world.clock.advance(300)
    since = world.clock.now() - timedelta(seconds=60)
    world.edit(XERO, "update", made, {"AccountNumber": "K1"})
    assert made not in seen(gateway, since)
    assert seen(gateway)[made].fields["account_number"] == "K1"


def test_a_contact_asked_to_be_forgotten_is_left_alone(world: Wired) -> None:
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    world.edit(XERO, "update", made, {"ContactStatus": "GDPRREQUEST"})
    gateway = world.xero()
    assert seen(gateway)[made].status is Status.ARCHIVED
    assert isinstance(outcome_of(gateway, "update", Write(made, PHONE, key="k")), Moved | Refused)


def test_a_change_of_one_field_keeps_persons_and_the_other_telephones(world: Wired) -> None:
    """Persons who are not in a request are deleted by it, so a request must not speak of persons at all."""
    persons = [{"FirstName": "Ana", "LastName": "Kos", "EmailAddress": "ana@kauri.example"}]
    mobile = {"PhoneType": "MOBILE", "PhoneNumber": "+64 21 555 0100"}
    made = world.edit(XERO, "create", fields={"Name": "Kauri", "ContactPersons": persons, "Phones": [mobile]})
    outcome_of(world.xero(), "update", Write(made, PHONE, key="k"))
    (contact,) = world.running(XERO).twin.state("Contact")
    assert [person["FirstName"] for person in contact["ContactPersons"]] == ["Ana"]
    numbers = {one["PhoneType"]: one.get("PhoneNumber") for one in contact["Phones"]}
    assert (numbers["MOBILE"], numbers["DEFAULT"]) == ("+64 21 555 0100", "+64 9 555 0100")


def test_two_contacts_with_one_number_are_both_told_of(world: Wired) -> None:
    """The path with a number in it picks one of them in silence; the number is unique, and yet was seen twice."""
    partner = "001000000000001AAA"
    for name in ("Kauri Timber", "Kauri Timber Ltd"):
        world.edit(XERO, "create", fields={"Name": name})
    twins = [{**one, "ContactNumber": partner} for one in world.running(XERO).twin.state("Contact")]
    page = {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 2}
    world.fault(XERO, "Contacts", {"status": 200, "body": {"pagination": page, "Contacts": twins}})
    found = world.xero().find_partner("customer", partner)
    assert {record.fields["name"] for record in found} == {"Kauri Timber", "Kauri Timber Ltd"}


def test_an_organisation_too_large_to_be_filtered_is_searched_for_a_number(world: Wired) -> None:
    """Beyond 100,000 documents an equality on a field that is not optimised is a HighVolumeException."""
    world.running(XERO).twin.settings({"high_volume": True})
    gateway, number = world.xero(), "001000000000001AAA"
    made = outcome_of(gateway, "create", Write("", {"name": "Kauri Timber"}, partner=number, key="k"))
    world.edit(XERO, "create", fields={"Name": f"Not {number}"})
    assert isinstance(made, Written)
    assert [record.ref for record in gateway.find_partner("customer", number)] == [made.record.ref]
    assert list(gateway.find_partner("customer", "001000000000002AAA")) == []


def test_a_refusal_that_xero_remembers_is_not_the_answer_to_the_next_try(world: Wired) -> None:
    """For six minutes a key is answered with what it was answered before, errors too."""
    holder = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    gateway, fields = world.xero(), {"name": "Kauri Timber"}
    number = "001000000000001AAA"
    refused(gateway, "create", Write("", fields, partner=number, key="first try"))
    world.edit(XERO, "archive", holder)
    assert isinstance(outcome_of(gateway, "create", Write("", fields, partner=number, key="second try")), Written)


def test_a_400_that_is_no_json_leaves_a_write_in_doubt(world: Wired) -> None:
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    gateway = world.xero()
    world.fault(XERO, "Contacts", {"status": 400, "headers": {"Content-Type": "text/html"}, "body": "<h1>Bad</h1>"})
    with pytest.raises(Unavailable) as caught:
        outcome_of(gateway, "update", Write(made, PHONE, key="k"))
    assert caught.value.sent


def test_a_page_without_its_count_is_no_last_page(world: Wired) -> None:
    """Xero counts pages only when it was asked for one: taken for the last, the rest would look as if it were gone."""
    world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    rows = list(world.running(XERO).twin.state("Contact"))
    world.fault(XERO, "Contacts", {"status": 200, "body": {"Contacts": rows}})
    with pytest.raises(Unavailable):
        seen(world.xero())

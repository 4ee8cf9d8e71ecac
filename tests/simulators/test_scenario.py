"""The invented organisations: what both twins may rely on."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from stdnum.au import abn
from stdnum.de import vat as de_vat
from stdnum.fr import tva
from stdnum.gb import vat as gb_vat
from stdnum.ie import vat as ie_vat
from stdnum.nz import ird
from stdnum.us import ein

from reconciler.simulators import scenario
from reconciler.simulators.scenario import accounts, contacts, demo_edits, users, with_checksum
from reconciler.simulators.scenarios import tax

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def world(name, records, seed=1, now=NOW):
    return list(accounts(name, records, seed, now)), list(contacts(name, records, seed, now))


def phone_of(contact, kind):
    return next((phone["PhoneNumber"] for phone in contact.get("Phones", []) if phone["PhoneType"] == kind), None)


def address_of(contact, kind):
    places = {place["AddressType"]: place for place in contact.get("Addresses", [])}
    found = places.get(kind, {})
    lines = [found[f"AddressLine{n}"] for n in range(1, 5) if f"AddressLine{n}" in found]
    return (
        "\r\n".join(lines) or None,
        *((found.get(key) or None) for key in ("City", "Region", "PostalCode", "Country")),
    )


def as_customer(contact):
    return (
        contact["Name"],
        contact.get("AccountNumber"),
        contact.get("EmailAddress"),
        phone_of(contact, "DEFAULT"),
        phone_of(contact, "FAX"),
        contact.get("Website"),
        contact.get("TaxNumber"),
        address_of(contact, "POBOX"),
        address_of(contact, "STREET"),
    )


def shown_by_account(account):
    def place(prefix):
        return tuple(account[f"{prefix}{part}"] for part in ("Street", "City", "State", "PostalCode", "Country"))

    fields = ("Name", "AccountNumber", "Email__c", "Phone", "Fax", "Website", "Tax_Number__c")
    return (*(account[field] for field in fields), place("Billing"), place("Shipping"))


def test_an_empty_world_holds_nothing():
    assert world("empty", 50) == ([], [])


def test_synced_customers_are_equal_and_carry_each_others_id():
    ours, theirs = world("synced", 60)
    assert len(ours) == len(theirs) == 60
    for account, contact in zip(ours, theirs, strict=True):
        assert account["Sync_with_Xero__c"] is True
        assert account["Xero_Contact_Id__c"] == contact["ContactID"]
        assert contact["ContactNumber"] == account["Id"]
        assert shown_by_account(account) == as_customer(contact)


@pytest.mark.parametrize("name", ["demo", "synced", "unlinked"])
def test_the_same_seed_tells_the_same_story(name):
    assert world(name, 40, seed=7) == world(name, 40, seed=7, now=NOW + timedelta(hours=3))


def test_another_seed_tells_another_story():
    first, second = world("synced", 20, seed=1)[0], world("synced", 20, seed=2)[0]
    assert not {account["Id"] for account in first} & {account["Id"] for account in second}
    assert [account["Name"] for account in first] != [account["Name"] for account in second]


def test_a_larger_world_begins_like_a_smaller_one():
    assert world("synced", 30)[0][:10] == world("synced", 10)[0]


def test_stamps_lie_one_to_four_hundred_days_back():
    ours, theirs = world("demo", 100)
    stamps = [a["SystemModstamp"] for a in ours] + [c["UpdatedDateUTC"] for c in theirs]
    assert all(NOW - timedelta(days=402) < stamp < NOW - timedelta(hours=1) for stamp in stamps)
    assert all(account["CreatedDate"] <= account["LastModifiedDate"] <= account["SystemModstamp"] for account in ours)
    assert all(account["SystemModstamp"].microsecond == 0 for account in ours)


@pytest.mark.parametrize("name", ["demo", "synced", "unlinked"])
def test_ids_and_active_names_and_account_numbers_are_unique(name):
    ours, theirs = world(name, 2500)
    names = [contact["Name"].casefold() for contact in theirs if contact["ContactStatus"] == "ACTIVE"]
    numbers = [contact["AccountNumber"] for contact in theirs if contact.get("AccountNumber")]
    for values in (names, numbers, [a["Id"] for a in ours], [c["ContactID"] for c in theirs]):
        assert max(Counter(values).values()) == 1


@pytest.mark.parametrize("name", ["demo", "unlinked"])
def test_everything_fits_the_vendors_fields(name):
    ours, theirs = world(name, 1200)
    assert all(len(account["Name"]) <= 255 and len(account["AccountNumber"] or "") <= 40 for account in ours)
    assert all(len(account["Phone"] or "") <= 40 and len(account["Email__c"] or "") <= 80 for account in ours)
    for contact in theirs:
        assert not re.search(r"[<>]|  |^ | $", contact["Name"])
        assert all(re.fullmatch(r"[A-Za-z ]*", place["Country"]) for place in contact.get("Addresses", []))
        assert all(len(place["PostalCode"]) <= 50 for place in contact.get("Addresses", []))


def test_an_unlinked_world_overlaps_by_seven_in_ten_and_knows_no_links():
    ours, theirs = world("unlinked", 200)
    assert len(ours) == len(theirs) == 200
    assert not any(account["Xero_Contact_Id__c"] for account in ours)
    assert not any(contact.get("ContactNumber") for contact in theirs)
    flags = Counter(account["Sync_with_Xero__c"] for account in ours)
    assert flags[True] > 100
    assert flags[False] > 30


def test_an_unlinked_world_is_dirty():
    ours, theirs = world("unlinked", 200)
    shared = list(zip(ours, theirs, strict=True))[:140]
    same_name = sum(account["Name"] == contact["Name"] for account, contact in shared)
    same_phone = sum(account["Phone"] == phone_of(contact, "DEFAULT") for account, contact in shared)
    assert 20 < same_name < 120
    assert 20 < same_phone < 120
    assert sum("EmailAddress" not in contact for contact in theirs) > 20


def test_the_demonstration_has_something_of_everything():
    ours, theirs = world("demo", 300)
    by_id = {contact["ContactID"]: contact for contact in theirs}
    linked = [(account, by_id[account["Xero_Contact_Id__c"]]) for account in ours if account["Xero_Contact_Id__c"]]
    equal = sum(shown_by_account(account) == as_customer(contact) for account, contact in linked)
    unlinked_names = {contact["Name"] for contact in theirs if not contact.get("ContactNumber")}
    waiting = [a for a in ours if a["Sync_with_Xero__c"] and not a["Xero_Contact_Id__c"]]
    assert equal == 255
    assert len(linked) - equal == 6
    assert sum(account["Name"] in unlinked_names for account in waiting) == 4
    assert sum(account["Name"] not in unlinked_names for account in waiting) == 20
    assert sum(not account["Sync_with_Xero__c"] for account in ours) > 10
    assert sum(contact["IsSupplier"] and not contact["IsCustomer"] for contact in theirs) >= 10
    assert sum(contact["ContactStatus"] == "ARCHIVED" for contact in theirs) >= 3
    assert len({account["BillingCountry"] for account in ours}) >= 7
    assert any(contact.get("ContactGroups") for contact in theirs)


def test_invented_addresses_and_numbers_reach_nobody():
    ours, _ = world("demo", 300)
    for account in ours:
        assert not account["Email__c"] or account["Email__c"].lower().endswith(".example")
        assert not account["Website"] or account["Website"].endswith(".example")


def test_salesforce_ids_carry_their_checksum():
    ours, _ = world("synced", 50)
    ids = [account["Id"] for account in ours] + [user["Id"] for user in users(1)]
    assert all(len(one) == 18 and with_checksum(one[:15]) == one for one in ids)
    assert all(account["Id"].startswith("001") for account in ours)
    assert with_checksum("0015g00000Bm7xF") == "0015g00000Bm7xFAAR"


def test_demo_edits_name_people_and_linked_records():
    ours, _ = world("demo", 300)
    linked = {account["Id"]: account["Xero_Contact_Id__c"] for account in ours if account["Xero_Contact_Id__c"]}
    staff = {user["Name"] for user in users(1)} - {scenario.INTEGRATION}
    edits = demo_edits(300, 1)
    sides = Counter(edit["side"] for edit in edits)
    assert sides["salesforce"] >= 18
    assert sides["xero"] >= 18
    for edit in edits:
        known = linked if edit["side"] == "salesforce" else linked.values()
        assert edit["body"]["id"] in known
        assert edit["body"]["as"] in staff
        assert edit["after_minutes"] > 0


@pytest.mark.parametrize("records", [0, 20, 80])
def test_a_small_demonstration_tells_as_many_edits_as_it_can(records):
    linked = {account["Id"] for account in accounts("demo", records, 1, NOW) if account["Xero_Contact_Id__c"]}
    edited = [edit["body"]["id"] for edit in demo_edits(records, 1) if edit["side"] == "salesforce"]
    assert set(edited) <= linked
    assert len(edited) == len(set(edited))
    assert bool(edited) == bool(linked)


def test_last_writer_edits_lie_minutes_apart_each_way():
    phones = [edit for edit in demo_edits(300, 1)[24:28] if {"Phone", "Phones"} & set(edit["body"]["fields"])]
    assert [edit["side"] for edit in phones] == ["salesforce", "xero", "xero", "salesforce"]
    assert phones[1]["after_minutes"] >= 5
    assert phones[3]["after_minutes"] >= 5


def test_tax_numbers_pass_their_countries_checks():
    checks = {
        tax.new_zealand: ird,
        tax.australia: abn,
        tax.united_kingdom: gb_vat,
        tax.ireland: ie_vat,
        tax.germany: de_vat,
        tax.france: tva,
        tax.united_states: ein,
    }
    for make, check in checks.items():
        assert all(check.is_valid(make(seed**7 + seed * 7919)) for seed in range(300)), make.__name__

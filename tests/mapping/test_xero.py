"""Xero contacts as records, and changes as the body of a write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.model import Fields, Side, Status
from reconciler.core.schema import FieldRule
from reconciler.mapping import stamps
from reconciler.mapping.shipped import CUSTOMER
from reconciler.mapping.xero import to_record, to_wire

CONTACT = {
    "ContactID": "c-1",
    "ContactNumber": "0018M000003uKqqQAE",
    "ContactStatus": "ACTIVE",
    "Name": "Kauri Joinery Ltd",
    "EmailAddress": "pat@example.com",
    "Website": "https://example.com",
    "Phones": [
        {"PhoneType": "DDI"},
        {
            "PhoneType": "DEFAULT",
            "PhoneNumber": "123 4567",
            "PhoneAreaCode": "9",
            "PhoneCountryCode": "64",
        },
    ],
    "Addresses": [
        {"AddressType": "STREET", "City": "", "Region": "", "PostalCode": "", "Country": ""},
        {
            "AddressType": "POBOX",
            "AddressLine1": "1 Quay",
            "AddressLine2": "",
            "AddressLine3": "Floor 2",
            "City": "Wellington",
            "PostalCode": "6011",
            "Country": "New Zealand",
        },
    ],
    "ContactGroups": [{"ContactGroupID": "g-1", "Name": "Shared  ones "}, {"ContactGroupID": "g-2", "Name": "VIP"}],
    "IsCustomer": True,
    "IsSupplier": False,
    "UpdatedDateUTC": "/Date(1518685950940+0000)/",
}
BLANK_ADDRESS = ("", "", "", "", "")


def one(field: FieldRule):
    return replace(CUSTOMER, fields=(field,))


def test_a_contact_is_a_record():
    record = to_record(CONTACT, CUSTOMER)
    assert record.ref.side is Side.XERO
    assert (record.ref.id, record.partner, record.status) == ("c-1", "0018M000003uKqqQAE", Status.ACTIVE)
    assert record.version == "/Date(1518685950940+0000)/"
    assert record.changed_at == record.edited_at == datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)
    assert (record.is_customer, record.is_supplier, record.flag) == (True, False, False)
    assert record.groups == ("Shared ones", "VIP")
    assert record.fields == {
        "name": "Kauri Joinery Ltd",
        "account_number": "",
        "email": "pat@example.com",
        "phone": "+64 9 123 4567",
        "fax": "",
        "website": "https://example.com",
        "tax_number": "",
        "billing": ("1 Quay\nFloor 2", "Wellington", "", "6011", "New Zealand"),
        "shipping": BLANK_ADDRESS,
        "outstanding": "",
        "overdue": "",
    }


def test_balances_are_what_the_contact_owes_and_come_only_with_a_reading_of_everything():
    owing = {"AccountsReceivable": {"Outstanding": 1250.5, "Overdue": 0}, "AccountsPayable": {"Outstanding": 9}}
    shown = CONTACT | {"Balances": owing}
    fields = to_record(shown, CUSTOMER).fields
    assert (fields["outstanding"], fields["overdue"]) == ("1250.50", "0.00")
    for less in ({"balances": False}, {"answer": True}):
        assert to_record(shown, CUSTOMER, **less).fields.keys().isdisjoint({"outstanding", "overdue"})
    assert to_record(CONTACT | {"Balances": "odd"}, CUSTOMER).fields["overdue"] == ""


def test_absent_is_blank_because_xero_leaves_out_what_is_blank():
    assert set(to_record({"ContactID": "c-1"}, CUSTOMER).fields.values()) == {"", BLANK_ADDRESS}


@pytest.mark.parametrize(
    ("country", "area", "number", "phone"),
    [
        ("64", "9", "123 4567", "+64 9 123 4567"),
        ("+64", "9", "123 4567", "+64 9 123 4567"),
        ("0064", "9", "123 4567", "+64 9 123 4567"),
        ("", "09", "123 4567", "09 123 4567"),
        ("", "", "+64 9 123 4567", "+64 9 123 4567"),
        ("64", "9", "+64 9 123 4567", "+64 9 123 4567"),
        ("61", "", "+64 9 123 4567", "+61 +64 9 123 4567"),
        ("64", "", "", ""),
        ("64", "9", "", "+64 9"),
        ("NZ", "9", "123 4567", "NZ 9 123 4567"),
        ("", "", "", ""),
    ],
)
def test_a_telephone_number_in_three_parts_is_one_text(country, area, number, phone):
    parts = {"PhoneCountryCode": country, "PhoneAreaCode": area, "PhoneNumber": number}
    wire = {"Phones": [{"PhoneType": "DEFAULT", **parts}]}
    assert to_record(wire, CUSTOMER).fields["phone"] == phone


@pytest.mark.parametrize(
    ("status", "survivor", "seen"),
    [
        ("ACTIVE", "", Status.ACTIVE),
        ("ARCHIVED", "", Status.ARCHIVED),
        ("ARCHIVED", "c-2", Status.MERGED),
        ("GDPRREQUEST", "", Status.ARCHIVED),
        ("SOMETHING_NEW", "", Status.ACTIVE),
    ],
)
def test_a_contact_that_takes_no_edits_is_archived_or_merged(status, survivor, seen):
    record = to_record({**CONTACT, "ContactStatus": status, "MergedToContactID": survivor}, CUSTOMER)
    assert (record.status, record.merged_into) == (seen, survivor)


def test_the_answer_to_a_write_says_nothing_about_what_it_never_shows():
    fields = to_record({"ContactID": "c-1", "Name": "Kauri"}, CUSTOMER, answer=True).fields
    assert "website" not in fields
    assert fields["name"] == "Kauri"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"ContactID": None, "UpdatedDateUTC": "/Date(x)/", "Phones": None, "Addresses": "none", "ContactGroups": {}},
        {"Phones": [None, "x", {"PhoneType": "DEFAULT", "PhoneNumber": 12}], "Addresses": [{}], "ContactGroups": [{}]},
        {"ContactStatus": 7, "Name": ["x"], "UpdatedDateUTC": "/Date(99999999999999999+0000)/"},
    ],
)
def test_odd_content_never_fails(odd):
    record = to_record(odd, CUSTOMER)
    assert record.changed_at == stamps.EPOCH
    assert record.groups == ()


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("/Date(1518685950940+0000)/", datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)),
        ("/Date(1518685950940+1300)/", datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)),
        ("/Date(1518685950940)/", datetime(2018, 2, 15, 9, 12, 30, 940_000, tzinfo=UTC)),
        ("/Date(-1000)/", stamps.EPOCH - timedelta(seconds=1)),
        ("2018-02-15T09:12:30", datetime(2018, 2, 15, 9, 12, 30, tzinfo=UTC)),
        ("2019-07-09T23:40:30.1833130", datetime(2019, 7, 9, 23, 40, 30, 183_313, tzinfo=UTC)),
        ("2018-02-15T22:12:30+13:00", datetime(2018, 2, 15, 9, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_stamp_is_a_time_in_utc_and_an_offset_behind_milliseconds_is_never_added(stamp, time):
    assert stamps.read(stamp) == time
    assert stamps.read(stamp).utcoffset() == timedelta(0)


def test_a_write_sends_changed_fields_only_and_clears_with_empty_text():
    address = ("1 Quay\nFloor 2", "Wellington", "", "6011", "New Zealand")
    changes: Fields = {"tax_number": "", "phone": "+64 9 123 4567", "fax": "", "billing": address}
    assert to_wire(changes, CUSTOMER) == {
        "TaxNumber": "",
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneNumber": "+64 9 123 4567",
                "PhoneAreaCode": "",
                "PhoneCountryCode": "",
            },
            {"PhoneType": "FAX", "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""},
        ],
        "Addresses": [
            {
                "AddressType": "POBOX",
                "AddressLine1": "1 Quay",
                "AddressLine2": "Floor 2",
                "AddressLine3": "",
                "AddressLine4": "",
                "City": "Wellington",
                "Region": "",
                "PostalCode": "6011",
                "Country": "New Zealand",
            }
        ],
    }


@pytest.mark.parametrize("blank", ["", BLANK_ADDRESS])
def test_clearing_an_address_clears_every_line_of_its_own_slot_only(blank):
    (address,) = to_wire({"shipping": blank}, CUSTOMER)["Addresses"]
    assert address.pop("AddressType") == "STREET"
    assert len(address) == 8
    assert set(address.values()) == {""}


def test_a_fifth_address_line_is_never_cut_off():
    with pytest.raises(ValueError, match="more lines"):
        to_wire({"billing": ("1\n2\n3\n4\n5", "", "", "", "")}, CUSTOMER)


def test_only_plain_text_is_sent():
    class Coloured(str):
        __slots__ = ()

    body = to_wire({"name": Coloured("Kauri"), "phone": Coloured("09 1")}, CUSTOMER)
    assert type(body["Name"]) is str
    assert type(body["Phones"][0]["PhoneNumber"]) is str


@pytest.mark.parametrize("place", ["CompanyNumber", "FirstName", "Phones.MOBILE", "Phones.DDI"])
def test_every_other_place_of_a_contact_can_be_shared_too(place):
    rule = one(FieldRule("extra", "Extra__c", place))
    assert to_record(to_wire({"extra": "x 1"}, rule), rule).fields == {"extra": "x 1"}

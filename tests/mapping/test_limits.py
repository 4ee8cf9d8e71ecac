"""What a side cannot hold is known, and said, before anything is sent."""

from __future__ import annotations

import pytest

from reconciler.core.model import Side
from reconciler.core.schema import FieldRule
from reconciler.mapping.limits import FieldShape, cannot_hold, described, read_only
from reconciler.mapping.shipped import CUSTOMER

SALESFORCE, XERO = Side.SALESFORCE, Side.XERO


def address(street="", city="", region="", postcode="", country=""):
    return (street, city, region, postcode, country)


@pytest.mark.parametrize(
    ("side", "key", "value"),
    [
        (SALESFORCE, "name", "N" * 255),
        (SALESFORCE, "name", "A < B"),
        (SALESFORCE, "phone", "1" * 40),
        (SALESFORCE, "phone", ""),
        (SALESFORCE, "email", "pat.moss+bills@mail.example.co.nz"),
        (SALESFORCE, "billing", address("1\n2\n3\n4\n5\n6", country="C\u00f4te d'Ivoire")),
        (SALESFORCE, "billing", address("s" * 127 + "\n" + "s" * 126)),
        (SALESFORCE, "shipping", ""),
        (XERO, "name", "N" * 255),
        (XERO, "phone", "1" * 50),
        (XERO, "fax", ""),
        (XERO, "email", ""),
        (XERO, "billing", address("l" * 500 + "\n2\n3\n4", country="New Zealand")),
        (XERO, "billing", address(country="\u00d6sterreich")),
        (XERO, "shipping", ""),
        (XERO, "shipping", address()),
    ],
)
def test_what_a_side_can_hold_is_not_refused(side, key, value):
    assert cannot_hold(side, CUSTOMER.field(key), value) is None


@pytest.mark.parametrize(
    ("side", "key", "value", "code", "message"),
    [
        (SALESFORCE, "name", "", "required", "Salesforce's Name cannot be blank."),
        (
            SALESFORCE,
            "phone",
            "1" * 41,
            "too_long",
            "Salesforce's Phone holds at most 40 characters; this value has 41.",
        ),
        (SALESFORCE, "account_number", "1" * 41, "too_long", "Salesforce's AccountNumber holds at most 40 characters"),
        (SALESFORCE, "billing", address(city="c" * 41), "too_long", "Salesforce's BillingCity holds at most 40"),
        # Salesforce parts the lines by two characters: 127 + 2 + 127.
        (SALESFORCE, "shipping", address("s" * 127 + "\n" + "s" * 127), "too_long", "ShippingStreet holds at most 255"),
        (SALESFORCE, "email", "pat@", "bad_email", "Salesforce's Email__c takes an e-mail address only"),
        (XERO, "name", "", "required", "Xero's Name cannot be blank."),
        (XERO, "name", "A < B", "bad_character", "Xero's Name cannot hold < or >."),
        (XERO, "name", "N" * 256, "too_long", "Xero's Name holds at most 255 characters; this value has 256."),
        (XERO, "phone", "1" * 51, "too_long", "Xero's Phones.DEFAULT.PhoneNumber holds at most 50"),
        (XERO, "tax_number", "1" * 51, "too_long", "Xero's TaxNumber holds at most 50"),
        (XERO, "email", "pat", "bad_email", "Xero's EmailAddress takes an e-mail address only"),
        (XERO, "email", "m\u00fcller@example.com", "bad_email", "Xero's EmailAddress takes an e-mail address only"),
        (XERO, "email", "a@example.com; b@example.com", "bad_email", "Xero's EmailAddress"),
        (XERO, "billing", address("1\n2\n3\n4\n5"), "too_many_lines", "at most 4 street lines; this address has 5"),
        (XERO, "billing", address("1\n" + "l" * 501), "too_long", "Addresses.POBOX.AddressLine2 holds at most 500"),
        (XERO, "shipping", address(postcode="1" * 51), "too_long", "Addresses.STREET.PostalCode holds at most 50"),
        (XERO, "shipping", address(country="Area 51"), "letters_only", "Country takes letters and blanks only"),
        (XERO, "website", "example.com", "read_only", "Xero's Website is read-only."),
    ],
)
def test_what_a_side_cannot_hold_is_refused_with_the_place_the_limit_and_a_remedy(side, key, value, code, message):
    refusal = cannot_hold(side, CUSTOMER.field(key), value)
    assert refusal is not None
    assert (refusal.code, refusal.field) == (code, key)
    assert message in refusal.message
    assert refusal.remedy


def test_xero_can_never_be_written_a_website_or_a_balance():
    assert read_only(XERO, CUSTOMER.field("website"))
    assert read_only(SALESFORCE, CUSTOMER.field("website")) == ""
    assert [rule.key for rule in CUSTOMER.fields if read_only(XERO, rule)] == ["website", "outstanding", "overdue"]


DESCRIBE = {
    "name": "Account",
    "fields": [
        {"name": "Name", "type": "string", "length": 255, "nillable": False, "updateable": True},
        {"name": "Tax_Number__c", "type": "string", "length": 9, "nillable": True, "updateable": True},
        {"name": "Total__c", "type": "string", "length": 20, "calculated": True, "updateable": False},
        {
            "name": "Region__c",
            "type": "picklist",
            "length": 255,
            "restrictedPicklist": True,
            "updateable": True,
            "picklistValues": [{"value": "North", "active": True}, {"value": "Old", "active": False}],
        },
        {"name": "Free__c", "type": "picklist", "restrictedPicklist": False, "picklistValues": [{"value": "A"}]},
        {"name": "Code__c", "type": "string", "length": 5, "nillable": False, "updateable": True},
    ],
}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Tax_Number__c", "1" * 9, None),
        ("Tax_Number__c", "1" * 10, "too_long"),
        ("Total__c", "1", "read_only"),
        ("Region__c", "North", None),
        ("Region__c", "", None),
        ("Region__c", "Old", "not_in_picklist"),
        ("Free__c", "anything", None),
        ("Code__c", "", "required"),
        ("Unknown__c", "x" * 1000, None),
    ],
)
def test_the_organisation_itself_says_what_its_own_fields_hold(column, value, code):
    refusal = cannot_hold(SALESFORCE, FieldRule("extra", column, "CompanyNumber"), value, described(DESCRIBE))
    assert (refusal.code if refusal else None) == code


def test_a_described_length_goes_before_the_usual_one():
    shapes = {"Phone": FieldShape(length=10)}
    assert cannot_hold(SALESFORCE, CUSTOMER.field("phone"), "1" * 11, shapes) is not None

"""Salesforce rows as records, and changes as the body of a write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.core.model import Side, Status
from reconciler.core.schema import FieldRule, Flow
from reconciler.mapping.salesforce import soql_fields, to_record, to_wire
from reconciler.mapping.shipped import CUSTOMER

ROW = {
    "attributes": {"type": "Account"},
    "Id": "0018M000003uKqqQAE",
    "Name": "Kauri  Joinery Ltd",
    "SystemModstamp": "2026-03-17T16:21:27.000+0000",
    "LastModifiedDate": "2026-03-17T16:21:26.000+0000",
    "LastModifiedById": "0058M000000abcdQAA",
    "LastModifiedBy": {"attributes": {"type": "User"}, "Name": "Pat Moss"},
    "IsDeleted": False,
    "MasterRecordId": None,
    "Xero_Contact_Id__c": "c-1",
    "Sync_with_Xero__c": True,
    "AccountNumber": None,
    "Email__c": "pat@example.com",
    "Phone": "(09) 123-4567",
    "Fax": None,
    "Website": "example.com",
    "Tax_Number__c": None,
    "BillingStreet": "1 Quay\r\nFloor 2",
    "BillingCity": "Wellington",
    "BillingState": None,
    "BillingPostalCode": "6011",
    "BillingCountry": "New Zealand",
    "ShippingStreet": None,
    "ShippingCity": None,
    "ShippingState": None,
    "ShippingPostalCode": None,
    "ShippingCountry": None,
    "Xero_Outstanding__c": 1250.5,
    "Xero_Overdue__c": None,
}
BLANK_ADDRESS = ("", "", "", "", "")


def test_a_row_is_a_record():
    record = to_record(ROW, CUSTOMER)
    assert str(record.ref) == "salesforce:0018M000003uKqqQAE"
    assert record.ref.side is Side.SALESFORCE
    assert record.version == "2026-03-17T16:21:27.000+0000"
    assert record.changed_at == datetime(2026, 3, 17, 16, 21, 27, tzinfo=UTC)
    assert record.edited_at == datetime(2026, 3, 17, 16, 21, 26, tzinfo=UTC)
    assert (record.kind, record.flag, record.partner, record.status) == ("customer", True, "c-1", Status.ACTIVE)
    assert (record.by, record.by_id) == ("Pat Moss", "0058M000000abcdQAA")
    assert record.fields == {
        "name": "Kauri Joinery Ltd",
        "account_number": "",
        "email": "pat@example.com",
        "phone": "(09) 123-4567",
        "fax": "",
        "website": "example.com",
        "tax_number": "",
        "billing": ("1 Quay\nFloor 2", "Wellington", "", "6011", "New Zealand"),
        "shipping": BLANK_ADDRESS,
        "outstanding": "1250.50",
        "overdue": "",
    }


@pytest.mark.parametrize(
    ("removed", "survivor", "status"),
    [
        (False, None, Status.ACTIVE),
        (True, None, Status.REMOVED),
        (True, "0018M00000xxxxxQAE", Status.MERGED),
        (False, "0018M00000xxxxxQAE", Status.ACTIVE),
    ],
)
def test_a_row_in_the_recycle_bin_is_removed_or_merged_into_its_survivor(removed, survivor, status):
    record = to_record({**ROW, "IsDeleted": removed, "MasterRecordId": survivor}, CUSTOMER)
    assert (record.status, record.merged_into) == (status, survivor or "")


@pytest.mark.parametrize("flag", [False, None, "false", 0])
def test_only_a_ticked_box_opts_in(flag):
    assert not to_record({**ROW, "Sync_with_Xero__c": flag}, CUSTOMER).flag


def test_a_column_that_was_not_read_is_not_taken_for_blank():
    hidden = {name: value for name, value in ROW.items() if name not in {"Fax", "ShippingCity"}}
    fields = to_record(hidden, CUSTOMER).fields
    assert "fax" not in fields
    assert "shipping" not in fields
    assert fields["account_number"] == ""


def test_a_column_is_found_whatever_the_case_in_which_a_rule_names_it():
    lower = replace(CUSTOMER, fields=(FieldRule("email", "EMAIL__C", "EmailAddress", "email"),))
    assert to_record(ROW, lower).fields == {"email": "pat@example.com"}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"Id": None, "LastModifiedBy": None, "SystemModstamp": "yesterday", "LastModifiedDate": 12},
        {"Id": 1, "LastModifiedBy": "Pat", "Phone": {"a": 1}, "BillingStreet": ["x"], "Fax": 1.5, "Name": False},
    ],
)
def test_odd_content_never_fails(odd):
    record = to_record(odd, CUSTOMER)
    assert record.changed_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert not record.flag


def test_a_query_names_every_column_that_a_record_is_made_of():
    columns = soql_fields(CUSTOMER)
    assert {*ROW, "LastModifiedBy.Name"} - {"attributes", "LastModifiedBy"} == set(columns)
    assert len(columns) == len(set(columns))


def test_a_field_that_is_not_shared_is_not_asked_for():
    # An organisation without the column would refuse the whole query.
    fields = tuple(replace(rule, flow=Flow.OFF) if rule.key == "email" else rule for rule in CUSTOMER.fields)
    rule = replace(CUSTOMER, fields=fields)
    assert "Email__c" not in soql_fields(rule)
    assert "email" not in to_record(ROW, rule).fields


def test_the_name_is_read_even_where_it_does_not_flow():
    fields = tuple(replace(rule, flow=Flow.OFF) if rule.key == "name" else rule for rule in CUSTOMER.fields)
    rule = replace(CUSTOMER, fields=fields)
    assert "Name" in soql_fields(rule)
    assert to_record(ROW, rule).fields["name"] == "Kauri Joinery Ltd"


def test_a_balance_is_written_as_a_number():
    assert to_wire({"outstanding": "1250.50", "overdue": ""}, CUSTOMER) == {
        "Xero_Outstanding__c": 1250.5, "Xero_Overdue__c": None,
    }  # fmt: skip


def test_a_write_sends_changed_fields_only_and_clears_with_null():
    address = ("1 Quay\nFloor 2", "Wellington", "", "6011", "New Zealand")
    assert to_wire({"fax": "", "phone": "09 1", "shipping": address}, CUSTOMER) == {
        "Fax": None,
        "Phone": "09 1",
        "ShippingStreet": "1 Quay\r\nFloor 2",
        "ShippingCity": "Wellington",
        "ShippingState": None,
        "ShippingPostalCode": "6011",
        "ShippingCountry": "New Zealand",
    }


@pytest.mark.parametrize("blank", ["", BLANK_ADDRESS])
def test_clearing_an_address_clears_all_of_it(blank):
    assert set(to_wire({"billing": blank}, CUSTOMER).values()) == {None}


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Ada Moss", "Ada", "Moss"), ("Ada van der Moss", "Ada van der", "Moss"), ("Moss", None, "Moss")],
)
def test_the_name_of_a_person_account_is_written_in_its_parts(name, first, last):
    assert to_wire({"name": name}, CUSTOMER, person=True) == {"FirstName": first, "LastName": last}
    assert to_wire({"name": name}, CUSTOMER) == {"Name": name}

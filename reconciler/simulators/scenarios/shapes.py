"""An entry of the cast in each vendor's own words: an Account for Salesforce, a Contact for Xero.

The two shapes of an equal customer are equal the way the vendors show it: billing is the POBOX address, a street's
lines are AddressLine1 to 4, a telephone number stands whole in PhoneNumber.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reconciler.simulators.scenarios.cast import Entry
from reconciler.simulators.scenarios.identity import Draw, guid, past, salesforce_id
from reconciler.simulators.scenarios.invent import Address, Customer

Record = dict[str, Any]


def account_id(scenario: str, seed: int, index: int) -> str:
    return salesforce_id("001", scenario, seed, index)


def contact_id(scenario: str, seed: int, index: int) -> str:
    return guid("contact", scenario, seed, index)


def group_id(seed: int, name: str) -> str:
    return guid("group", seed, name)


def account(scenario: str, seed: int, entry: Entry, known: Customer, now: datetime, user_id: str) -> Record:
    draw = Draw("account stamp", scenario, seed, entry.index)
    modified = past(now, draw).replace(microsecond=0)
    linked = contact_id(scenario, seed, entry.index) if entry.linked else None
    return {
        "Id": account_id(scenario, seed, entry.index),
        "IsDeleted": False,
        "MasterRecordId": None,
        "Name": known.name,
        "Type": "Customer - Direct",
        **_account_address("Billing", known.billing),
        **_account_address("Shipping", known.shipping),
        "Phone": known.phone or None,
        "Fax": known.fax or None,
        "AccountNumber": known.account_number or None,
        "Website": known.website or None,
        "Email__c": known.email or None,
        "Tax_Number__c": known.tax_number or None,
        "Sync_with_Xero__c": entry.opted_in,
        "Xero_Contact_Id__c": linked,
        "OwnerId": user_id,
        "CreatedDate": modified - timedelta(days=draw.between(0, 700)),
        "CreatedById": user_id,
        "LastModifiedDate": modified,
        "LastModifiedById": user_id,
        "SystemModstamp": modified,
    }


def _account_address(prefix: str, address: Address) -> Record:
    return {
        f"{prefix}Street": "\r\n".join(address.lines) or None,
        f"{prefix}City": address.city or None,
        f"{prefix}State": address.region or None,
        f"{prefix}PostalCode": address.postcode or None,
        f"{prefix}Country": address.country or None,
    }


def contact(scenario: str, seed: int, entry: Entry, known: Customer, now: datetime) -> Record:
    """A Xero contact as its paged list shows it; absent members are left out, as Xero leaves them out."""
    draw = Draw("contact stamp", scenario, seed, entry.index)
    record: Record = {
        "ContactID": contact_id(scenario, seed, entry.index),
        "ContactNumber": account_id(scenario, seed, entry.index) if entry.linked else "",
        "AccountNumber": known.account_number,
        "ContactStatus": "ARCHIVED" if entry.archived else "ACTIVE",
        "Name": known.name,
        "FirstName": known.person[0] if known.person else "",
        "LastName": known.person[1] if known.person else "",
        "EmailAddress": known.email,
        "TaxNumber": known.tax_number,
        "Website": known.website,
        "Phones": _phones(known),
        "Addresses": [*_contact_address("POBOX", known.billing), *_contact_address("STREET", known.shipping)],
        "IsCustomer": entry.is_customer,
        "IsSupplier": entry.is_supplier,
        "ContactGroups": [{"ContactGroupID": group_id(seed, name), "Name": name} for name in entry.groups],
        "UpdatedDateUTC": past(now, draw),
    }
    if scenario == "demo" and entry.is_customer and draw.percent(40):
        record["Balances"] = _balances(draw)
    return {name: value for name, value in record.items() if value not in ("", [])}


def _phones(known: Customer) -> list[Record]:
    numbers = (("DEFAULT", known.phone), ("FAX", known.fax))
    return [
        {"PhoneType": kind, "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}
        for kind, number in numbers
        if number
    ]


def _contact_address(kind: str, address: Address) -> list[Record]:
    if not address.lines:
        return []
    lines = {f"AddressLine{place}": line for place, line in enumerate(address.lines, start=1)}
    rest = {"City": address.city, "Region": address.region, "PostalCode": address.postcode, "Country": address.country}
    return [{"AddressType": kind, **lines, **rest}]


def _balances(draw: Draw) -> Record:
    outstanding = draw.between(5_000, 900_000) / 100
    overdue = outstanding if draw.percent(20) else 0
    return {
        "AccountsReceivable": {"Outstanding": outstanding, "Overdue": overdue},
        "AccountsPayable": {"Outstanding": 0, "Overdue": 0},
    }

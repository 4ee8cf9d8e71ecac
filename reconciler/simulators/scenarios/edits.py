"""What people do in the demonstration after the first sync: the edits that make a review queue worth looking at.

Each item is {"side", "body", "after_minutes"}: post `body` to that side's /_sim/edit once both twins' clocks stand
`after_minutes` later than at the item before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.simulators.scenarios.cast import demo_role
from reconciler.simulators.scenarios.invent import Customer, customer
from reconciler.simulators.scenarios.people import STAFF
from reconciler.simulators.scenarios.shapes import account_id, contact_id

Edit = dict[str, Any]


def demo_edits(records: int, seed: int) -> list[Edit]:
    """One-sided edits each way, clashes for the last writer, clashes to ask about, and an edit that is put back.

    A story of fewer than some ninety customers has too few linked ones, and tells as many edits as it can.
    """
    linked = [index for index in range(records) if demo_role(index) == "linked"]
    linked.sort(key=lambda index: customer(seed, index).code != "NZ")  # the addresses typed below are New Zealand's
    with_website = [index for index in linked[31:] if customer(seed, index).website]
    return [
        *_one_sided(linked[:24], seed),
        *_last_writer(linked[24:26], seed),
        *_clashes(linked[26:31], seed),
        *_put_back(with_website[:1], seed),
    ]


def _salesforce(seed: int, index: int, who: str, minutes: float, **fields: str) -> Edit:
    body = {"as": who, "do": "update", "type": "Account", "id": account_id("demo", seed, index), "fields": fields}
    return {"side": "salesforce", "body": body, "after_minutes": minutes}


def _xero(seed: int, index: int, who: str, minutes: float, **fields: Any) -> Edit:
    body = {"as": who, "do": "update", "type": "Contact", "id": contact_id("demo", seed, index), "fields": fields}
    return {"side": "xero", "body": body, "after_minutes": minutes}


def _phone(kind: str, number: str) -> list[dict[str, str]]:
    return [{"PhoneType": kind, "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}]


def _street(kind: str, line: str, city: str, postcode: str, known: Customer) -> list[dict[str, str]]:
    place = {"City": city, "Region": "", "PostalCode": postcode, "Country": known.billing.country}
    return [
        {"AddressType": kind, "AddressLine1": line, "AddressLine2": "", "AddressLine3": "", "AddressLine4": "", **place}
    ]


def _one_sided(indexes: Sequence[int], seed: int) -> Iterator[Edit]:
    """Each way by turns, over the fields that people really touch."""
    for place, index in enumerate(indexes):
        turn = place // 2
        if place % 2 == 0:
            yield _salesforce(seed, index, STAFF[turn % 3], 0.5, **_salesforce_change(turn))
        else:
            yield _xero(seed, index, STAFF[3 + turn % 3], 0.5, **_xero_change(turn, customer(seed, index)))


def _salesforce_change(turn: int) -> dict[str, str]:
    match turn % 4:
        case 0:
            return {"Phone": f"+64 9 555 01{turn:02d}"}
        case 1:
            return {
                "ShippingStreet": f"{turn} Kingfisher Road",
                "ShippingCity": "Nelson",
                "ShippingState": "Tasman",
                "ShippingPostalCode": "7010",
                "ShippingCountry": "New Zealand",
            }
        case 2:
            return {"AccountNumber": f"K{5000 + turn}"}
        case _:
            return {"Fax": f"+64 9 555 02{turn:02d}"}


def _xero_change(turn: int, known: Customer) -> dict[str, Any]:
    match turn % 4:
        case 0:
            return {"Phones": _phone("DEFAULT", f"+64 9 555 03{turn:02d}")}
        case 1:
            return {"Addresses": _street("STREET", f"{turn} Foundry Road", "Dunedin", "9016", known)}
        case 2:
            return {"AccountNumber": f"X{5000 + turn}"}
        case _:
            return {"Phones": _phone("FAX", f"+64 9 555 04{turn:02d}")}


def _last_writer(indexes: Sequence[int], seed: int) -> Iterator[Edit]:
    """The same telephone number changed on both sides minutes apart: once Xero is later, once Salesforce."""
    for turn, index in enumerate(indexes):
        ours = _salesforce(seed, index, STAFF[turn], 1 + 7 * turn, Phone=f"+64 9 555 050{turn}")
        theirs = _xero(seed, index, STAFF[3 + turn], 8 - 7 * turn, Phones=_phone("DEFAULT", f"+64 9 555 051{turn}"))
        yield from (theirs, ours) if turn else (ours, theirs)


def _clashes(indexes: Sequence[int], seed: int) -> Iterator[Edit]:
    """The same field changed on both sides to different values, in the fields printed on invoices."""
    for turn, index in enumerate(indexes):
        ours, theirs = _rivals(turn, customer(seed, index))
        yield _salesforce(seed, index, STAFF[turn % 3], 2, **ours)
        yield _xero(seed, index, STAFF[5 - turn % 3], 3, **theirs)


def _rivals(turn: int, known: Customer) -> tuple[dict[str, str], dict[str, Any]]:
    match turn % 3:
        case 0:
            return {"Name": f"{known.name} (NZ)"}, {"Name": f"{known.name} Group"}
        case 1:
            ours = {"BillingStreet": "PO Box 4410", "BillingCity": "Nelson", "BillingPostalCode": "7040"}
            return ours, {"Addresses": _street("POBOX", "Private Bag 92019", "Auckland", "1142", known)}
        case _:
            host = f"{known.account_number.lower()}.example"
            return {"Email__c": f"finance@{host}"}, {"EmailAddress": f"payables@{host}"}


def _put_back(indexes: Sequence[int], seed: int) -> Iterator[Edit]:
    """A website typed into Salesforce, which Xero owns."""
    for index in indexes:
        yield _salesforce(seed, index, STAFF[2], 1, Website="https://www.typed-by-hand.example")
